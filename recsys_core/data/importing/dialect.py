"""How a text file of rows is written: its encoding, what separates its fields, and whether its first line names them.

Guessed from the first lines, and said in a sentence, so that a wrong guess is seen.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from recsys_core.errors import DataError, quoted

SEPARATORS = {"::": "two colons", "\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}
"""Separator -> its name for people; of several that fit alike, the first is taken."""
MAX_COLUMNS = 1_000
SAMPLE_BYTES = 64 << 10

_MAX_LINES = 50
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip
"""The longer first: a mark of UTF-32 begins with one of UTF-16."""
_LATIN = "latin-1"


@dataclass(frozen=True)
class Dialect:
    """How to take a text file apart."""

    encoding: str
    separator: str
    has_header: bool
    columns: tuple[str, ...]
    """Names of the fields; "1", "2", … where the file has none."""
    decimal: str = "."
    sample: tuple[tuple[str, ...], ...] = ()
    """The first rows, the header left out, each of as many fields as there are columns."""

    def in_words(self, file: str) -> str:
        """What was found out about `file`, in a sentence."""
        header = "with a header" if self.has_header else "without a header"
        encoding = {"utf-8": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32", _LATIN: "Latin-1"}.get(self.encoding)
        decimal = ", decimal commas" if self.decimal == "," else ""
        return (
            f"{file}: fields separated by {SEPARATORS[self.separator]}, {header}, {encoding or self.encoding}{decimal}."
        )


def guess_dialect(start: bytes, file: str, *, separator: str | None = None) -> Dialect:
    """The dialect of a file that begins with `start`, `SAMPLE_BYTES` of it at most; `separator` if it is known.

    Raises `DataError` for what is no text of rows.
    """
    encoding = guess_encoding(start, file)
    text = _decoded(start, encoding)
    lines = [line for line in text.splitlines() if line.strip()][: _MAX_LINES + 1]
    if not lines:
        raise DataError(f"{file} must have rows. Received: an empty file.")
    # The last line of the sample may be cut.
    whole = lines[:-1] if len(lines) > 1 and len(start) >= SAMPLE_BYTES else lines
    if separator is None:
        separator = max(SEPARATORS, key=lambda each: _fit(whole, each))
    if _fit(whole, separator)[1] < 2:
        raise DataError(
            f"{file} must have rows of fields separated by {', '.join(SEPARATORS.values())}. "
            f"Received: {quoted(lines[0][:500])} in line 1."
        )
    rows = split_rows(whole, separator)
    first = rows[0]
    if len(first) > MAX_COLUMNS:
        raise DataError(f"{file} must have at most {MAX_COLUMNS:,} columns. Received: {len(first):,}.")
    has_header = not any(map(is_number, first)) and len(set(first)) == len(first) and all(first)
    n_columns = len(first)
    columns = tuple(field.strip() for field in first) if has_header else tuple(map(str, range(1, n_columns + 1)))
    sample = tuple(tuple(row) for row in rows[int(has_header) :] if len(row) == n_columns)
    commas = separator != "," and sum(
        bool(re.fullmatch(r"-?\d+,\d+", field.strip())) for row in sample for field in row
    )
    return Dialect(encoding, separator, has_header, columns, "," if commas else ".", sample)


def guess_encoding(start: bytes, file: str) -> str:
    """UTF-8, UTF-16, UTF-32, or Latin-1 for what is none of them. Raises `DataError` for what is no text."""
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding
    if b"\0" in start[:1000]:
        # Without a mark, UTF-16 of Western text has a zero in every other byte.
        for encoding, at in (("utf-16-le", 1), ("utf-16-be", 0)):
            half = start[at:1000:2]
            if half.count(0) > 0.9 * len(half):
                return encoding
        raise DataError(f"{file} must be text. Received: bytes that are none.")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start, final=False)
    except UnicodeDecodeError:
        return _LATIN
    return "utf-8"


def split_rows(lines: list[str], separator: str) -> list[list[str]]:
    """Lines of text as rows of fields."""
    if len(separator) > 1:
        return [line.split(separator) for line in lines]
    quoting = csv.QUOTE_NONE if separator == "\t" else csv.QUOTE_MINIMAL
    try:
        return [row for row in csv.reader(lines, delimiter=separator, quoting=quoting) if row]
    except csv.Error:
        return [line.split(separator) for line in lines]


def is_number(field: str) -> bool:
    """Whether `field` is a number, with a point or a comma."""
    try:
        float(field.strip().strip('"').replace(",", "."))
    except ValueError:
        return False
    return True


def _decoded(start: bytes, encoding: str) -> str:
    text = codecs.getincrementaldecoder(encoding)("replace").decode(start, final=False)
    return io.IncrementalNewlineDecoder(None, translate=True).decode(text.removeprefix("\ufeff"), final=True)


def _fit(lines: list[str], separator: str) -> tuple[float, int]:
    """How well `separator` takes `lines` apart: the share of them with the most common number of fields, above one,
    and that number."""
    counts = Counter(len(row) for row in split_rows(lines, separator))
    n_fields, n_lines = counts.most_common(1)[0]
    if n_fields < 2:
        return 0.0, n_fields
    share = n_lines / len(lines)
    # Fields that are put together by a wrong separator are fewer; rounded, so that a few bad rows do not decide.
    return round(share, 1), n_fields
