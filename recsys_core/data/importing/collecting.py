"""Blocks of a table of ratings become columns of numbers; rows that cannot be used are left out and reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys_core.data.growing_table import GrowingTable
from recsys_core.data.importing.coding import MAX_ID_CHARACTERS, ItemText, ItemTexts, TextIds
from recsys_core.data.importing.report import Reporting
from recsys_core.data.importing.values import IdKind, TimeKind, ids_from, ratings_from, times_from
from recsys_core.data.ratings import MAX_RATING
from recsys_core.errors import quoted

LIKE = 1.0
"""The rating of every row where there is no column of ratings."""
LineOf = Callable[[int], int | None]
"""From a row's place in a block to its line in the file."""

_FIELDS = {"user": "userId", "item": "movieId", "rating": "rating", "timestamp": "timestamp"}
_ID_TYPE, _RATING_TYPE, _TIME_TYPE = pa.int32(), pa.float32(), pa.int64()


class Unusual(Exception):
    """What is not taken as it comes: read row by row, it is understood all the same, or left out."""


class IdsAreTexts(Exception):
    """Ids that seemed to be numbers are texts, `what` of them: the file is to be read anew."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True)
class Kinds:
    """What kind of values the columns hold."""

    user: IdKind = "number"
    item: IdKind = "number"
    time: TimeKind | None = None
    decimal: str = "."
    has_rating: bool = True

    def of_ids(self, what: str) -> IdKind:
        return self.user if what == "user" else self.item

    def with_texts(self, what: str) -> Kinds:
        """The same, with users or items known by a text."""
        return replace(self, user="text") if what == "user" else replace(self, item="text")

    def arrow_types(self) -> dict[str, pa.DataType]:
        """What each column is, where every row is as it should be."""
        ids = {what: _ID_TYPE if self.of_ids(what) == "number" else pa.string() for what in ("user", "item")}
        time = pa.timestamp("s") if self.time == "text" else _TIME_TYPE
        texts = dict.fromkeys(ItemText._fields, pa.string())
        return {**ids, "rating": _RATING_TYPE, "timestamp": time, **texts}


@dataclass(frozen=True)
class CollectedRatings:
    """A table of ratings that was read."""

    columns: dict[str, np.ndarray]
    """Of the types in `RATING_TYPES`; the timestamp may be missing."""
    n_read: int
    users: list[str] | None
    """Text of user i + 1 at place i, where users are known by texts."""
    items: list[str] | None
    item_texts: dict[int, ItemText] | None
    """What is said of each item, where the table of ratings says anything."""


class Collecting:
    """One reading of a table of ratings."""

    def __init__(self, kinds: Kinds, file: str, reporting: Reporting) -> None:
        self.kinds, self._file, self._reporting = kinds, file, reporting
        self._table = GrowingTable()
        self._ids = {what: TextIds(what) for what in ("user", "item") if kinds.of_ids(what) == "text"}
        self._texts: ItemTexts | None = None
        self.n_read = 0

    def take(self, block: Mapping[str, Any]) -> None:
        """A block of columns of `Kinds.arrow_types`. Raises `Unusual` if a row of it is not as it should be."""
        if any(column.null_count for column in block.values()):
            raise Unusual
        numbers: dict[str, np.ndarray] = {}
        for what in ("user", "item"):
            column = block[what]
            numbers[what] = column.to_numpy() if what not in self._ids else self._coded(what, column)
        n = len(numbers["user"])
        if self.kinds.has_rating:
            numbers["rating"] = block["rating"].to_numpy()
            if not (np.abs(numbers["rating"]) <= MAX_RATING).all():
                raise Unusual
        else:
            numbers["rating"] = np.full(n, LIKE, np.float32)
        if self.kinds.time is not None:
            seconds = block["timestamp"].cast(_TIME_TYPE).to_numpy()
            numbers["timestamp"] = seconds // 1000 if self.kinds.time == "milliseconds" else seconds
        self._append(numbers, block)
        self.n_read += n

    def take_text(self, block: Mapping[str, Any], line_of: LineOf) -> None:
        """A block of columns of text. Raises `IdsAreTexts`."""
        n = len(block["user"])
        numbers: dict[str, np.ndarray] = {}
        reasons: list[tuple[np.ndarray, str, Literal["left out", "put right"]]] = []
        for what in ("user", "item"):
            numbers[what], is_bad = self._ids_of(what, block[what])
            wanted = "an id" if what in self._ids else "a whole number"
            reasons.append((is_bad, f"the {what} is not {wanted}", "left out"))
        if self.kinds.has_rating:
            numbers["rating"], is_bad = self._ratings_of(block["rating"])
            reasons.append((is_bad, f"the rating is not a number from -{MAX_RATING:,} to {MAX_RATING:,}", "left out"))
        else:
            numbers["rating"] = np.full(n, LIKE, np.float32)
        if self.kinds.time is not None:
            numbers["timestamp"], is_bad = self._times_of(block["timestamp"], self.kinds.time)
            reasons.append((is_bad, "the time cannot be read: kept without one", "put right"))
        is_kept = np.ones(n, bool)
        is_said = self._blank(block, reasons)
        self.n_read += n - int(is_said.sum())
        is_kept &= ~is_said
        for is_bad, reason, outcome in reasons:
            self._report(block, is_bad & ~is_said, reason, outcome, line_of)
            is_said |= is_bad
            if outcome == "left out":
                is_kept &= ~is_bad
        kept = {what: values[is_kept] for what, values in numbers.items()}
        texts = {what: block[what].filter(pa.array(is_kept)) for what in ItemText._fields if what in block}
        self._append(kept, texts)

    def finished(self) -> CollectedRatings:
        """All of it, for good."""
        users, items = (self._ids[what].texts if what in self._ids else None for what in ("user", "item"))
        item_texts = None if self._texts is None else self._texts.rows
        return CollectedRatings(self._table.columns(), self.n_read, users, items, item_texts)

    def _append(self, numbers: dict[str, np.ndarray], block: Mapping[str, Any]) -> None:
        self._table.append({_FIELDS[what]: values for what, values in numbers.items()})
        texts = {what: block[what] for what in ItemText._fields if what in block}
        if texts:
            self._texts = self._texts or ItemTexts()
            self._texts.take(numbers["item"], texts)

    def _coded(self, what: str, column: Any) -> np.ndarray:
        coded = pc.call_function("utf8_trim_whitespace", [column]).dictionary_encode()
        texts = coded.dictionary.to_pylist()
        if not all(0 < len(text) <= MAX_ID_CHARACTERS for text in texts):
            raise Unusual
        return self._ids[what].numbers(texts)[coded.indices.to_numpy()] if texts else np.empty(0, np.int32)

    def _ids_of(self, what: str, column: Any) -> tuple[np.ndarray, np.ndarray]:
        if what not in self._ids:
            found = _cast(column, _ID_TYPE)
            if found is None:
                found = ids_from(column.to_pylist())
            if found is None:
                raise IdsAreTexts(what)
            return found
        texts = [text.strip() for text in column.to_pylist()]
        is_bad = np.array([not 0 < len(text) <= MAX_ID_CHARACTERS for text in texts], bool)
        numbers = np.zeros(len(texts), np.int32)
        numbers[~is_bad] = self._ids[what].numbers([text for text, bad in zip(texts, is_bad, strict=True) if not bad])
        return numbers, is_bad

    def _ratings_of(self, column: Any) -> tuple[np.ndarray, np.ndarray]:
        found = _cast(column, _RATING_TYPE) if self.kinds.decimal == "." else None
        if found is not None and (np.abs(found[0]) <= MAX_RATING).all():
            return found
        return ratings_from(column.to_pylist(), self.kinds.decimal)

    def _times_of(self, column: Any, kind: TimeKind) -> tuple[np.ndarray, np.ndarray]:
        found = _cast(column, _TIME_TYPE) if kind == "seconds" else None
        return times_from(column.to_pylist(), kind) if found is None else found

    def _blank(self, block: Mapping[str, Any], reasons: Sequence[tuple[np.ndarray, str, str]]) -> np.ndarray:
        """Rows without anything: empty lines, which are nobody's fault."""
        n = len(block["user"])
        is_blank = np.ones(n, bool)
        if not any(is_bad.any() for is_bad, _, _ in reasons):
            return ~is_blank
        for column in block.values():
            is_blank &= pc.call_function("binary_length", [column]).to_numpy(zero_copy_only=False) == 0
        return is_blank

    def _report(
        self,
        block: Mapping[str, Any],
        rows: np.ndarray,
        reason: str,
        outcome: Literal["left out", "put right"],
        line_of: LineOf,
    ) -> None:
        places = np.flatnonzero(rows).tolist()
        for n_said, place in enumerate(places):
            if not self._reporting.has_room:
                self._reporting.count(self._file, reason, outcome, len(places) - n_said)
                return
            text = ", ".join(str(column[place].as_py()) for column in block.values())
            self._reporting.row(self._file, line_of(place), reason, quoted(text).strip("'\""), outcome)


def _cast(column: Any, kind: pa.DataType) -> tuple[np.ndarray, np.ndarray] | None:
    """The column as numbers, and that no row is bad; None if one is."""
    try:
        values = column.cast(kind).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    return values, np.zeros(len(values), bool)


def collect(
    kinds: Kinds, file: str, reporting: Reporting, read: Callable[[Collecting, Reporting, bool], None]
) -> CollectedRatings:
    """What `read` collects, tried anew where a column turns out to hold something else than `kinds` says.

    read: gets where to put the ratings, where to report, and whether the file is unusual, so that it takes the slow
        way that knows more. What is reported of a try that was given up is forgotten.
    """
    is_unusual = False
    while True:
        attempt = Reporting()
        collecting = Collecting(kinds, file, attempt)
        try:
            read(collecting, attempt, is_unusual)
        except Unusual:
            is_unusual = True
        except IdsAreTexts as error:
            kinds, is_unusual = kinds.with_texts(error.what), False
        else:
            reporting.add(attempt)
            return collecting.finished()
