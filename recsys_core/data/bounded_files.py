"""Open data files that anybody may have made: regular files alone, and no more of them than fits in memory.

A folder and a zip are read the same way: `with open_data_files(path, layouts) as files: files.open(name)`.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import struct
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple

from recsys_core.errors import DataError, quoted

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_FILE_BYTES = 4 << 30
"""Of a file on disk, and of a file unpacked. The largest MovieLens edition has 0.9 GB of ratings."""
MAX_LINE_BYTES = 1 << 20
MAX_ZIP_ENTRIES = 10_000
MAX_ZIP_DIRECTORY_BYTES = 8 << 20
"""Of a zip's table of contents, which is read into memory as a whole."""
MAX_RATIO = 100
"""Bytes unpacked for each byte packed. MovieLens has 4; what only serves to fill a disk has 1,000."""
RATIO_FREE_BYTES = 16 << 20
"""So much may be unpacked at any ratio: small files made by programs repeat themselves."""

_BLOCK = 1 << 20
# Not on every platform: opening a pipe must not wait for its other end, and bytes stay as they are.
_OPEN_FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
# All that zipfile is known to raise over damaged or unusual archives.
ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError, LookupError,
    OverflowError,
)  # fmt: skip
_KINDS = {stat.S_IFIFO: "pipe", stat.S_IFCHR: "device", stat.S_IFBLK: "device", stat.S_IFDIR: "folder"}


Layout = tuple[str, ...]
"""Names of the files that belong together."""


class FileStamp(NamedTuple):
    """What changes when a file's content does."""

    path: str
    device: int
    inode: int
    n_bytes: int
    modified_ns: int
    changed_ns: int
    """When content, name or rights last changed; nobody can set it, as they can the time above."""


class DataFiles(ABC):
    """The files of a data set while they are open: what is opened stays the same file, whatever its name becomes."""

    def __init__(self, handles: dict[str, BinaryIO], layout: Layout) -> None:
        self._handles = handles
        self.layout = layout
        self.stamp = self._stamp_now()

    @abstractmethod
    def open(self, name: str, max_bytes: int = MAX_FILE_BYTES) -> io.BufferedReader:
        """The file called `name` from its beginning. Reading raises `DataError` where it goes beyond the limits."""

    def fingerprint(self) -> str:
        """BLAKE2b over names, sizes and bytes of the files on disk: 32 hexadecimal digits. Reads all of them."""
        digest = hashlib.blake2b(digest_size=16)
        for name, handle in self._handles.items():
            handle.seek(0)
            size = 0
            while block := handle.read(_BLOCK):
                digest.update(block)
                size += len(block)
                _check_size(size, name, "")
            digest.update(f"\0{Path(name).suffix}\0{size}\0".encode())
        return digest.hexdigest()

    def has_changed(self) -> bool:
        """Whether somebody wrote to the files since they were opened."""
        return self._stamp_now() != self.stamp

    def _stamp_now(self) -> tuple[FileStamp, ...]:
        facts = ((str(handle.name), os.fstat(handle.fileno())) for handle in self._handles.values())
        return tuple(
            FileStamp(path, at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns) for path, at in facts
        )


class _Folder(DataFiles):
    def open(self, name: str, max_bytes: int = MAX_FILE_BYTES) -> io.BufferedReader:
        handle = self._handles[name]
        handle.seek(0)
        return io.BufferedReader(_Bounded(handle, name, max_bytes), _BLOCK)


class _Zip(DataFiles):
    def __init__(self, path: Path, handle: BinaryIO, layouts: Sequence[Layout]) -> None:
        self._path = path
        self._layouts = layouts
        with _zip_errors(path):
            self._archive = zipfile.ZipFile(DirectoryGuard(handle, path.name))  # type: ignore[arg-type]
        n_entries = len(self._archive.infolist())
        if n_entries > MAX_ZIP_ENTRIES:
            raise DataError(f"A zip must hold at most {MAX_ZIP_ENTRIES:,} files. Received: {n_entries:,}.")
        held = {_name_in_zip(entry) for entry in self._archive.infolist()}
        super().__init__({path.name: handle}, _closest(layouts, held.__contains__))
        self._entries = {name: self._find(name) for name in self.layout}

    def open(self, name: str, max_bytes: int = MAX_FILE_BYTES) -> io.BufferedReader:
        entry = self._entries[name]
        if entry.flag_bits & 1:
            raise DataError(f"A MovieLens zip must be readable without a password. Received: {name}, encrypted.")
        # The others can unpack a kilobyte to gigabytes in one call, before anything can be counted.
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DataError(
                "Files in a zip must be stored or deflated. "
                f"Received: {name}, compressed by method number {entry.compress_type}."
            )
        _check_size(entry.file_size, name, "", max_bytes)
        # zipfile reads no more than the size that is told. What a file takes in the zip may be a lie.
        packed_bytes = min(entry.compress_size, self.stamp[0].n_bytes)
        if entry.file_size > max(RATIO_FREE_BYTES, MAX_RATIO * packed_bytes):
            raise DataError(
                f"{name} must unpack to at most {MAX_RATIO} times its packed size. "
                f"Received: {packed_bytes:,} bytes that become {entry.file_size:,}."
            )
        with _zip_errors(self._path):
            member = self._archive.open(entry)
        return io.BufferedReader(_BoundedMember(member, name, max_bytes, self._path), _BLOCK)

    def _find(self, name: str) -> zipfile.ZipInfo:
        found = [entry for entry in self._archive.infolist() if _name_in_zip(entry) == name]
        if not found:
            raise DataError(
                f"A MovieLens zip must hold {_in_words(self._layouts)}. "
                f"Received: {quoted(self._path.name)}, without {name}."
            )
        if len(found) > 1:
            raise DataError(
                f"A MovieLens zip must hold one {name}. "
                f"Received: {len(found)}, such as {quoted(found[0].filename)} and {quoted(found[1].filename)}."
            )
        return found[0]


