"""Turn ratings into what training needs: a vocabulary of users and movies, and training and validation arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from recsys_core.data.filters import apply_filters
from recsys_core.data.ids import different, positions
from recsys_core.data.moments import Moments, era_shares, eras_of, median_times, sessions_of, sittings_at
from recsys_core.data.ratings import Ratings
from recsys_core.errors import Cancelled, DataError
from recsys_core.settings.train_config import TrainConfig


@dataclass(frozen=True)
class Examples:
    """Ratings by position in the vocabulary; arrays of equal length `(n,)`."""

    user: np.ndarray
    """int32, position in `Split.user_ids`."""
    movie: np.ndarray
    """int32, position in `Split.movies`."""
    rating: np.ndarray
    """float32, in stars."""
    timestamp: np.ndarray | None = None
    """int64, seconds since 1970; None where nothing is known of times."""

    def __len__(self) -> int:
        return len(self.rating)


@dataclass(frozen=True)
class Split:
    """Training and validation examples over one vocabulary."""

    user_ids: np.ndarray
    """int32 `(n_users,)`, ascending: row i of the user embeddings is user `user_ids[i]`."""
    movies: pd.DataFrame = field(repr=False)
    """Row i describes row i of the movie embeddings: movie_id (ascending), title, year, genres, and over all ratings
    n_ratings and mean_rating; over the training ratings n_train_ratings and median_time (seconds since 1970; NaN
    where there is none)."""
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

    @cached_property
    def train_moments(self) -> Moments | None:
        """The sitting and the era of each training rating; None where the ratings have no times."""
        if self.train.timestamp is None or self.train_eras is None:
            return None
        return Moments(sessions_of(self.train.user, self.train.timestamp), self.train_eras)

    @cached_property
    def train_eras(self) -> np.ndarray | None:
        """The era of each training rating, int32 `(n,)`; None where the ratings have no times."""
        return None if self.train.timestamp is None else eras_of(self.train.timestamp)

    @cached_property
    def validation_sittings(self) -> np.ndarray | None:
        """The training sitting of each validation rating, int32 `(n,)`, -1 for none; None without times."""
        train, asked = self.train, self.validation
        if train.timestamp is None or asked.timestamp is None or self.train_moments is None:
            return None
        return sittings_at(asked.user, asked.timestamp, train.user, train.timestamp, self.train_moments.session)

    @cached_property
    def movie_eras(self) -> np.ndarray | None:
        """Share of each movie's training ratings in each era, float32 `(n_movies, N_ERAS)`; None without times."""
        return None if self.train_eras is None else era_shares(self.train.movie, self.train_eras, self.n_movies)

    @cached_property
    def user_counts(self) -> np.ndarray:
        """Training ratings of each user, int64 `(n_users,)`."""
        return np.bincount(self.train.user, minlength=self.n_users)

    @cached_property
    def user_means(self) -> np.ndarray:
        """Mean training rating of each user, in stars, float32 `(n_users,)`; 0 for one without any."""
        sums = np.bincount(self.train.user, self.train.rating, self.n_users)
        return (sums / np.maximum(self.user_counts, 1)).astype(np.float32)

    @cached_property
    def baselines(self) -> dict[str, float]:
        """What the simplest predictions reach on the validation ratings, see `baselines`."""
        from recsys_core.data.baselines import baselines

        return baselines(self)

    @property
    def train_mean(self) -> float:
        """Mean training rating, in stars."""
        return float(self.train.rating.mean(dtype=np.float64))

    @property
    def rating_range(self) -> tuple[float, float]:
        """Lowest and highest rating of the data, in stars."""
        return self.data["rating_min"], self.data["rating_max"]


def split_ratings(ratings: Ratings, config: TrainConfig, *, should_stop: Callable[[], bool] = lambda: False) -> Split:
    """Filter, sample and split `ratings` as `config` says.

    With `unseen="drop"` the vocabulary holds only what has a training rating; with "zero" every user and movie.
    `should_stop` is asked every second or so, also of tens of millions of ratings. Raises `DataError` if a split by
    time is asked of data without times, or nothing is left to train on, and `Cancelled` if asked to stop.
    """
    _give_up_if_asked(should_stop)
    ratings = apply_filters(ratings, config)
    _give_up_if_asked(should_stop)
    is_validation = _set_aside(ratings, config, config.validation_fraction, (config.seed, 1))
    return split_at(ratings, is_validation, config, should_stop=should_stop)


def split_with_holdout(ratings: Ratings, config: TrainConfig, seed: int, fraction: float) -> tuple[Split, Examples]:
    """As `split_ratings`, with `seed` for `config.seed`, after `fraction` of the ratings were set aside.

    These are chosen as `config` chooses its validation ratings, and take no part in the split, nor in its vocabulary:
    returned, by position there, are those whose user and movie it knows. Raises `DataError`.
    """
    config = dataclasses.replace(config, seed=seed)
    ratings = apply_filters(ratings, config)
    is_held_out = _set_aside(ratings, config, fraction, (seed, 4))
    rest = ratings.keep(~is_held_out)
    split = split_at(rest, _set_aside(rest, config, config.validation_fraction, (seed, 1)), config)
    user = positions(split.user_ids, ratings.user_id[is_held_out])
    movie = positions(split.movies["movie_id"].to_numpy(), ratings.movie_id[is_held_out])
    known = (user >= 0) & (movie >= 0)
    times = ratings.timestamp[is_held_out][known] if ratings.has_times else None
    return split, Examples(user[known], movie[known], ratings.rating[is_held_out][known], times)


