"""Where the files are that ship beside the code: the app, its fonts and icon, the built-in ratings, the example run.

In a checkout they lie at its top, as README.md shows them. A wheel carries them in this folder instead (`pyproject.toml`
says which), so that `app`, `pages`, `ui` and `data` are not modules of whoever installs it. Below `FOLDER` all is alike.
"""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent

IS_INSTALLED = (_HERE / "app.py").is_file()
"""Whether this is an installed package, and not a checkout."""

FOLDER = _HERE if IS_INSTALLED else _HERE.parents[1]
"""The folder of `app.py`, `pages/`, `ui/`, `static/`, `data/` and `.streamlit/`. Not for writing."""
