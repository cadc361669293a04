"""The validated table of ratings: who rated which movie how. Everything downstream trusts a `Ratings`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from recsys_core.data.ids import different
from recsys_core.data.titles import NO_GENRES, display_title, split_year
from recsys_core.errors import DataError, quoted

RATING_TYPES = {"userId": np.int32, "movieId": np.int32, "rating": np.float32, "timestamp": np.int64}
"""The columns of ratings.csv; the last may be missing."""
RATING_COLUMNS = ("userId", "movieId", "rating")
MOVIE_COLUMNS = ("movieId", "title", "genres")
MAX_RATING = 1_000_000
"""Of either sign. The square of much larger ones is beyond float32."""

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\s\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
"""Control characters, and those that turn the direction of what follows."""


@dataclass(frozen=True)
class Ratings:
    """Who rated which movie how, and what the movies are.

    The four columns are arrays of equal length `(n_ratings,)`; every pair of user and movie occurs once.
    """

    user_id: np.ndarray
    """int32, as in the file."""
    movie_id: np.ndarray
    """int32, as in the file; each occurs in `movies`."""
    rating: np.ndarray
    """float32, in stars."""
    timestamp: np.ndarray
    """int64, seconds since 1970; all zero where the file has no times."""
    movies: pd.DataFrame = field(repr=False)
    """`movie_id`, `title` (for display, without year), `year` (float, NaN if unknown), `genres` ("Action|Sci-Fi",
    empty if none); one row a movie."""
    name: str = "ratings"
    """What the data is called, for people."""
    id: str = ""
    """Of the data set in the catalog; empty for ratings that were made in memory."""
    fingerprint: str = ""
    """Of the data set's content, before any filter; empty for ratings that were made in memory."""
    notices: tuple[str, ...] = ()
    """What was noticed or put right while reading, one sentence each; shown, never hidden."""

    @property
    def n_ratings(self) -> int:
        return len(self.rating)

    @property
    def has_times(self) -> bool:
        """Whether it is known when they were given."""
        return bool(self.timestamp.any())

    def describe(self) -> dict:
        """Counts and ranges that identify the data: plain numbers and strings, ready for JSON."""
        return {
            "id": self.id,
            "fingerprint": self.fingerprint,
            "name": self.name,
            "n_ratings": self.n_ratings,
            "n_users": len(different(self.user_id)),
            "n_movies": len(different(self.movie_id)),
            "rating_min": float(self.rating.min()),
            "rating_max": float(self.rating.max()),
            "rating_mean": float(self.rating.mean(dtype=np.float64)),
        }

    def keep(self, mask: np.ndarray) -> Ratings:
        """The ratings where `mask` (bool, `(n_ratings,)`) holds. Raises `DataError` if too few are left."""
        kept = replace(
            self,
            user_id=self.user_id[mask],
            movie_id=self.movie_id[mask],
            rating=self.rating[mask],
            timestamp=self.timestamp[mask],
        )
        _check_enough(kept.user_id, kept.movie_id, "after filtering")
        return kept

    def sample(self, n_ratings: int, seed: int) -> Ratings:
        """`n_ratings` ratings drawn without replacement, in their original order."""
        if n_ratings >= self.n_ratings:
            return self
        chosen = np.random.default_rng(seed).choice(self.n_ratings, n_ratings, replace=False)
        mask = np.zeros(self.n_ratings, bool)
        mask[chosen] = True
        return self.keep(mask)


def from_frames(ratings: pd.DataFrame, movies: pd.DataFrame, *, name: str = "ratings") -> Ratings:
    """Validate tables with MovieLens' column names and turn them into `Ratings`.

    `ratings`: `userId, movieId, rating[, timestamp]`; `movies`: `movieId, title, genres[, year]`; without a `year`
    column it is split off the title. Raises `DataError`.
    """
    require_columns(list(ratings.columns), RATING_COLUMNS, "ratings.csv")
    require_columns(list(movies.columns), MOVIE_COLUMNS, "movies.csv")
    columns = {column: to_numbers(ratings[column], column) for column in RATING_TYPES if column in ratings.columns}
    return from_columns(columns, movies, name=name)


def from_columns(
    columns: Mapping[str, np.ndarray],
    movies: pd.DataFrame,
    *,
    name: str = "ratings",
    notices: Sequence[str] = (),
    file: str = "ratings.csv",
    movies_file: str = "movies.csv",
) -> Ratings:
    """`Ratings` of arrays of the types in `RATING_TYPES` (the timestamp may be missing). Raises `DataError`.

    `notices` are of what was noticed while reading; what is put right here is added. `file` and `movies_file` are what
    errors and notices call the tables.
    """
    said = list(notices)
    n_ratings = len(columns.get("rating", ()))
    if n_ratings == 0:
        raise DataError(f"{file} must have at least one rating. Received: a header and no rows.")
    user_id, movie_id, rating = (columns[column] for column in RATING_COLUMNS)
    too_large = ~(np.abs(rating) <= MAX_RATING)
    if too_large.any():
        row = int(np.argmax(too_large))
        raise DataError(
            f"Every rating must be a number from -{MAX_RATING:,} to {MAX_RATING:,}. "
            f"Received: {rating[row]} in row {row + 1:,} ({int(too_large.sum()):,} such rows)."
        )
    if "timestamp" in columns:
        timestamp = columns["timestamp"]
    else:
        timestamp = np.zeros(n_ratings, np.int64)
        said.append(f"{file} has no timestamp column: a split by time is not possible.")
    last = _last_of_each_pair(user_id, movie_id, timestamp)
    if last is not None:
        n_repeated = n_ratings - len(last)
        said.append(f"{n_repeated:,} repeated (user, movie) pairs: kept the last rating of each.")
        user_id, movie_id, rating, timestamp = user_id[last], movie_id[last], rating[last], timestamp[last]
    _check_enough(user_id, movie_id, f"in {file}")
    tidy = _tidy_movies(movies, movie_id, said, movies_file)
    return Ratings(user_id, movie_id, rating, timestamp, tidy, name, notices=tuple(said))