def split_at(
    ratings: Ratings,
    is_validation: np.ndarray,
    config: TrainConfig,
    *,
    should_stop: Callable[[], bool] = lambda: False,
) -> Split:
    """Split `ratings` where somebody else has chosen what to validate on: bool `(n_ratings,)`.

    Of `config` `unseen` counts alone. Raises `DataError` if nothing is left to train on, `Cancelled` if asked to stop.
    """
    if is_validation.all():
        raise DataError(f"There must be at least one training rating. Received: {ratings.n_ratings} ratings in all.")
    _give_up_if_asked(should_stop)
    is_train = ~is_validation
    user_of_train, movie_of_train = ratings.user_id[is_train], ratings.movie_id[is_train]
    user_ids, movie_ids = (
        (different(user_of_train), different(movie_of_train))
        if config.unseen == "drop"
        else (different(ratings.user_id), different(ratings.movie_id))
    )
    _give_up_if_asked(should_stop)

    def times_of(chosen: np.ndarray) -> np.ndarray | None:
        return ratings.timestamp[chosen] if ratings.has_times else None

    train = Examples(
        positions(user_ids, user_of_train),
        positions(movie_ids, movie_of_train),
        ratings.rating[is_train],
        times_of(is_train),
    )
    del user_of_train, movie_of_train
    rows = np.flatnonzero(is_validation)
    user, movie = positions(user_ids, ratings.user_id[rows]), positions(movie_ids, ratings.movie_id[rows])
    known = (user >= 0) & (movie >= 0)
    validation = Examples(user[known], movie[known], ratings.rating[rows[known]], times_of(rows[known]))
    _give_up_if_asked(should_stop)
    movies = _describe_movies(ratings.movies, movie_ids, train, validation)
    _give_up_if_asked(should_stop)
    return Split(
        user_ids=user_ids,
        movies=movies,
        train=train,
        validation=validation,
        n_dropped=len(rows) - len(validation),
        data=ratings.describe(),
    )


def _give_up_if_asked(should_stop: Callable[[], bool]) -> None:
    if should_stop():
        raise Cancelled("It was stopped while the ratings were split: nothing was kept.")


def in_order_of_appearance(ids: np.ndarray) -> np.ndarray:
    """Codes 0, 1, 2, … in the order in which each id first occurs, as the notebooks' `proc_col` gives them."""
    return pd.factorize(ids)[0].astype(np.int32)


def _set_aside(ratings: Ratings, config: TrainConfig, fraction: float, seed: tuple[int, int]) -> np.ndarray:
    """Which `fraction` of the ratings is not trained on, chosen as `config.split` says: bool `(n_ratings,)`."""
    n_chosen = round(fraction * ratings.n_ratings)
    if config.split != "random" and not ratings.has_times:
        raise DataError("A split by time must have timestamps. Received: ratings without any.")
    if config.split == "time":
        chosen = np.argsort(ratings.timestamp, kind="stable")[ratings.n_ratings - n_chosen :]
    elif config.split == "last":
        chosen = _last_of_each_user(ratings, fraction)
    else:
        order = np.arange(ratings.n_ratings, dtype=np.int32)
        np.random.default_rng(seed).shuffle(order)
        chosen = order[:n_chosen]
    is_set_aside = np.zeros(ratings.n_ratings, bool)
    is_set_aside[chosen] = True
    return is_set_aside


def _last_of_each_user(ratings: Ratings, fraction: float) -> np.ndarray:
    """Positions of the last `fraction` of each user's ratings, by time; all but one at most."""
    order = np.lexsort((ratings.timestamp, ratings.user_id))
    _, first, counts = np.unique(ratings.user_id[order], return_index=True, return_counts=True)
    n_last = np.minimum(np.round(fraction * counts).astype(np.int64), counts - 1)
    place = np.arange(len(order)) - np.repeat(first, counts)
    return order[place >= np.repeat(counts - n_last, counts)]


def _describe_movies(
    movies: pd.DataFrame, movie_ids: np.ndarray, train: Examples, validation: Examples
) -> pd.DataFrame:
    n_movies = len(movie_ids)
    n_train = np.bincount(train.movie, minlength=n_movies)
    counts = n_train + np.bincount(validation.movie, minlength=n_movies)
    sums = sum(np.bincount(each.movie, each.rating, n_movies) for each in (train, validation))
    movies = movies.set_index("movie_id").loc[movie_ids].reset_index()
    movies["n_ratings"] = counts.astype(np.int32)
    movies["mean_rating"] = (sums / counts).astype(np.float32)
    movies["n_train_ratings"] = n_train.astype(np.int32)
    movies["median_time"] = np.nan
    if train.timestamp is not None:
        movies["median_time"] = median_times(train.movie, train.timestamp, n_movies)
    return movies
