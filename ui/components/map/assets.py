"""What the browser loads once: plotly.js from the installed wheel and the map's own scripts, as static files."""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from recsys_core import resources
from ui.components.map.bundle import bundle

STATIC_DIR = resources.FOLDER / "static"
"""The folder beside app.py that `server.enableStaticServing` serves at `app/static`."""

_SERVED_DIR = STATIC_DIR / "served"
"""Copies made at start-up; git-ignored."""

_SCRIPTS = Path(__file__).parent / "js"


@cache
def plotly_url() -> str:
    """Where the browser finds plotly.js, relative to the app. The version is part of it, so that caches stay right."""
    name = f"plotly-{version('plotly')}.min.js"
    if not (_SERVED_DIR / name).is_file():
        _write(_SERVED_DIR / name, files("plotly").joinpath("package_data", "plotly.min.js").read_bytes())
    return _url(_SERVED_DIR / name)


@cache
def module_url() -> str:
    """Where the browser finds the map's own script. A digest of its text is part of it."""
    script = bundle(_SCRIPTS, "main").encode()
    path = _SERVED_DIR / f"movie_map-{hashlib.sha256(script).hexdigest()[:12]}.js"
    if not path.is_file():
        _write(path, script)
    return _url(path)


def _url(path: Path) -> str:
    return f"app/static/{path.relative_to(STATIC_DIR).as_posix()}"


def _write(path: Path, content: bytes) -> None:
    """Write through a temporary file: another process of the app may be reading or writing the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
