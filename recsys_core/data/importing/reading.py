"""Read ratings from a folder, a zip or a file: everything that can be used, and a report on all that cannot."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from recsys_core.data.bounded.files import DataFiles, open_chosen_files
from recsys_core.data.importing.coding import ItemText
from recsys_core.data.importing.collecting import CollectedRatings
from recsys_core.data.importing.columns import ColumnNames, columns_in_words, find_columns, guess_columns
from recsys_core.data.importing.dialect import SAMPLE_BYTES, guess_dialect
from recsys_core.data.importing.editions import ACCEPTED, choose_files, find_edition, is_parquet, passed_over
from recsys_core.data.importing.movies_table import read_movies
from recsys_core.data.importing.parquet_ratings import parquet_beginning, read_parquet_ratings
from recsys_core.data.importing.report import ImportReport, Reporting
from recsys_core.data.importing.text_ratings import read_text_ratings
from recsys_core.data.library.scales import scale_of
from recsys_core.data.ratings import Ratings, from_columns, in_one_line
from recsys_core.data.titles import split_year
from recsys_core.errors import DataError

MAX_NAME_CHARACTERS = 100
_ROWS_SHOWN, _CHARACTERS_SHOWN = 4, 100
_YEAR = re.compile(r"\s*(\d{3,4})(?:\.0*)?(?![\d.])")
"""A year as tables have it: 1995, 1995.0, or at the beginning of a date."""


@dataclass(frozen=True)
class Imported:
    """What was read."""

    ratings: Ratings
    report: ImportReport
    users: list[str] | None = field(default=None, repr=False)
    """Text of user i + 1 at place i, where users are known by texts."""

    def with_notices(self) -> Ratings:
        """The ratings, with a notice for everything that the report counts."""
        return replace(self.ratings, notices=(*self.ratings.notices, *self.report.notices))


@dataclass(frozen=True)
class Preview:
    """What a source is, seen before it is read."""

    file: str
    """The table of ratings."""
    columns: tuple[str, ...]
    """Of that table; empty where the layout is MovieLens' own and nothing is to be chosen."""
    guessed: dict[str, int]
    """What a column is ("user", "item", …) -> its place in `columns`, for those that are known by their names."""
    said: str
    """What was found out, in a sentence."""
    rows: tuple[tuple[str, ...], ...] = ()
    """The beginnings of the texts in the first rows, each as long as `columns`."""


def look_at(path: Path) -> Preview:
    """What is at `path`, from its beginning alone. Raises `DataError` if it cannot be ratings."""
    with open_chosen_files(path, choose_files, ACCEPTED) as files:
        found = find_edition(files.layout)
        if found.edition is not None:
            return Preview(found.ratings, (), {}, f"This is {found.edition.about}.")
        file = found.ratings
        if is_parquet(file):
            columns, rows = parquet_beginning(files, file, _ROWS_SHOWN)
            said, has_header = f"{file}: a Parquet table.", True
        else:
            with files.open(file) as stream:
                dialect = guess_dialect(stream.read(SAMPLE_BYTES), file)
            columns, rows = dialect.columns, dialect.sample[:_ROWS_SHOWN]
            said, has_header = dialect.in_words(file), dialect.has_header
        said = " ".join(filter(None, (said, passed_over(files.held, file))))
        shown = tuple(tuple(in_one_line(text[:_CHARACTERS_SHOWN]) for text in row) for row in rows)
        return Preview(file, tuple(columns), guess_columns(columns, has_header), said, shown)


