"""The pages run without a browser."""

from tests.browsing import ROOT

PAGES = tuple(sorted(path.stem for path in (ROOT / "pages").glob("*.py")))
"""All of them, by the names of their files."""

LISTS_ALL = ("runs",)
"""Those that do without the chosen run, which they list among the others."""
