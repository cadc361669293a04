"""What the browser loads once: plotly.js from the installed wheel and the map's own modules, as static files."""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

STATIC_DIR = Path(__file__).resolve().parents[3] / "static"
"""The folder beside app.py that `server.enableStaticServing` serves at `app/static`."""

_SERVED_DIR = STATIC_DIR / "served"
"""Copies made at start-up; git-ignored."""

_MODULES = Path(__file__).parent / "js"


@cache
def plotly_url() -> str:
    """Where the browser finds plotly.js, relative to the app. The version is part of it, so that caches stay right."""
    name = f"plotly-{version('plotly')}.min.js"
    if not (_SERVED_DIR / name).is_file():
        _write(_SERVED_DIR / name, files("plotly").joinpath("package_data", "plotly.min.js").read_bytes())
    return _url(_SERVED_DIR / name)


@cache
def modules_url() -> str:
    """The folder in which the browser finds the map's own modules. A digest of all of them is part of its name."""
    modules = {path.name: path.read_bytes() for path in sorted(_MODULES.glob("*.js"))}
    digest = hashlib.sha256(b"".join(modules.values())).hexdigest()[:12]
    folder = _SERVED_DIR / f"movie_map-{digest}"
    for name, content in modules.items():
        if not (folder / name).is_file():
            _write(folder / name, content)
    return _url(folder)


def _url(path: Path) -> str:
    return f"app/static/{path.relative_to(STATIC_DIR).as_posix()}"


def _write(path: Path, content: bytes) -> None:
    """Write through a temporary file: another process of the app may be reading or writing the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
