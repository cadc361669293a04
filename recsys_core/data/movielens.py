"""Read MovieLens files: the built-in edition (Parquet), and `ratings.csv` with `movies.csv` in a folder or a zip.

Ratings are read by Arrow: in blocks, so that memory holds the arrays and little else, and strictly, where pandas reads
rows with too many fields as if they were right and "True" as one star. Movies are read by Python's own `csv`, which
knows the line it is at.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from recsys_core import resources
from recsys_core.data.bounded.files import DataFiles
from recsys_core.data.growing_table import GrowingTable
from recsys_core.data.ratings import (
    MOVIE_COLUMNS,
    RATING_COLUMNS,
    RATING_TYPES,
    Ratings,
    from_columns,
    from_frames,
    require_columns,
    to_numbers,
)  # fmt: skip
from recsys_core.errors import DataError, quoted

BUILT_IN_DIR = resources.FOLDER / "data" / "ml-latest-small-2016"
BUILT_IN_NAME = "MovieLens ml-latest-small (2016)"
BUILT_IN_FILES = ("ratings.parquet", "movies.parquet")
FILES = ("ratings.csv", "movies.csv")

MAX_MOVIES = 1_000_000
MAX_MOVIES_BYTES = 256 << 20
MAX_COLUMNS = 1_000

_BLOCK = 1 << 20
_RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+): (.*)", re.DOTALL)
"""What Arrow says of a row with too many or too few fields; the header is its first row."""
_UTF_16_OR_32 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def read_built_in() -> Ratings:
    """The edition that ships with the app. Raises `DataError` if its files are not there."""
    try:
        ratings, movies = (pd.read_parquet(BUILT_IN_DIR / name) for name in BUILT_IN_FILES)
    except (OSError, ValueError) as error:
        raise DataError(
            f"The built-in data in {quoted(BUILT_IN_DIR)} cannot be read: {error}. See data/README.md."
        ) from error
    return from_frames(ratings, movies, name=BUILT_IN_NAME)


def read_movielens(files: DataFiles, name: str) -> Ratings:
    """The ratings and movies of `files`, called `name`. Raises `DataError` naming file and row or line."""
    # The small file first: what is wrong with it need not wait for the large one.
    notices: list[str] = []
    movies = _read_movies(files, notices)
    columns = _read_ratings(files)
    return from_columns(columns, movies, name=name, notices=notices)


def _read_ratings(files: DataFiles) -> dict[str, np.ndarray]:
    try:
        return _read_ratings_fast(files)
    except _Unusual:
        return _read_ratings_slowly(files)


class _Unusual(Exception):
    """What the fast reader does not take: the slow one says what it is, or reads it all the same."""


def _read_ratings_fast(files: DataFiles) -> dict[str, np.ndarray]:
    import pyarrow as pa

    table = GrowingTable()
    try:
        for batch in _record_batches(files, {name: pa.from_numpy_dtype(kind) for name, kind in RATING_TYPES.items()}):
            table.append({name: batch.column(name).to_numpy() for name in batch.schema.names})
    except pa.ArrowException as error:
        raise _Unusual from error
    return table.columns()


def _read_ratings_slowly(files: DataFiles) -> dict[str, np.ndarray]:
    """Numbers from text, row by row: takes "1.0" for an id, and names the row that cannot be used."""
    import pyarrow as pa

    table = GrowingTable()
    try:
        for batch in _record_batches(files, dict.fromkeys(RATING_TYPES, pa.string()), numbered=True):
            first = table.n_rows + 1
            table.append({name: _numbers_of(batch.column(name), name, first) for name in batch.schema.names})
    except pa.ArrowException as error:
        ragged = _RAGGED.search(str(error))
        if ragged:
            row, expected, actual, text = ragged.groups()
            raise DataError(
                f"Every row of ratings.csv must have as many fields as the header, {expected}. "
                f"Received: {actual} in row {int(row) - 1:,}, {quoted(text)}."
            ) from error
        raise DataError(
            "ratings.csv must be comma-separated text with its quotes closed, in rows of at most "
            f"{_BLOCK:,} bytes. Received: {str(error)[:200]}."
        ) from error
    return table.columns()


def _numbers_of(column: Any, name: str, first_row: int) -> np.ndarray:
    """An Arrow array of text as the type of `name`, by Arrow where it can. Raises `DataError` as `to_numbers`."""
    import pyarrow as pa

    try:
        return column.cast(pa.from_numpy_dtype(RATING_TYPES[name])).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        text = [value.decode("utf-8", "replace") for value in column.cast(pa.binary()).to_pylist()]
        return to_numbers(pd.Series(text, dtype=object), name, first_row=first_row)


def _record_batches(files: DataFiles, types: dict[str, Any], numbered: bool = False) -> Iterator[Any]:
    """Batches of the columns of ratings.csv that there are, of the Arrow `types`."""
    import pyarrow.csv

    with files.open("ratings.csv") as stream:
        header = _header(stream, "ratings.csv", RATING_COLUMNS)
        if len(stream.peek().splitlines()) == 1:
            return  # Nothing below the header, which Arrow takes for an error.
        known = {name: kind for name, kind in types.items() if name in header}
        with pyarrow.csv.open_csv(
            stream,
            # Rows are only numbered when one thread reads them all.
            read_options=pyarrow.csv.ReadOptions(block_size=_BLOCK, use_threads=not numbered),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=known, include_columns=list(known), null_values=[], check_utf8=False
            ),
        ) as reader:
            yield from reader


def _read_movies(files: DataFiles, notices: list[str]) -> pd.DataFrame:
    """movies.csv as text columns `MOVIE_COLUMNS`; titles that run over several lines are told in `notices`."""
    with files.open("movies.csv", MAX_MOVIES_BYTES) as stream:
        header = _header(stream, "movies.csv", MOVIE_COLUMNS)
        places = [header.index(name) for name in MOVIE_COLUMNS]
        # Bytes that are not UTF-8 pass as halves of surrogate pairs, so that their line can be told.
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        rows = csv.reader(text, strict=True)
        try:
            next(rows)
            found = list(_movie_rows(rows, len(header), places, notices))
        except csv.Error as error:
            raise DataError(
                f"movies.csv must be comma-separated text with its quotes closed. "
                f"Received: {error}, at line {rows.line_num:,}."
            ) from error
    return pd.DataFrame(found, columns=pd.Index(MOVIE_COLUMNS), dtype=object)


def _movie_rows(rows: Any, n_fields: int, places: Sequence[int], notices: list[str]) -> Iterator[tuple[str, ...]]:
    line, long_titles, first_long_title = rows.line_num + 1, 0, 0
    for n_movies, row in enumerate(rows):
        if n_movies >= MAX_MOVIES:
            raise DataError(f"movies.csv must have at most {MAX_MOVIES:,} movies. Received: more.")
        if row:
            if len(row) != n_fields:
                raise DataError(
                    f"Every row of movies.csv must have as many fields as the header, {n_fields}. "
                    f"Received: {len(row)} in line {line:,}, {quoted(','.join(row)[:1000])}."
                )
            movie = tuple(row[place] for place in places)
            _check_utf_8(movie, line)
            if rows.line_num > line and any("\n" in field or "\r" in field for field in movie):
                long_titles += 1
                first_long_title = first_long_title or line
            yield movie
        line = rows.line_num + 1
    if long_titles:
        notices.append(
            f"{long_titles:,} rows of movies.csv run over several lines, the first from line {first_long_title:,}: "
            "is a quote left open there?"
        )


def _check_utf_8(fields: Iterable[str], line: int) -> None:
    for field in fields:
        if not field.isascii():
            try:
                field.encode("utf-8")
            except UnicodeEncodeError as error:
                raise DataError(
                    f"movies.csv must be UTF-8 text. Received: bytes that are not, in line {line:,}, {quoted(field)}."
                ) from error


def _header(stream: io.BufferedReader, name: str, wanted: Sequence[str]) -> list[str]:
    """The column names in the first line of `stream`, which stays at its beginning."""
    start = stream.peek().removeprefix(codecs.BOM_UTF8)
    if not start.strip():
        raise DataError(f"{name} must have a header and rows. Received: an empty file.")
    if start.startswith(_UTF_16_OR_32) or b"\0" in start[:1000]:
        raise DataError(f"{name} must be UTF-8 text. Received: UTF-16 text, or no text at all.")
    line = start.splitlines()[0]
    try:
        columns = next(csv.reader([line.decode("utf-8", "replace")]))
    except csv.Error as error:
        raise DataError(f"The first line of {name} must be column names. Received: {quoted(line[:1000])}.") from error
    if len(columns) > MAX_COLUMNS:
        raise DataError(f"{name} must have at most {MAX_COLUMNS:,} columns. Received: {len(columns):,}.")
    require_columns(columns, wanted, name)
    return columns
