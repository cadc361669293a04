"""What is wrong with a run's folder, if anything: asked before its pages are drawn, so that they need not ask."""

from __future__ import annotations

import os
import zipfile
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from recsys_core.errors import RunError
from recsys_core.runs.marks import MARKS_FILE
from recsys_core.runs.run import REQUIRED_FILES, Run

_KERAS_PARTS = {"config.json", "metadata.json", "model.weights.h5"}
_Signature = tuple[tuple[str, int, int], ...]


def damage_of(run: Run, *, thorough: bool = False) -> str | None:
    """Why `run` cannot be used, in a sentence or two for people; None if nothing is known to be wrong with it.

    The quick look takes milliseconds: all files are there, they begin and end as they must, and their numbers of rows
    fit together. A `thorough` one reads them all, but for the inside of the Keras model. What was found is remembered
    until a file of the run changes, and asking again costs a look at the folder.
    """
    examination = _examination(run.path, _signature(run.path))
    return examination.thorough if thorough else examination.known


def known_damage(run: Run) -> str | None:
    """What earlier looks found wrong with `run`, without taking one. It costs a look at the folder."""
    examination = _examination(run.path, _signature(run.path))
    return examination.thorough if examination.was_thorough else None


def check_run(run: Run) -> Run:
    """`run`, if a thorough look finds nothing wrong with it. Raises `RunError` with the reason."""
    damage = damage_of(run, thorough=True)
    if damage:
        raise RunError(damage)
    return run


class _Examination:
    """What is known of a folder as it was at one moment."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def was_thorough(self) -> bool:
        return "thorough" in vars(self)

    @property
    def known(self) -> str | None:
        return self.thorough if self.was_thorough else self.quick

    @cached_property
    def quick(self) -> str | None:
        return _reason(_check_files, self._path)

    @cached_property
    def thorough(self) -> str | None:
        return self.quick or _reason(_check_contents, self._path)


@lru_cache(maxsize=4096)
def _examination(path: Path, signature: _Signature) -> _Examination:
    return _Examination(path)


def _signature(path: Path) -> _Signature:
    """Names, times and sizes of the run's files: it changes when a file does, but for what people say of the run."""
    try:
        with os.scandir(path) as entries:
            # What is hidden is being written.
            names = (entry for entry in entries if not entry.name.startswith(".") and entry.name != MARKS_FILE)
            found = [(entry.name, entry.stat()) for entry in names if not entry.is_dir()]
    except OSError:
        return ()
    return tuple(sorted((name, stat.st_mtime_ns, stat.st_size) for name, stat in found))


def _reason(check, path: Path) -> str | None:
    try:
        check(Run(path))
    except RunError as error:
        return str(error)
    return None


def _check_files(run: Run) -> None:
    """Heads, ends and numbers of rows."""
    for name in REQUIRED_FILES:
        with run.reading(name):
            pass
    info, history = run.info, run.history
    with run.reading("history.csv"):
        # What diverged at once kept the weights it began with.
        if info.status != "diverged" and info.kept_epoch not in set(history["epoch"]):
            raise ValueError(f"without epoch {info.kept_epoch}, which was kept")
    n_movies = _n_rows(run, "movies.parquet")
    _check_rows(run, "movie_embeddings.npy", run.movie_vectors, n_movies, "movies.parquet")
    if run.has("movie_taste.npy"):
        _check_rows(run, "movie_taste.npy", run.movie_taste, n_movies, "movies.parquet")
    if run.has("movie_eras.npy"):
        _check_rows(run, "movie_eras.npy", run.movie_eras, n_movies, "movies.parquet")
    if run.has("users.parquet"):
        _check_rows(run, "user_embeddings.npy", run.user_vectors, _n_rows(run, "users.parquet"), "users.parquet")
    sizes = run.user_vectors.shape[1], run.movie_vectors.shape[1]
    with run.reading("user_embeddings.npy"):
        if info.prediction.is_dot and sizes[0] != sizes[1]:
            raise ValueError(f"vectors of {sizes[0]} numbers, and {sizes[1]} in movie_embeddings.npy")
    with run.reading("model.keras") as file, zipfile.ZipFile(file) as archive:
        missing = _KERAS_PARTS - set(archive.namelist())
        if missing:
            raise ValueError(f"without {', '.join(sorted(missing))}")
    if run.has("snapshots.npy"):
        _check_snapshots(run, n_movies)


def _check_snapshots(run: Run, n_movies: int) -> None:
    snapshots, epochs = run.array("snapshots.npy"), run.array("snapshot_epochs.npy")
    with run.reading("snapshots.npy"):
        expected = (len(epochs), n_movies) if epochs.ndim == 1 and epochs.dtype.kind == "i" else None
        if snapshots.ndim != 3 or snapshots.shape[:2] != expected or snapshots.dtype.kind != "f":
            raise ValueError(f"shape {snapshots.shape}, for {n_movies:,} movies and epochs of shape {epochs.shape}")


def _check_contents(run: Run) -> None:
    """Every table and number."""
    movies = run.movies
    with run.reading("movies.parquet"):
        if not movies["movie_id"].is_monotonic_increasing or not movies["movie_id"].is_unique:
            raise ValueError("its movie ids do not ascend")
    if run.has("users.parquet"):
        users = run.users
        with run.reading("users.parquet"):
            if not users["user_id"].is_unique:
                raise ValueError("its user ids repeat")
    if run.info.status == "diverged":
        # Its numbers may be anything; who needs them finite says so.
        return
    tables = {"movie_embeddings.npy": run.movie_vectors, "user_embeddings.npy": run.user_vectors}
    if run.has("movie_taste.npy"):
        tables["movie_taste.npy"] = run.movie_taste
    for name, vectors in tables.items():
        n_broken = int((~np.isfinite(vectors).all(axis=1)).sum())
        if n_broken:
            what = "movies" if name.startswith("movie") else "users"
            raise RunError(
                f"Run {run.name!r} cannot be shown: {name} must hold finite numbers. Received: NaN or infinite numbers "
                f"in {n_broken:,} of {len(vectors):,} {what}. The training probably diverged; "
                "train again with a lower learning rate."
            )


def _n_rows(run: Run, file_name: str) -> int:
    with run.reading(file_name) as file:
        return pq.read_metadata(file).num_rows


def _check_rows(run: Run, file_name: str, vectors: np.ndarray, n_rows: int, table: str) -> None:
    with run.reading(file_name):
        if len(vectors) != n_rows:
            raise ValueError(f"{len(vectors):,} rows, and {n_rows:,} in {table}")
