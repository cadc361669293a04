"""Which of the ratings are trained on: filters of movies, users, ratings and times, before the split.

They are settings like all others, so a run's identity holds them; each leaves the order of the ratings as it is.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core.data.ids import are_small, different, is_among
from recsys_core.data.ratings import Ratings
from recsys_core.data.titles import split_genres
from recsys_core.errors import Cancelled, DataError, quoted
from recsys_core.settings.declaration import Setting
from recsys_core.settings.train_config import SETTINGS, TrainConfig

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
    kept = _kept(ratings, config, lambda share: None, lambda: False)
    return ratings if kept.all() else ratings.keep(kept)


def count_left(
    ratings: Ratings,
    config: TrainConfig,
    *,
    tell: Callable[[float], None] = lambda share: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Left:
    """How much the filters of `config` leave of `ratings`, nothing if it is not enough to train on.

    tell: given the share that is done, 0 to 1. Raises `Cancelled` when told to stop.
    """
    try:
        kept = _kept(ratings, config, tell, should_stop)
    except DataError:
        return Left(0, 0, 0)
    is_all = bool(kept.all())
    users, movies = (different(ids if is_all else ids[kept]) for ids in (ratings.user_id, ratings.movie_id))
    return Left(int(kept.sum()), len(users), len(movies)) if min(len(users), len(movies)) >= 2 else Left(0, 0, 0)


def _kept(
    ratings: Ratings, config: TrainConfig, tell: Callable[[float], None], should_stop: Callable[[], bool]
) -> np.ndarray:
    """bool `(n_ratings,)`: which ratings the filters leave, each applied to what those before it have left."""
    kept = np.ones(ratings.n_ratings, bool)
    steps = [step for step, names in _STEPS if any(getattr(config, name) != SETTINGS[name].default for name in names)]
    for number, step in enumerate(steps):
        if should_stop():
            raise Cancelled("The filters were stopped.")
        tell(number / len(steps))
        step(ratings, config, kept)
    return kept


def _drawn_ratings(ratings: Ratings, config: TrainConfig, kept: np.ndarray) -> None:
    n_wanted = config.n_ratings or 0
    if n_wanted < ratings.n_ratings:
        chosen = np.random.default_rng(config.seed).choice(ratings.n_ratings, n_wanted, replace=False)
        kept[:] = False
        kept[chosen] = True


def _drawn_users(ratings: Ratings, config: TrainConfig, kept: np.ndarray) -> None:
    users = different(ratings.user_id[kept])
    n_wanted = config.n_users or 0
    if n_wanted < len(users):
        chosen = np.random.default_rng((config.seed, 2)).choice(users, n_wanted, replace=False)
        kept &= is_among(ratings.user_id, chosen)


def _of_movies(ratings: Ratings, config: TrainConfig, kept: np.ndarray) -> None:
    genres, year = ratings.movies["genres"], ratings.movies["year"]
    is_wanted = np.ones(len(ratings.movies), bool)
    if config.exact_genres:
        is_wanted &= genres.isin(config.exact_genres).to_numpy()
    if config.any_genres or config.all_genres:
        is_wanted &= _has_genres(genres, config)
    if not is_wanted.any():
        asked = {*config.exact_genres, *config.any_genres, *config.all_genres}
        there = sorted({genre for field in genres.unique() for genre in split_genres(field)})
        raise DataError(
            f"Genres must be those that a movie has, of {quoted(', '.join(there))}. "
            f"Received: {quoted(', '.join(sorted(asked)))}"
        )
    if config.year_from is not None or config.year_to is not None:
        low, high = (config.year_from or -np.inf), (config.year_to or np.inf)
        is_wanted &= year.between(low, high).to_numpy()
    kept &= is_among(ratings.movie_id, ratings.movies.loc[is_wanted, "movie_id"].to_numpy())


def _has_genres(genres: pd.Series, config: TrainConfig) -> np.ndarray:
    any_of, all_of = set(config.any_genres), set(config.all_genres)
    known: dict[str, bool] = {}
    for field in genres.unique():
        held = set(split_genres(field))
        known[field] = (not any_of or not any_of.isdisjoint(held)) and all_of <= held
    return genres.map(known).to_numpy(bool)


def _of_ratings(ratings: Ratings, config: TrainConfig, kept: np.ndarray) -> None:
    if config.rating_from is not None:
        kept &= ratings.rating >= config.rating_from
    if config.rating_to is not None:
        kept &= ratings.rating <= config.rating_to


def _of_dates(ratings: Ratings, config: TrainConfig, kept: np.ndarray) -> None:
    if not ratings.has_times:
        raise DataError("A filter by date must have ratings with times. Received: ratings without any.")
    if config.date_from:
        kept &= ratings.timestamp >= _seconds(config.date_from)
    if config.date_to:
        # To the end of that day.
        kept &= ratings.timestamp < _seconds(config.date_to) + 86_400


def _seconds(date: str) -> int:
    try:
        return int(datetime.datetime.fromisoformat(date).replace(tzinfo=datetime.UTC).timestamp())
    except ValueError as error:
        raise DataError(f"A date must be one of the calendar, such as 2005-04-02. Received: {quoted(date)}.") from error


def _often_enough(ratings: Ratings, config: TrainConfig, kept: np.ndarray) -> None:
    """Of users and movies that have so many of each other: leaving out one may bring another below it."""
    rows = np.flatnonzero(kept)
    codes, counts = [], []
    for ids in (ratings.user_id[rows], ratings.movie_id[rows]):
        codes.append(ids if len(ids) and are_small(ids) else pd.factorize(ids)[0])
        counts.append(np.bincount(codes[-1]))
    least = (config.min_user_ratings, config.min_movie_ratings)
    while True:
        stays = (counts[0] >= least[0])[codes[0]]
        stays &= (counts[1] >= least[1])[codes[1]]
        if stays.all():
            return
        kept[rows[~stays]] = False
        for each, count in zip(codes, counts, strict=True):
            count -= np.bincount(each[~stays], minlength=len(count))
        rows, codes = rows[stays], [each[stays] for each in codes]


_STEPS = (
    (_drawn_ratings, ("n_ratings",)),
    (_drawn_users, ("n_users",)),
    (_of_movies, ("exact_genres", "any_genres", "all_genres", "year_from", "year_to")),
    (_of_ratings, ("rating_from", "rating_to")),
    (_of_dates, ("date_from", "date_to")),
    (_often_enough, ("min_user_ratings", "min_movie_ratings")),
)
"""What a filter does to the rows that are kept so far, and the settings that ask for it, in the order of applying."""
FILTERS = tuple(name for _, names in _STEPS for name in names)
"""Names of the settings that are filters."""
