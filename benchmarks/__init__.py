"""Scripts that measure, each printing medians and a ratio against a peer of the same run."""

import os

# Where it is set, every server and command compiles all of the project's modules anew, which no user's does.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
