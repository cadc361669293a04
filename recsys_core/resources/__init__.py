"""Where the files are that ship beside the code: the app, its fonts and icon, the built-in ratings, the example run.

In a checkout they lie at its top, where README.md shows them. A wheel carries them in this folder instead, so that
`app`, `pages`, `ui` and `data` are not modules of whoever installs it; pyproject.toml says which. In `FOLDER` both are
alike: it is what goes on `sys.path` to draw with `ui.charts` in a notebook.
"""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent

IS_INSTALLED = (_HERE / "app.py").is_file()
"""Whether this is an installed package, and not a checkout."""

FOLDER = _HERE if IS_INSTALLED else _HERE.parents[1]
"""The folder of `app.py`, `pages/`, `ui/`, `static/`, `data/` and `.streamlit/`. Not for writing."""
