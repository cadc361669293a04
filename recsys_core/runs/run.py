"""One saved run: a folder whose files are read when first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api import types

from recsys_core.data.catalog import BUILT_IN, PATH_PREFIX, DataSet
from recsys_core.errors import RecsysError, RunError
from recsys_core.runs.info import MAX_BYTES, RunInfo
from recsys_core.runs.marks import Marks, read_marks
from recsys_core.settings.names import told_apart
from recsys_core.training.trained import Divergence, saved_divergence

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

_MAX_HISTORY_BYTES = 2**24
_WHOLE, _NUMBER, _TEXT = "whole numbers", "numbers", "text"
_HISTORY = {"epoch": _WHOLE} | dict.fromkeys(
    ("learning_rate", "train_mse", "train_mae", "val_mse", "val_mae", "seconds"), _NUMBER
)
_MOVIES = {
    "movie_id": _WHOLE,
    "title": _TEXT,
    "year": _NUMBER,
    "genres": _TEXT,
    "n_ratings": _WHOLE,
    "mean_rating": _NUMBER,
    "bias": _NUMBER,
}
_USERS = {"user_id": _WHOLE, "n_ratings": _WHOLE, "mean_rating": _NUMBER, "bias": _NUMBER}


@dataclass(frozen=True)
class Run:
    """One saved run. Files are read when first asked for; arrays are memory-mapped.

    Every reader raises `RunError` if its file has been deleted or damaged meanwhile. Whether the files fit together is
    for `damage.damage_of` to say.
    """

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def info(self) -> RunInfo:
        """The whole of config.json: settings, data, status, baselines, …"""
        with self.reading("config.json") as file, file.open("rb") as opened:
            return RunInfo.from_text(opened.read(MAX_BYTES + 1))

    @cached_property
    def history(self) -> pd.DataFrame:
        """A row an epoch: epoch, learning_rate, train_mse, train_mae, val_mse, val_mae, seconds."""
        with self.reading("history.csv") as file:
            if file.stat().st_size > _MAX_HISTORY_BYTES:
                raise ValueError(f"larger than {_MAX_HISTORY_BYTES:,} bytes")
            return _checked(pd.read_csv(file), _HISTORY)

    @cached_property
    def movies(self) -> pd.DataFrame:
        """Row i describes row i of the embeddings: movie_id, title, year, genres, n_ratings, mean_rating, bias."""
        with self.reading("movies.parquet") as file:
            return _checked(pd.read_parquet(file), _MOVIES)

    @cached_property
    def users(self) -> pd.DataFrame:
        """Row i describes row i of the user embeddings: user_id, n_ratings, mean_rating, bias."""
        with self.reading("users.parquet") as file:
            return _checked(pd.read_parquet(file), _USERS)

    @cached_property
    def movie_vectors(self) -> np.ndarray:
        """float32 `(n_movies, embedding size)`."""
        return self._vectors("movie_embeddings.npy")

    @cached_property
    def movie_taste(self) -> np.ndarray:
        """float32 `(n_movies, embedding size)`: the movie vectors with era and popularity taken out; see `taste_of`."""
        return self._vectors("movie_taste.npy")

    @cached_property
    def movie_eras(self) -> np.ndarray:
        """float32 `(n_movies, n_eras)`: share of each movie's training ratings that were given in each era."""
        return self._vectors("movie_eras.npy")

    @cached_property
    def user_vectors(self) -> np.ndarray:
        """float32 `(n_users, embedding size)`."""
        return self._vectors("user_embeddings.npy")

    @property
    def label(self) -> str:
        """What people read of it: the name they gave it, else the one it was saved with, else that of its folder."""
        return self.marks.label or told_apart(self.info.label, self.info.config) or self.name

    @cached_property
    def marks(self) -> Marks:
        """The name, note and star that people gave it."""
        return read_marks(self.path)

    @property
    def data_set(self) -> DataSet:
        """What it was trained on, to load it again. Runs of format 1 remember no fingerprint."""
        data = self.info.data
        data_id, path = data.id, self.info.data_path
        if data_id is None and self.info.format == 1:
            data_id = BUILT_IN if path is None else PATH_PREFIX + path
        return DataSet(data_id or "", data.name, data.fingerprint or "")

    @property
    def stamp(self) -> int:
        """When the run was written, in ns: with its path, what tells it from one trained again under the same name."""
        with self.reading("config.json") as file:
            return file.stat().st_mtime_ns

    @property
    def cache_dir(self) -> Path:
        return self.path / CACHE_DIR_NAME

    def has(self, file_name: str) -> bool:
        return (self.path / file_name).is_file()

    def array(self, file_name: str) -> np.ndarray:
        """A NumPy array of the run by file name, memory-mapped; nothing is ever unpickled."""
        with self.reading(file_name) as file:
            # Unlike np.load, this takes nothing but one array of plain numbers.
            return np.lib.format.open_memmap(file, mode="r")

    @contextmanager
    def reading(self, file_name: str) -> Iterator[Path]:
        """The path of a file of the run, for a block that reads it: whatever goes wrong there is a `RunError`."""
        file = self.path / file_name
        if not file.is_file():
            raise RunError(
                f"Run {self.name!r} cannot be read: {file_name} is missing. "
                "It may have been deleted meanwhile; choose another run."
            )
        try:
            yield file
        except RecsysError as error:
            raise RunError(f"Run {self.name!r} cannot be read: {error}.") from error
        except Exception as error:
            # Readers raise all sorts of errors at damaged files: what they have in common is that the file is damaged.
            raise RunError(
                f"Run {self.name!r} cannot be read: {file_name} is damaged ({_one_line(error)}). "
                "Choose another run, or train it again."
            ) from error

    def _vectors(self, file_name: str) -> np.ndarray:
        vectors = self.array(file_name)
        with self.reading(file_name):
            if vectors.ndim != 2 or vectors.shape[1] == 0 or vectors.dtype.kind != "f":
                raise ValueError(f"not a table of numbers: {vectors.dtype} of shape {vectors.shape}")
        return vectors


def _checked(table: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """`table` if it has the columns, each of its kind, and a row. Raises `ValueError`."""
    if len(table) == 0:
        raise ValueError("no rows")
    missing = [name for name in columns if name not in table]
    if missing:
        raise ValueError(f"without the columns {', '.join(missing)}")
    for name, kind in columns.items():
        column = table[name]
        if kind == _TEXT:
            fits = types.is_string_dtype(column) and not column.isna().any()
        elif kind == _WHOLE:
            fits = types.is_integer_dtype(column) and not column.isna().any()
        else:
            fits = types.is_numeric_dtype(column) and not types.is_bool_dtype(column)
        if not fits:
            raise ValueError(f"column {name} must hold {kind}, not {column.dtype}")
    return table


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())[:200].rstrip(".")
    return text or type(error).__name__


def divergence_of(run: Run) -> Divergence | None:
    """Where the training of `run` left the ground; None if it did not. Raises `RunError`."""
    if run.info.status != "diverged":
        return None
    # What it went on from began with a high loss too, as any training does.
    own = run.history[run.history["epoch"] >= run.info.first_epoch]
    return saved_divergence(own, run.info.baselines.mean_mse, run.info.config)
