"""Tables of movies in every form that MovieLens has published: read leniently, a row at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import pandas as pd

from recsys_core.data.bounded.files import DataFiles
from recsys_core.data.importing.dialect import SAMPLE_BYTES, guess_dialect, guess_encoding
from recsys_core.data.importing.editions import Edition, is_parquet
from recsys_core.data.importing.parquet_ratings import read_small_parquet
from recsys_core.data.importing.report import Reporting
from recsys_core.data.movielens import MAX_MOVIES, MAX_MOVIES_BYTES
from recsys_core.data.ratings import MOVIE_COLUMNS, require_columns
from recsys_core.errors import DataError, quoted

GENRES_OF_100K = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
"""The flags of u.item, in their order, where no u.genre says it."""
_RENAMED = {"Children's": "Children", "unknown": ""}
"""What older editions call a genre -> what it is called since."""
_FIRST_FLAG = 5

Row = tuple[int, str, str, str]
"""Line, id, title and genres."""


def read_movies(files: DataFiles, edition: Edition, reporting: Reporting) -> pd.DataFrame:
    """The movies of `edition` as columns `MOVIE_COLUMNS`. Raises `DataError` for a table that cannot be read."""
    file = edition.movies
    if is_parquet(file):
        table = read_small_parquet(files, file, MAX_MOVIES)
        require_columns(list(table.columns), MOVIE_COLUMNS, file)
        return table[[*MOVIE_COLUMNS, *(["year"] if "year" in table.columns else [])]]
    text = _text_of(files, file, reporting)
    if edition.form == "genre flags":
        rows = _flag_rows(text, _genre_names(files, edition), file, reporting)
    elif edition.form == "double colon":
        rows = _double_colon_rows(text, file, reporting)
    else:
        rows = _table_rows(text, file, reporting)
    found: list[tuple[int, str, str]] = []
    for line, number, title, genres in rows:
        if len(found) >= MAX_MOVIES:
            raise DataError(f"{file} must have at most {MAX_MOVIES:,} movies. Received: more.")
        try:
            movie_id = int(number.strip())
            if not -(2**31) <= movie_id < 2**31:
                raise ValueError
        except ValueError:
            _leave_out(reporting, file, line, "the movie's id is not a whole number", (number, title, genres))
            continue
        found.append((movie_id, title, _renamed(genres)))
    return pd.DataFrame(found, columns=pd.Index(MOVIE_COLUMNS))


def _text_of(files: DataFiles, file: str, reporting: Reporting) -> str:
    with files.open(file, MAX_MOVIES_BYTES) as stream:
        content = stream.read()
    encoding = guess_encoding(content[:SAMPLE_BYTES], file) if content else "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        # Editions before 2010 are in Latin-1; others have a few bytes of it.
        encoding, text = "latin-1", content.decode("utf-8", "as-western")
    if encoding == "latin-1":
        reporting.say(f"{file}: Latin-1 text.")
    return text.removeprefix("\ufeff")


def _table_rows(text: str, file: str, reporting: Reporting) -> Iterator[Row]:
    dialect = guess_dialect(text[:SAMPLE_BYTES].encode("utf-8", "replace"), file)
    columns = list(dialect.columns)
    if dialect.has_header:
        require_columns(columns, MOVIE_COLUMNS, file)
    elif len(columns) < len(MOVIE_COLUMNS):
        raise DataError(f"{file} must have the columns {', '.join(MOVIE_COLUMNS)}. Received: {len(columns)} columns.")
    places = [columns.index(name) if dialect.has_header else place for place, name in enumerate(MOVIE_COLUMNS)]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=dialect.separator[0])
    is_first = dialect.has_header
    while True:
        line = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            reporting.row(file, line, f"the row cannot be read ({error})", "")
            continue
        if is_first or not row:
            is_first = False
        elif len(row) != len(columns):
            n_fields = "too few fields" if len(row) < len(columns) else "too many fields"
            _leave_out(reporting, file, line, n_fields, row)
        else:
            number, title, genres = (row[place] for place in places)
            yield line, number, title, genres


def _double_colon_rows(text: str, file: str, reporting: Reporting) -> Iterator[Row]:
    for line, row in enumerate(text.split("\n"), start=1):
        fields = row.rstrip("\r").split("::")
        if len(fields) >= len(MOVIE_COLUMNS):
            yield line, fields[0], "::".join(fields[1:-1]), fields[-1]
        elif row.strip():
            _leave_out(reporting, file, line, "too few fields", fields)


def _flag_rows(text: str, genres: Sequence[str], file: str, reporting: Reporting) -> Iterator[Row]:
    for line, row in enumerate(text.split("\n"), start=1):
        fields = row.rstrip("\r").split("|")
        if len(fields) == _FIRST_FLAG + len(genres):
            flags = zip(genres, fields[_FIRST_FLAG:], strict=True)
            named = "|".join(genre for genre, flag in flags if flag.strip() == "1")
            yield line, fields[0], fields[1], named
        elif row.strip():
            _leave_out(reporting, file, line, f"not {_FIRST_FLAG + len(genres)} fields", fields)


def _genre_names(files: DataFiles, edition: Edition) -> tuple[str, ...]:
    """What the flags stand for, in their order: u.genre has a name and a number a row."""
    name = edition.also[0]
    if name not in files.layout:
        return GENRES_OF_100K
    with files.open(name, 1 << 16) as stream:
        text = stream.read().decode("utf-8", "as-western")
    return tuple(row.split("|")[0].strip() for row in text.splitlines() if row.strip()) or GENRES_OF_100K


def _renamed(genres: str) -> str:
    if "'" not in genres and "unknown" not in genres:
        return genres
    return "|".join(filter(None, (_RENAMED.get(genre, genre) for genre in genres.split("|"))))


def _leave_out(reporting: Reporting, file: str, line: int, reason: str, fields: Sequence[str]) -> None:
    reporting.row(file, line, reason, quoted(", ".join(fields)[:1000]).strip("'\""))
