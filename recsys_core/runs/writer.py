"""Write a trained model as a run's folder, and take weights out of a saved one to go on from."""

from __future__ import annotations

import datetime
import importlib.metadata
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.data.split import Examples, Split
from recsys_core.errors import ConfigError
from recsys_core.models.registry import MOVIE_EMBEDDING, USER_EMBEDDING, find_architecture, output_range
from recsys_core.runs.info import FORMAT, Baselines, DataInfo, Prediction, RunInfo, SplitInfo
from recsys_core.runs.run import Run
from recsys_core.runs.store import check_new_run_dir, open_run, writing_run
from recsys_core.settings.changes import check_continues
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.backend import tensorflow
from recsys_core.training.fit import Event, Trained, fit

_VERSIONED = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "pandas", "scikit-learn", "umap-learn")
_MOST_RESIDUALS = 2_000_000
"""Training ratings over which mean residuals are taken at most: the first so many."""


def train(
    split: Split,
    config: TrainConfig,
    run_dir: Path,
    *,
    on_event: Callable[[Event], None] = lambda event: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Train and save: `training.fit`, then `save_run` at `run_dir`. Raises what the two raise."""
    check_new_run_dir(run_dir)
    return save_run(fit(split, config, on_event=on_event, should_stop=should_stop), run_dir)


def save_run(trained: Trained, path: Path, *, label: str = "", about: dict[str, Any] | None = None) -> Run:
    """Write the run's folder at `path`, complete or not at all. `about` goes into config.json beside the settings.

    Raises `RunError` if `path` exists and is not an empty folder.
    """
    split, config = trained.split, trained.config
    with writing_run(path) as folder:
        np.save(folder / "movie_embeddings.npy", trained.movie_vectors)
        np.save(folder / "user_embeddings.npy", trained.user_vectors)
        _movies(trained).to_parquet(folder / "movies.parquet", index=False)
        _users(trained).to_parquet(folder / "users.parquet", index=False)
        trained.history.to_csv(folder / "history.csv", index=False)
        if trained.snapshots:
            epochs = sorted(trained.snapshots)
            np.save(folder / "snapshots.npy", np.stack([trained.snapshots[epoch] for epoch in epochs]))
            np.save(folder / "snapshot_epochs.npy", np.array(epochs, np.int32))
        trained.program.save(folder / "model.keras")
        info = RunInfo(
            format=FORMAT,
            label=label or path.name,
            status="stopped" if trained.stopped else "finished",
            created=datetime.datetime.now(datetime.UTC).replace(microsecond=0),
            kept_epoch=trained.kept_epoch,
            config=config,
            data=DataInfo(**split.data),
            split=SplitInfo(
                n_users=split.n_users,
                n_movies=split.n_movies,
                n_train=len(split.train),
                n_validation=len(split.validation),
                n_dropped=split.n_dropped,
                train_mean=split.train_mean,
            ),
            baselines=Baselines(**trained.baselines),
            n_parameters=trained.program.n_parameters,
            prediction=_prediction(trained),
            versions=_versions(),
            **(about or {}),
        )
        (folder / "config.json").write_text(info.to_text(), encoding="utf-8")
    return open_run(path)


def load_weights(run: Run) -> dict[str, np.ndarray]:
    """All weights of a run's Keras model by variable path."""
    _, keras = tensorflow()
    model = keras.models.load_model(run.path / "model.keras", compile=False)
    return {variable.path: variable.numpy() for variable in model.weights}


def continued_weights(run: Run, split: Split, config: TrainConfig) -> dict[str, np.ndarray]:
    """Weights with which `config` goes on where `run` ended.

    Raises `ConfigError` unless structure and vocabulary are the same.
    """
    check_continues(run.info.config, config, run.name)
    if not np.array_equal(run.movies["movie_id"], split.movies["movie_id"]) or not np.array_equal(
        _user_ids(run), split.user_ids
    ):
        raise ConfigError(
            f"The ratings must hold the same users and movies as those of run {run.name!r} to continue it."
        )
    return load_weights(run)


def embeddings_as_weights(run: Run, split: Split, config: TrainConfig) -> dict[str, np.ndarray]:
    """The run's user and movie vectors as initial tables for `config`, matched by id; zero where the run has none.

    Raises `ConfigError` if the embedding sizes differ.
    """
    tables: dict[str, np.ndarray] = {}
    for name, vectors, size, known, wanted in (
        (USER_EMBEDDING, run.user_vectors, config.user_embedding_size, _user_ids(run), split.user_ids),
        (MOVIE_EMBEDDING, run.movie_vectors, config.movie_embedding_size, run.movies["movie_id"].to_numpy(),
         split.movies["movie_id"].to_numpy()),
    ):  # fmt: skip
        if vectors.shape[1] != size:
            raise ConfigError(
                f"`{name}_size` must be {vectors.shape[1]} to start from the embeddings of run {run.name!r}. "
                f"Received: {size}"
            )
        table = np.zeros((len(wanted), size), np.float32)
        _, there, here = np.intersect1d(known, wanted, return_indices=True)
        table[here] = vectors[there]
        tables[f"{name}/embeddings"] = table
    return tables


def _user_ids(run: Run) -> np.ndarray:
    return pd.read_parquet(run.path / "users.parquet", columns=["user_id"])["user_id"].to_numpy()


def _movies(trained: Trained) -> pd.DataFrame:
    movies = trained.split.movies.copy()
    bias = trained.movie_bias
    movies["bias"] = np.full(len(movies), np.nan, np.float32) if bias is None else bias
    if bias is None:
        movies["mean_residual"] = _mean_residuals(trained)
    return movies


def _users(trained: Trained) -> pd.DataFrame:
    split = trained.split
    counts = np.bincount(split.train.user, minlength=split.n_users)
    sums = np.bincount(split.train.user, split.train.rating, split.n_users)
    bias = trained.user_bias
    return pd.DataFrame(
        {
            "user_id": split.user_ids,
            "n_ratings": counts.astype(np.int32),
            "mean_rating": np.divide(sums, counts, out=np.full(split.n_users, np.nan), where=counts > 0),
            "bias": np.full(split.n_users, np.nan, np.float32) if bias is None else bias,
        }
    )


def _mean_residuals(trained: Trained) -> np.ndarray:
    """Mean of rating minus prediction for each movie's training ratings, in stars; NaN for none."""
    train, n_movies = trained.split.train, trained.split.n_movies
    some = Examples(train.user[:_MOST_RESIDUALS], train.movie[:_MOST_RESIDUALS], train.rating[:_MOST_RESIDUALS])
    residual = some.rating - trained.program.predict(some)
    counts = np.bincount(some.movie, minlength=n_movies)
    sums = np.bincount(some.movie, residual, n_movies)
    return np.divide(sums, counts, out=np.full(n_movies, np.nan), where=counts > 0).astype(np.float32)


def _prediction(trained: Trained) -> Prediction:
    config = trained.config
    architecture = find_architecture(config.architecture)
    return Prediction(
        is_dot=architecture.is_dot,
        reads_ratings=architecture.reads_ratings,
        offset=trained.offset,
        output_range=output_range(config, trained.split.rating_range) if config.stretched_sigmoid else None,
    )


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "platform": sys.platform}
    for name in _VERSIONED:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
