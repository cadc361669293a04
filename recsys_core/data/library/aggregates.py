"""What is in a data set: computed once, when it is imported, so that its page costs the same for any size."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, NonNegativeInt

from recsys_core.data.library.scales import histogram, scale_of
from recsys_core.data.ratings import Ratings
from recsys_core.data.titles import split_genres

MAX_CROSS = 50
"""Users, and movies, of the cross-table."""
_TAIL_POINTS = 101
_MAX_GENRES = 200
_MAX_RANGE = 50_000_000
"""Ids below this are counted in a list as long as the highest."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings")


class Counts(_Part):
    """How many there are of everything."""

    n_ratings: NonNegativeInt
    n_users: NonNegativeInt
    n_movies: NonNegativeInt
    """That are rated."""
    rating_min: float
    rating_max: float
    rating_mean: float
    first_time: int | None
    """Seconds since 1970 of the first and the last rating; None where there are no times."""
    last_time: int | None

    @property
    def density(self) -> float:
        """Share of the pairs of user and movie that are rated."""
        return self.n_ratings / max(self.n_users * self.n_movies, 1)


class CrossTable(_Part):
    """What the most active users gave to the most rated movies."""

    users: tuple[str, ...]
    """The most active first."""
    movies: tuple[str, ...]
    """Titles, the most rated first."""
    ratings: tuple[tuple[float | None, ...], ...]
    """A row a user, None where a movie is not rated."""


class GenreCount(_Part):
    """One genre. A movie of two genres counts for both."""

    genre: str
    """Empty for movies without one."""
    n_movies: NonNegativeInt
    n_ratings: NonNegativeInt
    mean: float


class Aggregates(_Part):
    """All that the page of a data set draws."""

    counts: Counts
    scale: str
    """What scale the ratings are on and what that means for training, in a sentence."""
    rating_values: tuple[float, ...]
    rating_counts: tuple[int, ...]
    months: tuple[str, ...]
    """Every month from the first to the last, "2005-04"; years, "2005", where these are more than 60 years."""
    month_counts: tuple[int, ...]
    month_means: tuple[float | None, ...]
    tail: tuple[float, ...]
    """Share of all ratings that the most rated 0 %, 1 %, …, 100 % of the movies have."""
    half_of_ratings: NonNegativeInt
    """So many movies, the most rated, have half of all ratings."""
    activity_edges: tuple[int, ...]
    """A user with so many ratings or more, and fewer than the next, counts in the bin; one more than there are bins."""
    activity_counts: tuple[int, ...]
    median_activity: float
    genres: tuple[GenreCount, ...]
    """The most rated first."""
    cross: CrossTable


def aggregates_of(ratings: Ratings, users: Sequence[str] | None = None) -> Aggregates:
    """What is in `ratings`; `users` has the text of user i + 1 at place i, where users are known by texts."""
    by_user, by_movie = _Counted.of(ratings.user_id), _Counted.of(ratings.movie_id)
    sums = by_movie.sums(ratings.rating)
    values, counts = histogram(ratings.rating)
    months, month_counts, month_means = _over_time(ratings)
    by_count = np.sort(by_movie.n_ratings)[::-1]
    cumulated = np.concatenate([[0], np.cumsum(by_count)])
    places = np.round(np.linspace(0, len(by_count), _TAIL_POINTS)).astype(int)
    edges = _activity_edges(int(by_user.n_ratings.max()))
    about = ratings.movies.set_index("movie_id").loc[by_movie.ids]
    has_times = bool(ratings.timestamp.any())
    return Aggregates(
        counts=Counts(
            n_ratings=ratings.n_ratings,
            n_users=len(by_user.ids),
            n_movies=len(by_movie.ids),
            rating_min=float(ratings.rating.min()),
            rating_max=float(ratings.rating.max()),
            rating_mean=float(ratings.rating.mean(dtype=np.float64)),
            first_time=int(ratings.timestamp.min()) if has_times else None,
            last_time=int(ratings.timestamp.max()) if has_times else None,
        ),
        scale=scale_of(ratings.rating).in_words,
        rating_values=tuple(values),
        rating_counts=tuple(counts),
        months=months,
        month_counts=month_counts,
        month_means=month_means,
        tail=tuple((cumulated[places] / ratings.n_ratings).round(5).tolist()),
        half_of_ratings=int(np.searchsorted(cumulated, ratings.n_ratings / 2)),
        activity_edges=tuple(edges.tolist()),
        activity_counts=tuple(np.histogram(by_user.n_ratings, edges)[0].tolist()),
        median_activity=float(np.median(by_user.n_ratings)),
        genres=_genres(about["genres"].to_numpy(), by_movie.n_ratings, sums),
        cross=_cross(ratings, by_user, by_movie, about["title"].to_numpy(), users),
    )


def movies_of(ratings: Ratings) -> pd.DataFrame:
    """`ratings.movies` of the movies that are rated, with n_ratings and mean_rating, the most rated first."""
    counted = _Counted.of(ratings.movie_id)
    table = ratings.movies.set_index("movie_id").loc[counted.ids].reset_index()
    table["n_ratings"] = counted.n_ratings.astype(np.int32)
    table["mean_rating"] = (counted.sums(ratings.rating) / counted.n_ratings).astype(np.float32)
    return table.sort_values("n_ratings", ascending=False, kind="stable", ignore_index=True)


