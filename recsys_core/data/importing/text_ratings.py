"""A table of ratings in a text file: by Arrow as it comes, and row by row where something in it is unusual."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.csv

from recsys_core.data.bounded.files import DataFiles
from recsys_core.data.importing.collecting import CollectedRatings, Collecting, Kinds, Unusual, collect
from recsys_core.data.importing.columns import Places
from recsys_core.data.importing.dialect import Dialect
from recsys_core.data.importing.recoding import Recoded, separator_in_bytes
from recsys_core.data.importing.report import Reporting
from recsys_core.data.importing.values import guess_id_kind, guess_time_kind
from recsys_core.errors import Cancelled, DataError, quoted

Tell = Callable[[float], None]
"""Takes the share of the file that is read, 0 to 1."""
ShouldStop = Callable[[], bool]

_BLOCK = 4 << 20


def read_text_ratings(
    files: DataFiles,
    file: str,
    dialect: Dialect,
    places: Places,
    reporting: Reporting,
    tell: Tell,
    should_stop: ShouldStop,
) -> CollectedRatings:
    """The ratings in `file`. Raises `DataError` if they cannot be read, `Cancelled` when told to stop."""

    def read(collecting: Collecting, attempt: Reporting, is_unusual: bool) -> None:
        if is_unusual:
            _read_row_by_row(files, file, dialect, places, collecting, attempt, tell, should_stop)
        else:
            _read_as_it_comes(files, file, dialect, places, collecting.kinds, collecting, tell, should_stop)

    return collect(guess_kinds(dialect, places), file, reporting, read)


def guess_kinds(dialect: Dialect, places: Places) -> Kinds:
    """What the columns hold, as far as the first rows tell."""
    known = {what: [row[place] for row in dialect.sample] for what, place in places.known().items()}
    return Kinds(
        user=guess_id_kind(known["user"]),
        item=guess_id_kind(known["item"]),
        time=guess_time_kind(known["timestamp"]) if "timestamp" in known else None,
        decimal=dialect.decimal,
        has_rating="rating" in known,
    )


def _read_as_it_comes(
    files: DataFiles,
    file: str,
    dialect: Dialect,
    places: Places,
    kinds: Kinds,
    collecting: Collecting,
    tell: Tell,
    should_stop: ShouldStop,
) -> None:
    types = {what: kind for what, kind in kinds.arrow_types().items() if what in places.known()}
    with files.open(file) as source:
        stream = Recoded(source, dialect, mends=False)
        try:
            for block in _blocks(stream, dialect, places, types, decimal=dialect.decimal):
                _keep_going(stream, files.n_bytes(file), tell, should_stop)
                collecting.take(block)
        except pa.ArrowException as error:
            raise Unusual from error


def _read_row_by_row(
    files: DataFiles,
    file: str,
    dialect: Dialect,
    places: Places,
    collecting: Collecting,
    reporting: Reporting,
    tell: Tell,
    should_stop: ShouldStop,
) -> None:
    lines = _Lines(int(dialect.has_header))

    def skip(row: Any) -> str:
        n_fields = "too few fields" if row.actual_columns < row.expected_columns else "too many fields"
        lines.skipped(row.number)
        reporting.row(file, row.number, n_fields, quoted(row.text).strip("'\""))
        collecting.n_read += 1
        return "skip"

    types = dict.fromkeys(places.known(), pa.string())
    with files.open(file) as source:
        stream = Recoded(source, dialect, mends=True)
        try:
            for block in _blocks(stream, dialect, places, types, on_ragged=skip):
                _keep_going(stream, files.n_bytes(file), tell, should_stop)
                first = lines.n_taken
                collecting.take_text(block, lambda place, first=first: lines.of(first + place))
                lines.n_taken += len(block["user"])
        except pa.ArrowException as error:
            raise DataError(
                f"{file} must have its quotes closed, and rows of at most {_BLOCK:,} bytes. "
                f"Received: {str(error)[:200]}."
            ) from error


def _blocks(
    stream: Recoded,
    dialect: Dialect,
    places: Places,
    types: dict[str, pa.DataType],
    *,
    decimal: str = ".",
    on_ragged: Callable[[Any], str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Blocks of the columns that there are, by what they are."""
    separator = separator_in_bytes(dialect)
    # By place and not by name: two columns may have one name.
    names = [f"f{place}" for place in range(len(dialect.columns))]
    by_name = {names[place]: types[what] for what, place in places.known().items()}
    quoting: Any = {"quote_char": False} if separator == "\t" else {}
    with pyarrow.csv.open_csv(
        stream,
        # Rows are only numbered when one thread reads them all.
        read_options=pyarrow.csv.ReadOptions(
            block_size=_BLOCK, use_threads=on_ragged is None, column_names=names, skip_rows=int(dialect.has_header)
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=separator,
            newlines_in_values=not quoting,
            # An empty line is a row, so that rows are lines.
            ignore_empty_lines=on_ragged is None,
            invalid_row_handler=on_ragged,
            **quoting,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=by_name, include_columns=list(by_name), null_values=[], decimal_point=decimal
        ),
    ) as reader:
        for batch in reader:
            yield {what: batch.column(names[place]) for what, place in places.known().items()}


def _keep_going(stream: Recoded, n_bytes: int, tell: Tell, should_stop: ShouldStop) -> None:
    if should_stop():
        raise Cancelled("The import was stopped.")
    tell(min(1.0, stream.n_bytes / max(n_bytes, 1)))


class _Lines:
    """In which lines the rows stand that Arrow gives, where it has left out some."""

    def __init__(self, n_before: int) -> None:
        self._n_before = n_before
        self._skipped: list[int] = []
        self.n_taken = 0
        """Rows that Arrow has given so far."""

    def skipped(self, number: int | None) -> None:
        # Lines are only asked for while few rows have been reported.
        if number is not None and len(self._skipped) < 1_000:
            self._skipped.append(number - len(self._skipped))

    def of(self, row: int) -> int:
        """The line of a row that Arrow has given, both the first of which is 0 and 1."""
        line = row + 1 + self._n_before
        return line + bisect.bisect_right(self._skipped, line)
