"""One saved run: a folder whose files are read when first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from recsys_core.data.catalog import BUILT_IN, PATH_PREFIX, DataSet
from recsys_core.errors import RunError
from recsys_core.runs.info import RunInfo

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
    def info(self) -> RunInfo:
        """The whole of config.json: settings, data, status, baselines, …"""
        with _reading(self, "config.json") as file:
            text = file.read_bytes()
        try:
            return RunInfo.from_text(text)
        except RunError as error:
            raise RunError(f"Run {self.name!r} cannot be read: {error}.") from error

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
        return self.info.label or self.name

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


@contextmanager
def _reading(run: Run, file_name: str) -> Iterator[Path]:
    try:
        yield run.path / file_name
    except (OSError, ValueError) as error:
        raise RunError(
            f"Run {run.name!r} cannot be read: {file_name} is missing or damaged. "
            "It may have been deleted meanwhile; choose another run."
        ) from error
