"""Write a trained model as a run's folder: complete and on disk, or absent."""

from __future__ import annotations

import datetime
import importlib.metadata
import itertools
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.data.moments import N_ERAS
from recsys_core.data.split import Examples, Split
from recsys_core.models.registry import find_architecture
from recsys_core.runs.atomic import write_folder
from recsys_core.runs.info import FORMAT, Baselines, DataInfo, Prediction, RunInfo, SplitInfo
from recsys_core.runs.run import Run
from recsys_core.runs.store import check_new_run_dir
from recsys_core.runs.taste import taste_of_split
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.events import Event
from recsys_core.training.fit import MAX_SNAPSHOT_BYTES, fit
from recsys_core.training.trained import Trained

_VERSIONED = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "pandas", "scikit-learn", "umap-learn")
_MOST_RESIDUALS = 2_000_000
"""Training ratings over which mean residuals are taken at most: the first so many."""


def train(
    split: Split,
    config: TrainConfig,
    run_dir: str | Path,
    *,
    on_event: Callable[[Event], None] = lambda event: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Train and save: `training.fit`, then `save_run` at `run_dir`. Raises what the two raise, and `RunError` before
    the training if `run_dir` is no new or empty folder that can be written.
    """
    run_dir = Path(run_dir)
    check_new_run_dir(run_dir, estimate_bytes(split, config))
    return save_run(fit(split, config, on_event=on_event, should_stop=should_stop), run_dir)


def save_run(trained: Trained, path: Path, *, label: str = "", about: dict[str, Any] | None = None) -> Run:
    """Write the run's folder, complete or not at all, and return it: at `path`, or beside it, as `path-2`, `path-3`, …,
    if that has been taken meanwhile. `about` sets further fields of the `RunInfo`.

    Raises `RunError` if it cannot be written; `trained` can be saved again then.
    """

    def fill(folder: Path) -> None:
        np.save(folder / "movie_embeddings.npy", trained.movie_vectors)
        np.save(folder / "user_embeddings.npy", trained.user_vectors)
        _save_taste(folder, trained)
        _movies(trained).to_parquet(folder / "movies.parquet", index=False)
        _users(trained).to_parquet(folder / "users.parquet", index=False)
        trained.history.to_csv(folder / "history.csv", index=False)
        if trained.snapshots:
            epochs = sorted(trained.snapshots)
            np.save(folder / "snapshots.npy", np.stack([trained.snapshots[epoch] for epoch in epochs]))
            np.save(folder / "snapshot_epochs.npy", np.array(epochs, np.int32))
        trained.save_model(folder / "model.keras")
        text = _info(trained, label, about or {}).to_text()
        (folder / "config.json").write_text(text, encoding="utf-8")

    return Run(write_folder(path, fill))


def _save_taste(folder: Path, trained: Trained) -> None:
    """The movie vectors with era and popularity taken out, where that can be; predictions never use them."""
    if not np.isfinite(trained.movie_vectors).all():
        return
    taste = taste_of_split(trained.split, trained.movie_vectors)
    if taste.taken_out:
        np.save(folder / "movie_taste.npy", taste.vectors)
    if taste.eras is not None:
        np.save(folder / "movie_eras.npy", taste.eras)


def estimate_bytes(split: Split, config: TrainConfig) -> int:
    """About how much a run of `config` takes on disk, rather too much than too little."""
    n_users, n_movies = split.n_users, split.n_movies
    tables = 4 * (n_users * (config.user_embedding_size + 1) + n_movies * (config.movie_embedding_size + 1))
    widths = [config.user_embedding_size + config.movie_embedding_size, *config.hidden_layers, 1]
    layers = 4 * sum((width + 5) * following for width, following in itertools.pairwise(widths))
    n_snapshots = min(config.snapshots, config.epochs) + 1
    snapshots = min(2 * n_movies * config.movie_embedding_size * n_snapshots, MAX_SNAPSHOT_BYTES)
    taste = 4 * n_movies * (config.movie_embedding_size + N_ERAS)
    # Vectors alone, the model with up to one more table of users, and what is said of each movie and user.
    return 3 * tables + taste + layers + snapshots + 120 * (n_users + n_movies) + 2**20


def _info(trained: Trained, label: str, about: dict[str, Any]) -> RunInfo:
    split = trained.split
    return RunInfo(
        format=FORMAT,
        label=label,
        status=trained.status,
        created=datetime.datetime.now(datetime.UTC).replace(microsecond=0),
        kept_epoch=trained.kept_epoch,
        config=trained.config,
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
        n_parameters=trained.n_parameters,
        prediction=_prediction(trained),
        versions=_versions(),
        **about,
    )


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
    residual = some.rating - trained.predict(some)
    counts = np.bincount(some.movie, minlength=n_movies)
    sums = np.bincount(some.movie, residual, n_movies)
    return np.divide(sums, counts, out=np.full(n_movies, np.nan), where=counts > 0).astype(np.float32)


def _prediction(trained: Trained) -> Prediction:
    architecture = find_architecture(trained.config.architecture)
    return Prediction(
        is_dot=architecture.is_dot,
        reads_ratings=architecture.reads_ratings,
        offset=trained.offset,
        output_range=trained.output_range,
    )


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "platform": sys.platform}
    for name in _VERSIONED:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
