"""Saved runs: what training leaves behind. A run is a folder that is complete or absent."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recsys_core import resources
from recsys_core.errors import RunError
from recsys_core.runs.run import REQUIRED_FILES, Run

EXAMPLE_RUN_DIR = resources.FOLDER / "data" / "example_run"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def runs_dir() -> Path:
    """Where runs are kept: `$RECSYS_RUNS_DIR`, else `runs/` beside app.py, or in the current folder if installed."""
    around = Path.cwd() if resources.IS_INSTALLED else resources.FOLDER
    return Path(os.environ.get("RECSYS_RUNS_DIR") or around / "runs")


def open_run(path: str | Path) -> Run:
    """The run in folder `path`. Raises `RunError` unless it is a folder with all the files of a run."""
    path = Path(path)
    if not path.is_dir():
        raise RunError(f"A run must be a folder written by training. Received: {path}, which does not exist.")
    missing = [name for name in REQUIRED_FILES if not (path / name).is_file()]
    if missing:
        raise RunError(f"A run must hold {', '.join(REQUIRED_FILES)}. Received: {path}, without {', '.join(missing)}.")
    return Run(path)


def list_runs(root: Path | None = None) -> list[Run]:
    """The complete runs under `root` (default `runs_dir()`), newest first, then the example run."""
    root = root or runs_dir()
    folders = [folder for folder in root.iterdir() if folder.is_dir()] if root.is_dir() else []
    found = [Run(folder) for folder in folders if all((folder / name).is_file() for name in REQUIRED_FILES)]
    found.sort(key=lambda run: (run.path / "config.json").stat().st_mtime_ns, reverse=True)
    if EXAMPLE_RUN_DIR.is_dir():
        found.append(Run(EXAMPLE_RUN_DIR))
    return found


def find_run(name: str, root: Path | None = None) -> Run:
    """The run called `name` among `list_runs`. Raises `RunError`; a name is never used as a path."""
    for run in list_runs(root):
        if run.name == name:
            return run
    raise RunError(f"`run` must be the name of a saved run. Received: {name!r}, which is not there (any more).")


def check_run_name(name: str) -> str:
    """`name` if it can be a folder's name everywhere. Raises `RunError`."""
    if not _NAME.fullmatch(name):
        raise RunError(
            f"A run's name must be 1 to 100 letters, digits, dots, dashes or underscores, "
            f"starting with a letter or digit. Received: {name!r}."
        )
    return name


def check_new_run_dir(path: Path) -> None:
    """Raise `RunError` if `path` exists already and is not an empty folder."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise RunError(f"`run_dir` must be a new or empty folder. Received: {path}, which is not empty.")


@contextmanager
def writing_run(path: Path) -> Iterator[Path]:
    """A temporary folder to fill; it becomes `path` when the block ends well, and vanishes when it does not.

    Raises `RunError` if `path` exists already and is not an empty folder.
    """
    check_new_run_dir(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name}.{uuid.uuid4().hex[:8]}.partial"
    temporary.mkdir()
    try:
        yield temporary
        if path.is_dir():
            path.rmdir()
        os.replace(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
