"""Turn ratings into what training needs: a vocabulary of users and movies, and training and validation arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from recsys_core.data.filters import apply_filters
from recsys_core.data.ratings import Ratings
from recsys_core.errors import DataError
from recsys_core.settings.train_config import TrainConfig


@dataclass(frozen=True)
class Examples:
    """Ratings by position in the vocabulary; three arrays of equal length `(n,)`."""

    user: np.ndarray
    """int32, position in `Split.user_ids`."""
    movie: np.ndarray
    """int32, position in `Split.movies`."""
    rating: np.ndarray
    """float32, in stars."""

    def __len__(self) -> int:
        return len(self.rating)


@dataclass(frozen=True)
class Split:
    """Training and validation examples over one vocabulary."""

    user_ids: np.ndarray
    """int32 `(n_users,)`, ascending: row i of the user embeddings is user `user_ids[i]`."""
    movies: pd.DataFrame = field(repr=False)
    """Row i describes row i of the movie embeddings: movie_id (ascending), title, year, genres, and over all ratings
    n_ratings and mean_rating; over the training ratings n_train_ratings."""
    train: Examples
    validation: Examples
    n_dropped: int
    """Validation ratings left out because their user or movie has no training rating."""
    data: dict
    """What the ratings were: `Ratings.describe()`, ready for JSON."""

    @property
    def n_users(self) -> int:
        return len(self.user_ids)

    @property
    def n_movies(self) -> int:
        return len(self.movies)

    @property
    def train_mean(self) -> float:
        """Mean training rating, in stars."""
        return float(self.train.rating.mean(dtype=np.float64))

    @property
    def rating_range(self) -> tuple[float, float]:
        """Lowest and highest rating of the data, in stars."""
        return self.data["rating_min"], self.data["rating_max"]


def split_ratings(ratings: Ratings, config: TrainConfig) -> Split:
    """Filter, sample and split `ratings` as `config` says.

    With `unseen="drop"` the vocabulary holds only what has a training rating; with "zero" every user and movie.
    Raises `DataError` if a split by time is asked of data without times, or nothing is left to train on.
    """
    ratings = apply_filters(ratings, config)
    is_validation = _choose_validation(ratings, config)
    if is_validation.all():
        raise DataError(f"There must be at least one training rating. Received: {ratings.n_ratings} ratings in all.")
    kept = ~is_validation if config.unseen == "drop" else slice(None)
    user_ids, movie_ids = np.unique(ratings.user_id[kept]), np.unique(ratings.movie_id[kept])
    user, movie = _positions(user_ids, ratings.user_id), _positions(movie_ids, ratings.movie_id)
    known = (user >= 0) & (movie >= 0)
    train, validation = ~is_validation, is_validation & known
    return Split(
        user_ids=user_ids,
        movies=_describe_movies(ratings, movie_ids, movie, train),
        train=Examples(user[train], movie[train], ratings.rating[train]),
        validation=Examples(user[validation], movie[validation], ratings.rating[validation]),
        n_dropped=int((is_validation & ~known).sum()),
        data=ratings.describe(),
    )


def in_order_of_appearance(ids: np.ndarray) -> np.ndarray:
    """Codes 0, 1, 2, … in the order in which each id first occurs, as the notebooks' `proc_col` gives them."""
    return pd.factorize(ids)[0].astype(np.int32)


def _choose_validation(ratings: Ratings, config: TrainConfig) -> np.ndarray:
    n_validation = round(config.validation_fraction * ratings.n_ratings)
    if config.split == "time":
        if not ratings.timestamp.any():
            raise DataError("A split by time must have timestamps. Received: ratings without any.")
        chosen = np.argsort(ratings.timestamp, kind="stable")[ratings.n_ratings - n_validation :]
    else:
        order = np.arange(ratings.n_ratings, dtype=np.int32)
        np.random.default_rng((config.seed, 1)).shuffle(order)
        chosen = order[:n_validation]
    is_validation = np.zeros(ratings.n_ratings, bool)
    is_validation[chosen] = True
    return is_validation


def _positions(vocabulary: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """int32 position of each id in the ascending `vocabulary`, -1 where it is not in it."""
    highest = int(vocabulary[-1])
    if vocabulary[0] >= 0 and highest < 50_000_000:
        lookup = np.full(highest + 2, -1, np.int32)
        lookup[vocabulary] = np.arange(len(vocabulary), dtype=np.int32)
        return lookup[np.clip(ids, -1, highest + 1)]
    found = np.searchsorted(vocabulary, ids).clip(0, len(vocabulary) - 1)
    return np.where(vocabulary[found] == ids, found, -1).astype(np.int32)


def _describe_movies(ratings: Ratings, movie_ids: np.ndarray, movie: np.ndarray, train: np.ndarray) -> pd.DataFrame:
    n_movies = len(movie_ids)
    known = movie >= 0
    counts = np.bincount(movie[known], minlength=n_movies)
    sums = np.bincount(movie[known], weights=ratings.rating[known], minlength=n_movies)
    movies = ratings.movies.set_index("movie_id").loc[movie_ids].reset_index()
    movies["n_ratings"] = counts.astype(np.int32)
    movies["mean_rating"] = (sums / counts).astype(np.float32)
    movies["n_train_ratings"] = np.bincount(movie[known & train], minlength=n_movies).astype(np.int32)
    return movies
