"""Streams of files that anybody may have made: none is longer than it may be, nor any line of it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from recsys_core.errors import DataError, quoted

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_FILE_BYTES = 4 << 30
"""Of a file on disk, and of a file unpacked. The largest MovieLens edition has 0.9 GB of ratings."""
MAX_LINE_BYTES = 1 << 20
MAX_ZIP_DIRECTORY_BYTES = 8 << 20
"""Of a zip's table of contents, which is read into memory as a whole."""

# All that zipfile is known to raise over damaged or unusual archives.
ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError, LookupError,
    OverflowError,
)  # fmt: skip


def check_size(n_bytes: int, what: str, received: str, most: int = MAX_FILE_BYTES) -> None:
    if n_bytes > most:
        said = f"{received}, {n_bytes:,} bytes" if received else f"{n_bytes:,} bytes or more"
        raise DataError(f"{what} must have at most {most:,} bytes. Received: {said}.")


@contextmanager
def zip_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except ZIP_ERRORS as error:
        raise DataError(
            f"`data` must be a complete zip file. Received: {quoted(path.name)}, which is damaged, truncated or no zip "
            f"({str(error)[:100]})."
        ) from error


class DirectoryGuard:
    """A zip file's handle that never reads more at once than a table of contents may have."""

    _LIMIT = MAX_ZIP_DIRECTORY_BYTES + 1

    def __init__(self, handle: BinaryIO, name: str) -> None:
        self._handle, self._name = handle, name
        self.seek, self.tell, self.close = handle.seek, handle.tell, lambda: None
        self.seekable = lambda: True

    def read(self, n_bytes: int = -1) -> bytes:
        block = self._handle.read(min(n_bytes, self._LIMIT) if n_bytes >= 0 else self._LIMIT)
        if len(block) == self._LIMIT:
            raise DataError(
                f"A zip's table of contents must have at most {MAX_ZIP_DIRECTORY_BYTES:,} bytes. "
                f"Received: {quoted(self._name)}, with more."
            )
        return block


class Bounded(io.RawIOBase):
    """Passes `source` on until it has gone beyond `max_bytes`, or a line beyond `MAX_LINE_BYTES`: then `DataError`."""

    def __init__(self, source: IO[bytes], name: str, max_bytes: int) -> None:
        self._source, self._name, self._max_bytes = source, name, max_bytes
        self._n_bytes = 0
        self._line_bytes = 0
        self._line = 1

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        # No longer than a line may be: so each line that ends within a block is short enough.
        block = self._read(min(len(view), MAX_LINE_BYTES))
        view[: len(block)] = block
        self._n_bytes += len(block)
        check_size(self._n_bytes, self._name, "", self._max_bytes)
        self._check_line(block)
        return len(block)

    def _read(self, n_bytes: int) -> bytes:
        return self._source.read(n_bytes) or b""

    def _check_line(self, block: bytes) -> None:
        ends = [at for at in (block.find(b"\n"), block.find(b"\r")) if at >= 0]
        if self._line_bytes + (min(ends) if ends else len(block)) > MAX_LINE_BYTES:
            raise DataError(
                f"A line of {self._name} must have at most {MAX_LINE_BYTES:,} bytes. "
                f"Received: a longer one, line {self._line:,}."
            )
        self._line += max(block.count(b"\n"), block.count(b"\r"))
        last = max(block.rfind(b"\n"), block.rfind(b"\r"))
        self._line_bytes = self._line_bytes + len(block) if last < 0 else len(block) - last - 1


class BoundedMember(Bounded):
    """The same for a file in a zip, whose damage is told."""

    def __init__(self, source: IO[bytes], name: str, max_bytes: int, path: Path) -> None:
        super().__init__(source, name, max_bytes)
        self._path = path

    def _read(self, n_bytes: int) -> bytes:
        with zip_errors(self._path):
            return super()._read(n_bytes)

    def close(self) -> None:
        self._source.close()
        super().close()