def require_columns(columns: Sequence[str], wanted: Sequence[str], file_name: str) -> None:
    """Raise `DataError` unless each of `wanted` is one of `columns`, once."""
    missing = [name for name in wanted if name not in columns]
    if missing:
        received = quoted(", ".join(map(str, columns))) if len(columns) else "none"
        raise DataError(
            f"{file_name} must have the columns {', '.join(wanted)}. "
            f"Received: {received}; missing: {', '.join(missing)}."
        )
    repeated = [name for name in (*wanted, "timestamp") if list(columns).count(name) > 1]
    if repeated:
        raise DataError(f"{file_name} must have each column once. Received: {', '.join(repeated)} more than once.")


def to_numbers(column: pd.Series, name: str, *, first_row: int = 1) -> np.ndarray:
    """The column as the type of `name` in `RATING_TYPES`.

    Raises `DataError` naming the first row that is not a finite number in range, `first_row` being the first.
    """
    dtype = np.dtype(RATING_TYPES[name])
    if column.dtype == dtype and dtype.kind == "i":
        return column.to_numpy()
    with np.errstate(over="ignore"):
        values = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    bad = ~np.isfinite(values)
    accepted = "a finite number"
    if dtype.kind == "i":
        limits = np.iinfo(dtype)
        # The highest int64 is no float64: the first that is too high is.
        bad |= (values != np.round(values)) | (values < limits.min) | (values >= float(limits.max) + 1)
        accepted = f"a whole number from {limits.min} to {limits.max}"
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(
            f"Every {name} must be {accepted}. Received: {quoted(column.iloc[row])} in row {first_row + row:,} "
            f"({int(bad.sum()):,} such rows)."
        )
    with np.errstate(over="ignore"):
        return values.astype(dtype) if column.dtype != dtype else column.to_numpy()


def _last_of_each_pair(user_id: np.ndarray, movie_id: np.ndarray, timestamp: np.ndarray) -> np.ndarray | None:
    """Positions, ascending, of the latest rating of every (user, movie) pair; None if no pair repeats."""
    pair = user_id.astype(np.int64)
    pair <<= 32
    pair |= movie_id.view(np.uint32)
    if (pair[1:] > pair[:-1]).all():
        return None
    in_order = np.sort(pair)
    if not (in_order[1:] == in_order[:-1]).any():
        return None
    del in_order
    order = np.lexsort((np.arange(len(pair)), timestamp, pair))
    is_last = np.append(pair[order][1:] != pair[order][:-1], True)
    return np.sort(order[is_last])


def _check_enough(user_id: np.ndarray, movie_id: np.ndarray, where: str) -> None:
    for ids, what in ((user_id, "users"), (movie_id, "movies")):
        if len(ids) == 0 or (ids == ids[0]).all():
            raise DataError(f"There must be at least 2 {what} {where}. Received: {min(len(ids), 1)}.")


def _tidy_movies(movies: pd.DataFrame, rated: np.ndarray, notices: list[str], file: str) -> pd.DataFrame:
    """One row for every movie, with title, year and genres fit for display; adds what was missing to `notices`."""
    ids = to_numbers(movies["movieId"], "movieId")
    repeated = pd.Index(ids).duplicated(keep="last")
    if repeated.any():
        notices.append(f"{int(repeated.sum()):,} movies occur more than once in {file}: kept the last row of each.")
    titles = movies["title"].astype(object).where(movies["title"].notna(), "").astype(str)
    titles = pd.Series([in_one_line(title) for title in titles], dtype=object)
    if "year" in movies.columns:
        year = pd.to_numeric(movies["year"], errors="coerce").to_numpy(np.float64)
    else:
        split = [split_year(title) for title in titles]
        titles = pd.Series([title for title, _ in split], dtype=object)
        year = np.array([value for _, value in split], np.float64)
    genres = movies["genres"].astype(object).where(movies["genres"].notna(), "").astype(str).replace(NO_GENRES, "")
    tidy = pd.DataFrame(
        {
            "movie_id": ids,
            "title": [display_title(title) for title in titles],
            "year": year,
            "genres": genres.to_numpy(),
        }
    )[~repeated]
    unknown = np.setdiff1d(pd.unique(rated), tidy["movie_id"].to_numpy())
    if len(unknown):
        notices.append(f"{len(unknown):,} rated movies are not in {file}: shown by their number.")
        missing = pd.DataFrame({"movie_id": unknown, "title": "", "year": np.nan, "genres": ""})
        tidy = pd.concat([tidy, missing], ignore_index=True)
    nameless = tidy["title"].eq("").to_numpy()
    n_nameless = int(nameless.sum()) - len(unknown)
    if n_nameless:
        notices.append(f"{n_nameless:,} movies have no title: shown by their number.")
    tidy.loc[nameless, "title"] = "Movie " + tidy.loc[nameless, "movie_id"].astype(str)
    n_genreless = int(tidy["genres"].eq("").sum()) - len(unknown)
    if n_genreless:
        notices.append(f"{n_genreless:,} movies have no genre.")
    return tidy.astype({"movie_id": np.int32}).reset_index(drop=True)


def in_one_line(title: str) -> str:
    """`title` without what breaks a line or turns the direction of what follows."""
    return (title if title.isprintable() else _BREAKS.sub(" ", title)).strip()
