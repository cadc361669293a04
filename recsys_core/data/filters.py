"""Which of the ratings are trained on: filters of movies, users, ratings and times, before the split.

They are settings like all others, so a run's identity holds them; each leaves the order of the ratings as it is.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core.data.ratings import Ratings
from recsys_core.data.titles import split_genres
from recsys_core.errors import DataError, quoted
from recsys_core.settings.declaration import Setting
from recsys_core.settings.train_config import SETTINGS, TrainConfig

FILTERS = (
    "n_ratings", "n_users", "exact_genres", "any_genres", "all_genres", "year_from", "year_to", "rating_from",
    "rating_to", "date_from", "date_to", "min_user_ratings", "min_movie_ratings",
)  # fmt: skip
"""Names of the settings that are filters, in the order in which they apply."""
FEW_RATINGS, FEW_USERS, FEW_MOVIES = 1_000, 20, 20
"""With fewer than these, what is learned is mostly chance."""


@dataclass(frozen=True)
class Left:
    """What filters leave."""

    n_ratings: int
    n_users: int
    n_movies: int

    @property
    def is_little(self) -> bool:
        """Whether what is learned from it would be mostly chance."""
        return self.n_ratings < FEW_RATINGS or self.n_users < FEW_USERS or self.n_movies < FEW_MOVIES


def filter_settings() -> dict[str, Setting]:
    """The settings that are filters."""
    return {name: SETTINGS[name] for name in FILTERS}


def has_filters(config: TrainConfig) -> bool:
    """Whether any filter of `config` may leave something out."""
    return any(getattr(config, name) != setting.default for name, setting in filter_settings().items())


def apply_filters(ratings: Ratings, config: TrainConfig) -> Ratings:
    """What the filters of `config` leave of `ratings`. Raises `DataError` if that is not enough to train on."""
    if config.n_ratings is not None:
        ratings = ratings.sample(config.n_ratings, config.seed)
    if config.n_users is not None:
        ratings = _some_users(ratings, config.n_users, config.seed)
    if config.exact_genres:
        ratings = ratings.with_exact_genres(config.exact_genres)
    if config.any_genres or config.all_genres:
        ratings = _of_movies(ratings, _has_genres(ratings.movies["genres"], config))
    if config.year_from is not None or config.year_to is not None:
        low, high = (config.year_from or -np.inf), (config.year_to or np.inf)
        ratings = _of_movies(ratings, ratings.movies["year"].between(low, high).to_numpy())
    if config.rating_from is not None or config.rating_to is not None:
        low = -np.inf if config.rating_from is None else config.rating_from
        high = np.inf if config.rating_to is None else config.rating_to
        ratings = ratings.keep((ratings.rating >= low) & (ratings.rating <= high))
    if config.date_from or config.date_to:
        ratings = _between_dates(ratings, config.date_from, config.date_to)
    if config.min_user_ratings > 1 or config.min_movie_ratings > 1:
        ratings = _often_enough(ratings, config.min_user_ratings, config.min_movie_ratings)
    return ratings


def count_left(ratings: Ratings, config: TrainConfig) -> Left:
    """How much the filters of `config` leave of `ratings`, nothing if it is not enough to train on."""
    try:
        left = apply_filters(ratings, config)
    except DataError:
        return Left(0, 0, 0)
    return Left(left.n_ratings, len(pd.unique(left.user_id)), len(pd.unique(left.movie_id)))


def _some_users(ratings: Ratings, n_users: int, seed: int) -> Ratings:
    users = np.unique(ratings.user_id)
    if n_users >= len(users):
        return ratings
    chosen = np.random.default_rng((seed, 2)).choice(users, n_users, replace=False)
    return ratings.keep(np.isin(ratings.user_id, chosen))


def _of_movies(ratings: Ratings, is_wanted: np.ndarray) -> Ratings:
    """The ratings of the movies for which `is_wanted`, bool `(n_movies,)`, holds."""
    wanted = ratings.movies.loc[is_wanted, "movie_id"].to_numpy()
    return ratings.keep(np.isin(ratings.movie_id, wanted))


def _has_genres(genres: pd.Series, config: TrainConfig) -> np.ndarray:
    any_of, all_of = set(config.any_genres), set(config.all_genres)
    known: dict[str, bool] = {}
    for field in genres.unique():
        held = set(split_genres(field))
        known[field] = (not any_of or not any_of.isdisjoint(held)) and all_of <= held
    return genres.map(known).to_numpy(bool)


def _between_dates(ratings: Ratings, date_from: str, date_to: str) -> Ratings:
    if not ratings.timestamp.any():
        raise DataError("A filter by date must have ratings with times. Received: ratings without any.")
    mask = np.ones(ratings.n_ratings, bool)
    if date_from:
        mask &= ratings.timestamp >= _seconds(date_from)
    if date_to:
        # To the end of that day.
        mask &= ratings.timestamp < _seconds(date_to) + 86_400
    return ratings.keep(mask)


def _seconds(date: str) -> int:
    try:
        return int(datetime.datetime.fromisoformat(date).replace(tzinfo=datetime.UTC).timestamp())
    except ValueError as error:
        raise DataError(f"A date must be one of the calendar, such as 2005-04-02. Received: {quoted(date)}.") from error


def _often_enough(ratings: Ratings, min_user_ratings: int, min_movie_ratings: int) -> Ratings:
    """The ratings of users and movies that have so many of each other: leaving out one may bring another below it."""
    user, movie = (pd.factorize(ids)[0] for ids in (ratings.user_id, ratings.movie_id))
    kept = np.arange(ratings.n_ratings)
    while True:
        of_user, of_movie = np.bincount(user[kept]), np.bincount(movie[kept])
        stays = (of_user[user[kept]] >= min_user_ratings) & (of_movie[movie[kept]] >= min_movie_ratings)
        if stays.all():
            break
        kept = kept[stays]
    mask = np.zeros(ratings.n_ratings, bool)
    mask[kept] = True
    return ratings.keep(mask)