def read_source(
    path: Path,
    columns: ColumnNames | None = None,
    *,
    name: str = "",
    tell: Callable[[float], None] = lambda share: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Imported:
    """The ratings at `path`: any of `EDITIONS`, or one table in which `columns` are found or named.

    tell: given the share that is read, 0 to 1. Raises `DataError` for what cannot be used, and where half of the rows
    or more cannot; `Cancelled` when told to stop.
    """
    with open_chosen_files(path, choose_files, ACCEPTED) as files:
        found = read_files(files, columns, name=name or _name_of(path), tell=tell, should_stop=should_stop)
        if files.has_changed():
            raise DataError("The files must stay as they are while they are read. Received: somebody wrote to them.")
        return found


def read_files(
    files: DataFiles,
    columns: ColumnNames | None = None,
    *,
    name: str,
    tell: Callable[[float], None] = lambda share: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Imported:
    """The same of files that are open."""
    found = find_edition(files.layout)
    reporting = Reporting()
    movies = None
    if found.edition is not None:
        reporting.say(f"Read as {found.edition.about}: {found.edition.ratings} and {found.edition.movies}.")
        # The small file first: what is wrong with it need not wait for the large one.
        movies = read_movies(files, found.edition, reporting)
    file, given = found.ratings, columns or ColumnNames()
    if found.edition is None and (others := passed_over(files.held, file)):
        reporting.say(others)
    if is_parquet(file):
        collected = read_parquet_ratings(files, file, given, reporting, tell, should_stop)
    else:
        with files.open(file) as stream:
            start = stream.read(SAMPLE_BYTES)
        dialect = guess_dialect(start, file, separator=None if found.edition is None else found.edition.separator)
        places = find_columns(dialect.columns, dialect.has_header, given, file)
        reporting.say(dialect.in_words(file))
        reporting.say(columns_in_words(places, dialect.columns, file))
        collected = read_text_ratings(files, file, dialect, places, reporting, tell, should_stop)
    _check_usable(collected, file, reporting)
    n_collected = len(collected.columns["rating"])
    if movies is None:
        movies = _items_of(collected)
    notices: tuple[str, ...] = ()
    ratings = from_columns(
        collected.columns, movies, name=name, notices=notices, file=file,
        movies_file=file if found.edition is None else found.edition.movies,
    )  # fmt: skip
    for notice in ratings.notices:
        reporting.say(notice)
    reporting.say(scale_of(ratings.rating).in_words)
    n_repeated = n_collected - ratings.n_ratings
    reporting.count(file, "rated twice by the same user: the last one was kept", "left out", n_repeated)
    return Imported(ratings, reporting.finished(collected.n_read, ratings.n_ratings), collected.users)


def _check_usable(collected: CollectedRatings, file: str, reporting: Reporting) -> None:
    n_kept = len(collected.columns.get("rating", ()))
    if collected.n_read == 0:
        raise DataError(f"{file} must have at least one rating. Received: a header and no rows.")
    if n_kept <= collected.n_read / 2:
        first = next((each for each in reporting.examples if each.file == file), None)
        line = "" if first is None else f", first in line {first.line:,}: '{first.text}'"
        raise DataError(
            f"More than half of the rows of {file} must be usable. Received: {n_kept:,} of {collected.n_read:,}; most "
            f"are not because of this: {reporting.most_common(file)}{line}."
        )


def _items_of(collected: CollectedRatings) -> pd.DataFrame:
    """A table of the items that a table of ratings tells of: by their titles, their texts or their numbers."""
    ids = pd.unique(collected.columns["movieId"])
    texts = collected.item_texts or {}
    rows = []
    for item in ids.tolist():
        title, genres, year = texts.get(item, ItemText())
        if not title.strip():
            title = collected.items[item - 1] if collected.items is not None else f"Item {item}"
        rows.append((item, *_with_year(title, year), genres))
    return pd.DataFrame(rows, columns=pd.Index(["movieId", "title", "year", "genres"]))


def _with_year(title: str, year: str) -> tuple[str, float]:
    """The year that is said in a column of years, or of dates, else the one that the title ends with."""
    title = in_one_line(title)
    bare, of_title = split_year(title)
    found = _YEAR.match(year)
    if found:
        return (bare if of_title == float(found[1]) else title), float(found[1])
    return bare, of_title


def _name_of(path: Path) -> str:
    return (path.stem if path.is_file() else path.resolve().name)[:MAX_NAME_CHARACTERS] or "ratings"
