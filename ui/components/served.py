"""What the browser loads once: plotly.js from the installed wheel and the map's own modules, as static files."""

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

STATIC_DIR = resources.FOLDER / "static"
"""The folder beside app.py that `server.enableStaticServing` serves at `app/static`."""

_SERVED_DIR = STATIC_DIR / "served"
"""Copies made at start-up; git-ignored."""

_MODULES = Path(__file__).with_name("map") / "js"

LOADER = (_MODULES / "loader.js").read_text(encoding="utf-8")
"""The one script of a map that travels inside Streamlit's messages; it asks for the others."""


@cache
def plotly_url() -> str:
    """Where the browser finds plotly.js, relative to the app. The version is part of it, so that caches stay right."""
    name = f"plotly-{version('plotly')}.min.js"
    return _serve("plotly", {name: files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()}) + "/" + name


@cache
def modules_url() -> str:
    """The folder in which the browser finds the map's own modules. A digest of all of them is part of its name."""
    modules = {path.name: path.read_bytes() for path in sorted(_MODULES.glob("*.js"))}
    digest = hashlib.sha256(b"".join(modules.values())).hexdigest()[:12]
    return _serve(f"movie_map-{digest}", modules)


@cache
def module_names() -> list[str]:
    """The modules in the folder of `modules_url`, without their extension."""
    return [path.stem for path in sorted(_MODULES.glob("*.js")) if path.stem != "loader"]


def _serve(folder: str, scripts: dict[str, bytes]) -> str:
    """Where the browser finds a folder with these scripts, relative to the app."""
    place = _SERVED_DIR / folder
    try:
        _write_missing(place, scripts)
    except OSError:
        # Somebody else has installed the app, and its folder cannot be written. As the files of a component Streamlit
        # serves any folder; browsers ask for those again at each visit, though.
        place = Path(tempfile.mkdtemp(prefix="movie-embeddings-"))
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        _write_missing(place, scripts)
        return f"component/{st.components.v1.declare_component(folder.partition('-')[0], path=place).name}"
    return f"app/static/{place.relative_to(STATIC_DIR).as_posix()}"


def _write_missing(folder: Path, scripts: dict[str, bytes]) -> None:
    for name, script in scripts.items():
        if not (folder / name).is_file():
            _write(folder / name, script)


def _write(path: Path, content: bytes) -> None:
    """Write through a temporary file: another process of the app may be reading or writing the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
