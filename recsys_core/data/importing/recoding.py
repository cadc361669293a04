"""Bytes of a text file as Arrow's reader takes them: UTF-8, and one byte between two fields."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING

from recsys_core.data.importing.dialect import Dialect

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SOURCE_BLOCK = 1 << 20


def _as_western(error: UnicodeError) -> tuple[str, int]:
    """A byte that is no UTF-8, as Windows in the West would show it: files are at times of two minds."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("as-western", _as_western)


class Recoded(io.RawIOBase):
    """`source` from its beginning, without a byte order mark, as UTF-8 with one-byte separators.

    With `mends`, bytes that are no UTF-8 are taken for Latin-1; without, they pass as they are.
    """

    def __init__(self, source: io.BufferedReader, dialect: Dialect, *, mends: bool) -> None:
        self._source = source
        self._decoder: codecs.IncrementalDecoder | None = None
        if dialect.encoding != "utf-8" or mends:
            self._decoder = codecs.getincrementaldecoder(dialect.encoding)("as-western")
        self._separator = dialect.separator.encode() if len(dialect.separator) > 1 else b""
        self._held = b""
        self._pending = memoryview(b"")
        self._is_first, self._is_over = True, False
        self.n_bytes = 0
        """Bytes of the source that were read."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        while not self._pending and not self._is_over:
            self._pending = memoryview(self._next())
        view = memoryview(buffer)
        n = min(len(view), len(self._pending))
        view[:n] = self._pending[:n]
        self._pending = self._pending[n:]
        return n

    def close(self) -> None:
        self._source.close()
        super().close()

    def _next(self) -> bytes:
        block = self._source.read1(SOURCE_BLOCK)
        self.n_bytes += len(block)
        self._is_over = not block
        if self._decoder is not None:
            block = self._decoder.decode(block, final=self._is_over).encode("utf-8", "replace")
        if self._is_first and block:
            block, self._is_first = block.removeprefix(codecs.BOM_UTF8), False
        if self._separator:
            block = self._held + block
            # Half a separator waits for the other half.
            self._held = b"" if self._is_over or not block.endswith(self._separator[:1]) else self._separator[:1]
            block = block[: len(block) - len(self._held)].replace(self._separator, b"\t")
        return block


def separator_in_bytes(dialect: Dialect) -> str:
    """The separator that `Recoded` leaves between two fields."""
    return "\t" if len(dialect.separator) > 1 else dialect.separator
