"""Which files belong together: MovieLens as published, the Kaggle edition of it, or any one table of ratings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recsys_core.errors import DataError, quoted

MoviesForm = Literal["table", "double colon", "genre flags"]

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".data", ".parquet")
ACCEPTED = (
    "ratings.csv and movies.csv, ratings.dat and movies.dat, u.data and u.item, rating.csv and movie.csv, "
    "or one table of ratings (.csv, .tsv, .txt, .dat, .data or .parquet)"
)


_MOST_NAMED = 3


@dataclass(frozen=True)
class Edition:
    """Files of one layout."""

    about: str
    ratings: str
    movies: str
    form: MoviesForm
    """How the table of movies is written."""
    separator: str | None = None
    """Of the ratings; None where it is to be guessed."""
    also: tuple[str, ...] = ()
    """Files that are of use if they are there."""


EDITIONS = (
    Edition("MovieLens as published since 2014", "ratings.csv", "movies.csv", "table"),
    Edition("the Kaggle edition of MovieLens", "rating.csv", "movie.csv", "table"),
    Edition("MovieLens 1M or 10M", "ratings.dat", "movies.dat", "double colon", "::"),
    Edition("MovieLens 100k", "u.data", "u.item", "genre flags", "\t", ("u.genre",)),
    Edition("MovieLens' columns as Parquet", "ratings.parquet", "movies.parquet", "table"),
)


@dataclass(frozen=True)
class Found:
    """What is to be read."""

    ratings: str
    edition: Edition | None = None
    """None for a table that stands alone."""


def choose_files(held: Mapping[str, int]) -> tuple[str, ...]:
    """The files to open of those `held` (name -> bytes), the ratings first. Raises `DataError` if there are none."""
    for edition in EDITIONS:
        if edition.ratings in held and edition.movies in held:
            return (edition.ratings, edition.movies, *(name for name in edition.also if name in held))
    tables = _tables(held)
    if not tables:
        names = ", ".join(sorted(held)[:10]) or "nothing"
        raise DataError(f"There must be {ACCEPTED}. Received: {quoted(names)}.")
    called_so = [name for name in tables if "rating" in name.lower()]
    return (max(called_so or tables, key=lambda name: (held[name], name)),)


def passed_over(held: Iterable[str], chosen: str) -> str:
    """What is said of the tables that lie beside the one that was `chosen`; nothing where there is none."""
    others = sorted(name for name in _tables(held) if name != chosen)
    if not others:
        return ""
    more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
    return f"{quoted(chosen)} is read, and not {', '.join(map(quoted, others[:_MOST_NAMED]))}{more}, beside it."


def _tables(held: Iterable[str]) -> list[str]:
    return [
        name
        for name in held
        if name.lower().endswith(TABLE_SUFFIXES) and not name.startswith(".") and "readme" not in name.lower()
    ]


def find_edition(layout: tuple[str, ...]) -> Found:
    """What `choose_files` has chosen."""
    for edition in EDITIONS:
        if layout[:2] == (edition.ratings, edition.movies):
            return Found(edition.ratings, edition)
    return Found(layout[0])


def is_parquet(file: str) -> bool:
    return Path(file).suffix.lower() == ".parquet"
