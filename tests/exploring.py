"""Embeddings with known answers, for the tests of exploring a run."""

import datetime
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.runs.info import Baselines, DataInfo, Prediction, RunInfo, SplitInfo
from recsys_core.runs.run import Run
from recsys_core.settings.train_config import TrainConfig


def five_movies() -> MovieEmbeddings:
    """Five movies in the plane. Directions: 0°, 0° (twice as long), 45°, 90° and none at all."""
    movies = pd.DataFrame(
        {
            "movie_id": [10, 20, 30, 40, 50],
            "title": ["The Matrix", "The Matrix Reloaded", "Amélie", "Toy Story", "Unseen <b>film</b>"],
            "year": [1999.0, 2003.0, 2001.0, 1995.0, np.nan],
            "genres": ["Action|Sci-Fi", "Action|Sci-Fi", "Comedy|Romance", "Animation|Comedy", ""],
            "n_ratings": [100, 40, 60, 80, 1],
            "mean_rating": [4.2, 3.3, 4.0, 3.9, 2.0],
            "bias": [0.5, -0.2, 0.4, 0.3, -0.6],
        }
    )
    return MovieEmbeddings(np.array([[1, 0], [2, 0], [1, 1], [0, 1], [0, 0]], np.float32), movies)


def blobs(n_blobs: int = 4, n_each: int = 60, size: int = 12, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Well separated groups of vectors, float32 `(n_blobs * n_each, size)`, and the group of each."""
    rng = np.random.default_rng(seed)
    centers = 5 * np.eye(n_blobs, size)
    groups = np.repeat(np.arange(n_blobs), n_each)
    return (centers[groups] + rng.normal(0, 0.5, (len(groups), size))).astype(np.float32), groups


def movies_of(n_movies: int, **columns: object) -> pd.DataFrame:
    """A movie table with plain values, some columns replaced."""
    numbers = np.arange(n_movies)
    return pd.DataFrame(
        {
            "movie_id": numbers + 1,
            "title": [f"Film {number}" for number in numbers],
            "year": 1990.0,
            "genres": "Drama",
            "n_ratings": n_movies - numbers,
            "mean_rating": 3.5,
            "bias": 0.0,
        }
        | columns
    )


def run_info(**changes: Any) -> RunInfo:
    """What a small run on five movies says of itself; some of it replaced."""
    n_users, n_movies, n_ratings = 3, 5, 281
    about = RunInfo(
        label="Five movies",
        status="finished",
        created=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        kept_epoch=2,
        config=TrainConfig(preset="dot-bias-l2", user_embedding_size=2, movie_embedding_size=2),
        data=DataInfo(
            name="five movies",
            n_ratings=n_ratings,
            n_users=n_users,
            n_movies=n_movies,
            rating_min=0.5,
            rating_max=5.0,
            rating_mean=3.5,
        ),
        split=SplitInfo(
            n_users=n_users, n_movies=n_movies, n_train=n_ratings, n_validation=0, n_dropped=0, train_mean=3.5
        ),
        baselines=Baselines(mean_mse=1.2, mean_mae=0.9, bias_mse=0.8, bias_mae=0.7),
        n_parameters=20,
        prediction=Prediction(is_dot=True, offset=3.5, output_range=None),
    )
    return about.model_copy(update=changes)


def write_files(
    folder: Path,
    vectors: np.ndarray,
    movies: pd.DataFrame,
    info: RunInfo,
    users: pd.DataFrame | None = None,
    user_vectors: np.ndarray | None = None,
) -> None:
    """All files of a run, but for a Keras model that nothing can open. There are three users unless they are given."""
    if users is None:
        users = pd.DataFrame(
            {"user_id": [1, 2, 7], "n_ratings": [90, 120, 71], "mean_rating": [3.5, 4.0, 3.0], "bias": [0.0, 0.4, -0.3]}
        )
    if user_vectors is None:
        user_vectors = np.resize(np.array([1, 0, 0, 1, 0.5, 0.5], np.float32), (len(users), vectors.shape[1]))
    history = pd.DataFrame({"epoch": [1, 2], "val_mse": [1.0, 0.6], "val_mae": [0.8, 0.6]})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(info.to_text(), encoding="utf-8")
    history.assign(learning_rate=0.01, train_mse=0.5, train_mae=0.5, seconds=0.1).to_csv(
        folder / "history.csv", index=False
    )
    movies.to_parquet(folder / "movies.parquet")
    users.to_parquet(folder / "users.parquet")
    np.save(folder / "movie_embeddings.npy", vectors)
    np.save(folder / "user_embeddings.npy", user_vectors)
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        for name in ("metadata.json", "config.json", "model.weights.h5"):
            archive.writestr(name, "{}")


def write_run(
    path: Path, vectors: np.ndarray, movies: pd.DataFrame | None = None, snapshots: np.ndarray | None = None
) -> Run:
    """A run folder with these embeddings."""
    write_files(path, vectors, movies_of(len(vectors)) if movies is None else movies, run_info(label=path.name))
    if snapshots is not None:
        np.save(path / "snapshots.npy", snapshots.astype(np.float16))
        np.save(path / "snapshot_epochs.npy", np.arange(1, len(snapshots) + 1, dtype=np.int32))
    return Run(path)


ODD_TITLES = [
    "The Matrix", "Tab\there", "New\nline", "The Matrix", "<script>alert('&')</script>", "Fräulein  Smilla", "",
]  # fmt: skip


def oddly_titled_movies() -> pd.DataFrame:
    """Seven movies whose titles are all that a title can be; the first and fourth share one, year and all."""
    genres = ["Action|Sci-Fi", "", "Drama", "Drama", "Comedy", "Drama", "Drama"]
    years = [1999, np.nan, 2001, 1999, 1995, 1997, 1990]
    return movies_of(len(ODD_TITLES), title=ODD_TITLES, year=years, genres=genres)
