"""A table of ratings in a Parquet file: no more of it than fits in memory, whatever it says of itself."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.data.bounded.files import DataFiles
from recsys_core.data.bounded.streams import MAX_FILE_BYTES
from recsys_core.data.growing_table import MAX_RATINGS
from recsys_core.data.importing.collecting import CollectedRatings, Collecting, Kinds, Unusual, collect
from recsys_core.data.importing.columns import ColumnNames, columns_in_words, find_columns
from recsys_core.data.importing.dialect import MAX_COLUMNS
from recsys_core.data.importing.report import Reporting
from recsys_core.data.importing.text_ratings import ShouldStop, Tell
from recsys_core.data.importing.values import guess_id_kind, guess_time_kind
from recsys_core.errors import Cancelled, DataError, quoted

MAX_PARQUET_BYTES = 2 << 30
_BATCH_ROWS = 1 << 16
_SAMPLE_ROWS = 50


def read_parquet_ratings(
    files: DataFiles, file: str, given: ColumnNames, reporting: Reporting, tell: Tell, should_stop: ShouldStop
) -> CollectedRatings:
    """The ratings in `file`. Raises `DataError` if they cannot be read, `Cancelled` when told to stop."""
    with _opened(files, file, MAX_RATINGS) as table:
        names = table.schema_arrow.names
        places = find_columns(names, True, given, file)
        reporting.say(columns_in_words(places, names, file))
        wanted = {what: names[place] for what, place in places.known().items()}

        def read(collecting: Collecting, _: Reporting, is_unusual: bool) -> None:
            _read(table, wanted, None if is_unusual else collecting.kinds, collecting, tell, should_stop)

        return collect(_guess_kinds(table, wanted), file, reporting, read)


def parquet_beginning(files: DataFiles, file: str, n_rows: int) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Names of the columns, and the first `n_rows` rows as texts, "…" for what has none. Raises `DataError`."""
    with _opened(files, file, MAX_RATINGS) as table:
        names = tuple(table.schema_arrow.names)
        first = next(table.iter_batches(n_rows), None)
        columns = [] if first is None else [_texts(column) for column in first.columns]
        return names, list(zip(*columns, strict=True))


def read_small_parquet(files: DataFiles, file: str, max_rows: int) -> pd.DataFrame:
    """A whole table as a frame. Raises `DataError`."""
    with _opened(files, file, max_rows) as table:
        return table.read().to_pandas()


def _texts(column: pa.Array) -> list[str]:
    with suppress(pa.ArrowException, ValueError, OverflowError):  # such as a time that Python has no year for
        if not pa.types.is_nested(column.type):
            return ["" if value is None else str(value) for value in column.to_pylist()]
    return ["…"] * len(column)


@contextmanager
def _opened(files: DataFiles, file: str, max_rows: int) -> Iterator[pq.ParquetFile]:
    with files.open(file, MAX_PARQUET_BYTES) as stream:
        # Parquet is read from its end; within a zip there is no other way to it.
        content = stream.read()
    try:
        with pq.ParquetFile(io.BytesIO(content)) as table:
            about = table.metadata
            if about.num_columns > MAX_COLUMNS or about.num_rows > max_rows:
                raise DataError(
                    f"{file} must have at most {MAX_COLUMNS:,} columns and {max_rows:,} rows. "
                    f"Received: {about.num_columns:,} columns and {about.num_rows:,} rows."
                )
            unpacked = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
            if unpacked > MAX_FILE_BYTES:
                raise DataError(f"{file} must unpack to at most {MAX_FILE_BYTES:,} bytes. Received: {unpacked:,}.")
            yield table
    except (pa.ArrowException, OSError, ValueError, NotImplementedError) as error:
        raise DataError(f"{file} must be a complete Parquet file. Received: {quoted(str(error)[:300])}.") from error


def _guess_kinds(table: pq.ParquetFile, wanted: dict[str, str]) -> Kinds:
    first = next(table.iter_batches(_SAMPLE_ROWS, columns=list(wanted.values())), None)
    sample = {what: [] if first is None else _as_texts(first.column(name)).to_pylist() for what, name in wanted.items()}
    time = None
    if "timestamp" in wanted:
        time = guess_time_kind(sample["timestamp"])
    return Kinds(guess_id_kind(sample["user"]), guess_id_kind(sample["item"]), time, has_rating="rating" in wanted)


def _read(
    table: pq.ParquetFile,
    wanted: dict[str, str],
    kinds: Kinds | None,
    collecting: Collecting,
    tell: Tell,
    should_stop: ShouldStop,
) -> None:
    """Blocks of the kinds that are expected, or of texts where none are."""
    types = None if kinds is None else kinds.arrow_types()
    n_done, n_rows = 0, max(table.metadata.num_rows, 1)
    for batch in table.iter_batches(_BATCH_ROWS, columns=list(wanted.values())):
        if should_stop():
            raise Cancelled("The import was stopped.")
        tell(n_done / n_rows)
        columns = {what: batch.column(name) for what, name in wanted.items()}
        if types is None:
            first = n_done
            collecting.take_text(
                {what: _as_texts(column) for what, column in columns.items()},
                lambda place, first=first: first + place + 1,
            )
        else:
            try:
                collecting.take({what: _plain(column).cast(types[what]) for what, column in columns.items()})
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                raise Unusual from error
        n_done += len(batch)


def _plain(column: Any) -> Any:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _as_texts(column: Any) -> Any:
    """The column as text, "" for nothing."""
    column = _plain(column)
    try:
        return column.cast(pa.string()).fill_null("")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array(["" if value is None else str(value) for value in column.to_pylist()], pa.string())