def _name_in_zip(entry: zipfile.ZipInfo) -> str:
    # Names in a zip are only compared, never used as paths. Some programs write Windows' separators.
    return entry.filename.replace("\\", "/").split("/")[-1]


def _closest(layouts: Sequence[Layout], is_there: Callable[[str], bool]) -> Layout:
    """The first layout whose files are all there; if there is none, the one that lacks the fewest."""
    return min(layouts, key=lambda layout: sum(not is_there(name) for name in layout))


def _in_words(layouts: Sequence[Layout]) -> str:
    return ", or ".join(" and ".join(layout) for layout in layouts)


@contextmanager
def open_data_files(path: Path, layouts: Sequence[Layout]) -> Iterator[DataFiles]:
    """The files of one of `layouts` in a folder, or in a zip that may hold them, opened for reading.

    Raises `DataError` for what is not there, cannot be read, or is no regular file: a device or a pipe may never end.
    """
    with ExitStack() as stack:
        if os.path.isdir(path):
            layout = _closest(layouts, lambda name: os.path.lexists(path / name))
            handles: dict[str, BinaryIO] = {}
            for name in layout:
                try:
                    handles[name] = stack.enter_context(_open_regular(path / name, name))
                except FileNotFoundError as error:
                    raise DataError(
                        f"A MovieLens folder must hold {_in_words(layouts)}. Received: {quoted(path)}, without {name}."
                    ) from error
            yield _Folder(handles, layout)
            return
        try:
            handle = stack.enter_context(_open_regular(path, "`data`"))
        except FileNotFoundError as error:
            raise DataError(
                "`data` must be a MovieLens folder or zip file, or a data set's id. "
                f"Received: {quoted(path)}, which does not exist."
            ) from error
        if path.suffix.lower() != ".zip":
            raise DataError(f"`data` must be a MovieLens folder or a .zip file. Received: {quoted(path.name)}.")
        yield _Zip(path, handle, layouts)


def _open_regular(path: Path, what: str) -> BinaryIO:
    try:
        handle = open(  # noqa: SIM115
            path, "rb", buffering=0, opener=lambda name, flags: os.open(name, flags | _OPEN_FLAGS)
        )
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DataError(f"{what} must be a file that can be read. Received: {quoted(path)} ({reason}).") from error
    # Asked of the open file, whose name may mean another one by now.
    status = os.fstat(handle.fileno())
    try:
        if not stat.S_ISREG(status.st_mode):
            kind = _KINDS.get(stat.S_IFMT(status.st_mode), "special file")
            raise DataError(f"{what} must be a regular file. Received: {quoted(path)}, a {kind}.")
        _check_size(status.st_size, what, quoted(path))
    except DataError:
        handle.close()
        raise
    return handle


def _check_size(n_bytes: int, what: str, received: str, most: int = MAX_FILE_BYTES) -> None:
    if n_bytes > most:
        said = f"{received}, {n_bytes:,} bytes" if received else f"{n_bytes:,} bytes or more"
        raise DataError(f"{what} must have at most {most:,} bytes. Received: {said}.")


@contextmanager
def _zip_errors(path: Path) -> Iterator[None]:
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


class _Bounded(io.RawIOBase):
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
        _check_size(self._n_bytes, self._name, "", self._max_bytes)
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


class _BoundedMember(_Bounded):
    """The same for a file in a zip, whose damage is told."""

    def __init__(self, source: IO[bytes], name: str, max_bytes: int, path: Path) -> None:
        super().__init__(source, name, max_bytes)
        self._path = path

    def _read(self, n_bytes: int) -> bytes:
        with _zip_errors(self._path):
            return super()._read(n_bytes)

    def close(self) -> None:
        self._source.close()
        super().close()
