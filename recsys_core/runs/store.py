"""Where runs are kept: listed, found by name, and what they may be called."""

from __future__ import annotations

import datetime
import os
import re
from pathlib import Path

from recsys_core import resources
from recsys_core.errors import RunError, quoted
from recsys_core.runs.atomic import check_room, remove_leftovers, remove_old_temporaries
from recsys_core.runs.damage import check_run
from recsys_core.runs.run import REQUIRED_FILES, Run

EXAMPLE_RUN_DIR = resources.FOLDER / "data" / "example_run"
MAX_NAME_BYTES = 200
"""Of a run's folder, so that a suffix still fits in what file systems take."""

MAX_RUN_NAME = 100
"""Characters of a name that a run is given here."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def runs_dir() -> Path:
    """Where runs are kept: `$RECSYS_RUNS_DIR`, else `runs/` beside app.py, or in the current folder if installed."""
    around = Path.cwd() if resources.IS_INSTALLED else resources.FOLDER
    return Path(os.environ.get("RECSYS_RUNS_DIR") or around / "runs")


def open_run(path: str | Path) -> Run:
    """The run in folder `path`. Raises `RunError` unless it is a folder with all the files of a run, undamaged."""
    path = Path(path)
    if not path.is_dir():
        raise RunError(f"A run must be a folder written by training. Received: {path}, which does not exist.")
    missing = [name for name in REQUIRED_FILES if not (path / name).is_file()]
    if missing:
        raise RunError(f"A run must hold {', '.join(REQUIRED_FILES)}. Received: {path}, without {', '.join(missing)}.")
    return check_run(Run(path))


def list_runs(root: Path | None = None) -> list[Run]:
    """The runs under `root` (default `runs_dir()`), newest first, then the example run. Raises nothing.

    A folder with any of a run's files is listed; `damage.damage_of` says what is wrong with it.
    """
    dated: list[tuple[int, Run]] = []
    for folder in _folders(root or runs_dir()):
        try:
            names = set(os.listdir(folder))
            if names.isdisjoint(REQUIRED_FILES):
                continue
            dated.append(((folder / "config.json").stat().st_mtime_ns if "config.json" in names else 0, Run(folder)))
        except OSError:
            # It went while it was looked at.
            continue
    dated.sort(key=lambda found: (-found[0], found[1].name))
    found = [run for _, run in dated]
    if EXAMPLE_RUN_DIR.is_dir():
        found.append(Run(EXAMPLE_RUN_DIR))
    return found


def find_run(name: str, root: Path | None = None) -> Run:
    """The run in the folder called `name` among `list_runs`. Raises `RunError`; a name is never used as a path."""
    for run in list_runs(root):
        if run.name == name:
            return run
    raise RunError(f"`run` must be the folder of a saved run. Received: {quoted(name)}, which none has (any more).")


def is_example(run: Run) -> bool:
    """Whether it is the run that ships with the program, which stays as it is."""
    return run.path == EXAMPLE_RUN_DIR


def clean_up(root: Path | None = None) -> None:
    """Remove what killed processes left behind in `root` (default `runs_dir()`): for the start of the app."""
    root = root or runs_dir()
    remove_leftovers(root)
    for folder in _folders(root):
        remove_old_temporaries(folder)
        remove_old_temporaries(Run(folder).cache_dir)


def run_path(name: str, root: Path | None = None) -> Path:
    """Where a run called `name` belongs. Raises `RunError` for a name that cannot be a folder's everywhere."""
    return (root or runs_dir()) / check_run_name(name)


def new_run_name(preset: str) -> str:
    """A name for a new run, of its preset, whatever that is called, and the time; others may want the same."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", preset).strip("._-")[:60] or "run"
    return check_run_name(f"{stem}-{datetime.datetime.now():%Y%m%d-%H%M%S}")


def check_run_name(name: str) -> str:
    """`name` if it can be a folder's name everywhere. Raises `RunError`."""
    if not _NAME.fullmatch(name):
        raise RunError(
            f"A run's name must be 1 to 100 letters, digits, dots, dashes or underscores, "
            f"starting with a letter or digit. Received: {quoted(name)}."
        )
    return name


def check_new_run_dir(path: Path, n_bytes: int = 0) -> None:
    """Raise `RunError` unless a run of `n_bytes` can be saved at `path`, which must be new or an empty folder."""
    if len(os.fsencode(path.name)) > MAX_NAME_BYTES or "\0" in str(path):
        raise RunError(
            f"`run_dir` must have a name of at most {MAX_NAME_BYTES} bytes, none of them zero. "
            f"Received: {quoted(path.name)}."
        )
    try:
        is_file = path.exists() and not path.is_dir()
        is_taken = is_file or (path.exists() and any(path.iterdir()))
    except OSError as error:
        raise RunError(
            f"`run_dir` must be a folder that can be written. Received: {path} ({error.strerror})."
        ) from error
    if is_taken:
        what = "a file" if is_file else "not empty"
        raise RunError(f"`run_dir` must be a new or empty folder. Received: {path}, which is {what}.")
    check_room(path.parent, n_bytes)


def _folders(root: Path) -> list[Path]:
    """What may be runs in `root`: its folders that are not hidden."""
    try:
        with os.scandir(root) as entries:
            return [root / entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir()]
    except OSError:
        return []
