"""What the browser loads once: plotly.js from the installed wheel and the map's own scripts, as static files."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import streamlit as st

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
    script = files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    return _serve(f"plotly-{version('plotly')}.min.js", script)


@cache
def module_url() -> str:
    """Where the browser finds the map's own script. A digest of its text is part of it."""
    script = bundle(_SCRIPTS, "main").encode()
    return _serve(f"movie_map-{hashlib.sha256(script).hexdigest()[:12]}.js", script)


def _serve(name: str, script: bytes) -> str:
    """Where the browser finds `script`, relative to the app."""
    path = _SERVED_DIR / name
    try:
        if not path.is_file():
            _write(path, script)
    except OSError:
        # Somebody else has installed the app, and its folder cannot be written. As the files of a component Streamlit
        # serves any folder; browsers ask for those again at each visit, though.
        folder = Path(tempfile.mkdtemp(prefix="movie-embeddings-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _write(folder / name, script)
        component = st.components.v1.declare_component(name.partition("-")[0], path=folder)
        return f"component/{component.name}/{name}"
    return f"app/static/{path.relative_to(STATIC_DIR).as_posix()}"


def _write(path: Path, content: bytes) -> None:
    """Write through a temporary file: another process of the app may be reading or writing the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