@dataclass(frozen=True)
class _Counted:
    """Ids and how often each occurs, without a sort or a table of hashes where they are as small as ids mostly are."""

    places: np.ndarray
    """`(n,)`, of each row in a list as long as the range of the ids."""
    of_id: np.ndarray
    """Where in that list each of `ids` is."""
    ids: np.ndarray
    """Ascending."""
    n_ratings: np.ndarray
    """Of each of `ids`."""

    @classmethod
    def of(cls, column: np.ndarray) -> _Counted:
        low, high = int(column.min()), int(column.max())
        if low >= 0 and high < _MAX_RANGE:
            counts = np.bincount(column)
            ids = np.flatnonzero(counts)
            return cls(column, ids, ids.astype(np.int32), counts[ids])
        ids, places, counts = np.unique(column, return_inverse=True, return_counts=True)
        return cls(places, np.arange(len(ids)), ids, counts)

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum of `values`, a row each, for each of `ids`."""
        return np.bincount(self.places, values)[self.of_id]

    def rows_of(self, chosen: np.ndarray) -> np.ndarray:
        """For each row of the table its place in `chosen`, positions in `ids`; -1 where it is of none of them."""
        lookup = np.full(int(self.of_id[-1]) + 1, -1, np.int16)
        lookup[self.of_id[chosen]] = np.arange(len(chosen))
        return lookup[self.places]


def _over_time(ratings: Ratings) -> tuple[tuple[str, ...], tuple[int, ...], tuple[float | None, ...]]:
    """Each month, how many ratings it has, and their mean; nothing where there are no times."""
    if not ratings.timestamp.any():
        return (), (), ()
    # Times that no calendar has are left out.
    limits = [int(datetime.datetime(year, 1, 1, tzinfo=datetime.UTC).timestamp()) for year in (1900, 2200)]
    is_date = (ratings.timestamp >= limits[0]) & (ratings.timestamp < limits[1])
    seconds, rating = (
        (ratings.timestamp, ratings.rating) if is_date.all() else (ratings.timestamp[is_date], ratings.rating[is_date])
    )
    if len(seconds) == 0:
        return (), (), ()
    # By days first: a calendar is asked of thousands of days, and not of millions of seconds.
    days = seconds // 86_400
    first = int(days.min())
    by_day = np.bincount(days - first)
    sums = np.bincount(days - first, rating)
    calendar = np.datetime64(first, "D") + np.arange(len(by_day))
    unit = "Y" if len(by_day) > 60 * 366 else "M"
    month = calendar.astype(f"datetime64[{unit}]")
    place = (month - month[0]).astype(int)
    counts, totals = np.bincount(place, by_day).astype(int), np.bincount(place, sums)
    names = (month[0] + np.arange(len(counts))).astype(str)
    means = [float(total / n) if n else None for total, n in zip(totals, counts, strict=True)]
    return tuple(names.tolist()), tuple(counts.tolist()), tuple(means)


def _activity_edges(most: int) -> np.ndarray:
    """Bounds that grow by about a quarter, each a whole number, from 1 to beyond `most`."""
    n = int(np.ceil(np.log(most + 1) / np.log(1.25))) + 1
    edges = np.unique(np.round(1.25 ** np.arange(n + 1)).astype(int))
    return edges[: int(np.searchsorted(edges, most, side="right")) + 1]


def _genres(genres: np.ndarray, n_ratings: np.ndarray, sums: np.ndarray) -> tuple[GenreCount, ...]:
    found: dict[str, list[float]] = {}
    for field, n, total in zip(genres, n_ratings.tolist(), sums.tolist(), strict=True):
        for genre in split_genres(field) or ("",):
            counted = found.setdefault(genre, [0, 0, 0.0])
            counted[0] += 1
            counted[1] += n
            counted[2] += total
    rows = [
        GenreCount(genre=genre, n_movies=int(movies), n_ratings=int(n), mean=total / n)
        for genre, (movies, n, total) in found.items()
    ]
    return tuple(sorted(rows, key=lambda row: -row.n_ratings)[:_MAX_GENRES])


def _cross(
    ratings: Ratings, by_user: _Counted, by_movie: _Counted, titles: np.ndarray, users: Sequence[str] | None
) -> CrossTable:
    top_users, top_movies = (np.argsort(-each.n_ratings, kind="stable")[:MAX_CROSS] for each in (by_user, by_movie))
    row, column = by_user.rows_of(top_users), by_movie.rows_of(top_movies)
    chosen = np.flatnonzero((row >= 0) & (column >= 0))
    table = np.full((len(top_users), len(top_movies)), np.nan)
    table[row[chosen], column[chosen]] = ratings.rating[chosen]
    ids: list[int] = by_user.ids[top_users].tolist()
    names: list[str] = [str(user_id) if users is None else users[user_id - 1] for user_id in ids]
    return CrossTable(
        users=tuple(names),
        movies=tuple(str(titles[place]) for place in top_movies),
        ratings=tuple(tuple(None if np.isnan(value) else float(value) for value in each) for each in table),
    )
