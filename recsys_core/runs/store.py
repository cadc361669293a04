"""Saved runs: what training leaves behind. A run is a folder that is complete or absent."""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from recsys_core import resources
from recsys_core.errors import RunError

EXAMPLE_RUN_DIR = resources.FOLDER / "data" / "example_run"
REQUIRED_FILES = (
    "config.json",
    "history.csv",
    "movies.parquet",
    "movie_embeddings.npy",
    "user_embeddings.npy",
    "model.keras",
)
CACHE_DIR_NAME = "cache"
"""Folder inside a run for what can be computed again: projections, neighbors, quality."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def runs_dir() -> Path:
    """Where runs are kept: `$RECSYS_RUNS_DIR`, else `runs/` beside app.py, or in the current folder if installed."""
    around = Path.cwd() if resources.IS_INSTALLED else resources.FOLDER
    return Path(os.environ.get("RECSYS_RUNS_DIR") or around / "runs")


@dataclass(frozen=True)
class Run:
    """One saved run. Files are read when first asked for; arrays are memory-mapped.

    Every reader raises `RunError` if the folder has been deleted or damaged meanwhile.
    """

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def info(self) -> dict:
        """The whole of config.json: `config`, `data`, `status`, `created`, `kept_epoch`, `baselines`, `versions`, …"""
        with _reading(self, "config.json") as file:
            return json.loads(file.read_text(encoding="utf-8"))

    @cached_property
    def history(self) -> pd.DataFrame:
        """A row an epoch: epoch, learning_rate, train_mse, train_mae, val_mse, val_mae, seconds."""
        with _reading(self, "history.csv") as file:
            return pd.read_csv(file)

    @cached_property
    def movies(self) -> pd.DataFrame:
        """Row i describes row i of the embeddings: movie_id, title, year, genres, n_ratings, mean_rating, bias."""
        with _reading(self, "movies.parquet") as file:
            return pd.read_parquet(file)

    @cached_property
    def movie_vectors(self) -> np.ndarray:
        """float32 `(n_movies, embedding size)`."""
        return self.array("movie_embeddings.npy")

    @cached_property
    def user_vectors(self) -> np.ndarray:
        """float32 `(n_users, embedding size)`."""
        return self.array("user_embeddings.npy")

    @property
    def label(self) -> str:
        """What the run picker shows."""
        return self.info.get("label") or self.name

    @property
    def stamp(self) -> int:
        """When the run was written, in ns: with its path, what tells it from one trained again under the same name."""
        with _reading(self, "config.json") as file:
            return file.stat().st_mtime_ns

    @property
    def cache_dir(self) -> Path:
        return self.path / CACHE_DIR_NAME

    def has(self, file_name: str) -> bool:
        return (self.path / file_name).is_file()

    def array(self, file_name: str) -> np.ndarray:
        """A NumPy array of the run by file name, memory-mapped; nothing is ever unpickled."""
        with _reading(self, file_name) as file:
            return np.load(file, mmap_mode="r", allow_pickle=False)


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


@contextmanager
def _reading(run: Run, file_name: str) -> Iterator[Path]:
    try:
        yield run.path / file_name
    except (OSError, ValueError) as error:
        raise RunError(
            f"Run {run.name!r} cannot be read: {file_name} is missing or damaged. "
            "It may have been deleted meanwhile; choose another run."
        ) from error
