"""Judged pairs of movies as people bring them: a table of movie, other and a yes or no, a number or a rank."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from recsys_core.errors import DataError, quoted

MOVIE, OTHER, JUDGEMENT, RANK = "movie", "other", "judgement", "rank"
MAX_BYTES = 16 * 2**20

_YES, _NO = ("yes", "y", "true", "good"), ("no", "n", "false", "bad")
_ACCEPTED = f"the columns {MOVIE}, {OTHER} and either {JUDGEMENT} or {RANK}"


@dataclass(frozen=True)
class Judgements:
    """Pairs that were judged. Two lists of one length."""

    pairs: tuple[tuple[str, str], ...]
    """What each movie was called: its id, or its title with its year."""
    is_good: np.ndarray
    """bool `(n_pairs,)`."""
    n_alone: int = 0
    """Rows that were left out: a movie's only rank says nothing."""


def read_judgements(file: Path) -> Judgements:
    """Read a file of judged pairs; see `parse_judgements`. Raises `DataError`."""
    try:
        # A byte more than may be, so that a file that grows meanwhile is refused as well.
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"`judgements` must be a CSV file that can be read. Received: {quoted(str(file))}.") from error
    return parse_judgements(content, file.name)


def parse_judgements(content: bytes, name: str) -> Judgements:
    """Judged pairs from a CSV file (commas, semicolons or tabs) that people call `name`.

    Its columns are movie, other and judgement: yes or no, or a number, of which those above the mean are yes. Or rank
    instead of judgement: 1 for the one that suits the movie best, where the better half of a movie's ranks is yes and
    what lies in the middle is no; a movie's only rank is left out. Raises `DataError`.
    """
    rows = _rows(content, name)
    pairs = tuple((_cell(row, MOVIE), _cell(row, OTHER)) for row in rows)
    for place, pair in enumerate(pairs, 1):
        if not all(pair):
            raise DataError(f"Every row must name two movies. Received: {quoted(pair)} in row {place:,} of {name}.")
    if JUDGEMENT in rows[0]:
        values = np.array([_number(row, JUDGEMENT, place) for place, row in enumerate(rows, 1)])
        return Judgements(pairs, values > values.mean() if len(set(values.tolist())) > 1 else values > 0)
    table = pd.DataFrame({"movie": [movie.casefold() for movie, _ in pairs]})
    table["rank"] = [_number(row, RANK, place) for place, row in enumerate(rows, 1)]
    of_movie = table.groupby("movie")["rank"]
    says_something = (of_movie.transform("nunique") > 1).to_numpy()
    if not says_something.any():
        raise DataError(f"Ranks must be of several others for a movie. Received: one rank a movie in {name}.")
    is_good = (table["rank"] < of_movie.transform("mean")).to_numpy()
    kept = tuple(pair for pair, keep in zip(pairs, says_something, strict=True) if keep)
    return Judgements(kept, is_good[says_something], int((~says_something).sum()))


def _rows(content: bytes, name: str) -> list[dict[str | None, str | None]]:
    if len(content) > MAX_BYTES:
        raise DataError(f"A file of judgements must have at most {MAX_BYTES:,} bytes. Received: {quoted(name)}.")
    try:
        text = content.decode("utf-8-sig")
        head = text.split("\n", 1)[0]
        table = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
        table.fieldnames = [str(field).strip().casefold() for field in table.fieldnames or ()]
        rows = list(table)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"`judgements` must be a CSV file in UTF-8. Received: {quoted(name)}.") from error
    fields = table.fieldnames
    if not {MOVIE, OTHER} <= set(fields) or not {JUDGEMENT, RANK} & set(fields):
        raise DataError(f"A file of judgements must have {_ACCEPTED}. Received: {quoted(', '.join(fields))}.")
    if not rows:
        raise DataError(f"A file of judgements must have rows. Received: {quoted(name)}, which has none.")
    return rows


def _cell(row: dict[str | None, str | None], name: str) -> str:
    return (row[name] or "").strip()


def _number(row: dict[str | None, str | None], name: str, place: int) -> float:
    said = _cell(row, name).casefold()
    is_rank = name == RANK
    if not is_rank and (said in _YES or said in _NO):
        return float(said in _YES)
    try:
        value = float(said)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        accepted = "a number" if is_rank else "yes, no or a number"
        raise DataError(f"Every {name} must be {accepted}. Received: {quoted(row[name])} in row {place:,}.")
    return value
