"""Open data files that anybody may have made: regular files alone, and no more of them than fits in memory.

A folder and a zip are read the same way: `with open_data_files(path, layouts) as files: files.open(name)`. Names in a
zip are only compared, so that none leads anywhere; links, devices and archives within archives are not followed.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from recsys_core.data.bounded.streams import (
    MAX_FILE_BYTES,
    Bounded,
    BoundedMember,
    DirectoryGuard,
    check_size,
    zip_errors,
)
from recsys_core.errors import DataError, quoted

MAX_ZIP_ENTRIES = 10_000
MAX_RATIO = 100
"""Bytes unpacked for each byte packed. MovieLens has 4; what only serves to fill a disk has 1,000."""
RATIO_FREE_BYTES = 16 << 20
"""So much may be unpacked at any ratio: small files made by programs repeat themselves."""

_BLOCK = 1 << 20
# Not on every platform: opening a pipe must not wait for its other end, and bytes stay as they are.
_OPEN_FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_KINDS = {stat.S_IFIFO: "pipe", stat.S_IFCHR: "device", stat.S_IFBLK: "device", stat.S_IFDIR: "folder"}


Layout = tuple[str, ...]
"""Names of the files that belong together."""
Choose = Callable[[dict[str, int]], Layout]
"""From the names of the files that there are, with their sizes in bytes, those to open."""


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

    def __init__(self, handles: dict[str, BinaryIO], layout: Layout, held: Iterable[str] = ()) -> None:
        self._handles = handles
        self.layout = layout
        self.held = tuple(held) or layout
        """Names of all that were there, of which those of the layout were chosen."""
        self.stamp = self._stamp_now()

    @abstractmethod
    def open(self, name: str, max_bytes: int = MAX_FILE_BYTES) -> io.BufferedReader:
        """The file called `name` from its beginning. Reading raises `DataError` where it goes beyond the limits."""

    @abstractmethod
    def n_bytes(self, name: str) -> int:
        """How long the file called `name` says it is, unpacked."""

    def fingerprint(self) -> str:
        """BLAKE2b over names, sizes and bytes of the files on disk: 32 hexadecimal digits. Reads all of them."""
        digest = hashlib.blake2b(digest_size=16)
        for name, handle in self._handles.items():
            handle.seek(0)
            size = 0
            while block := handle.read(_BLOCK):
                digest.update(block)
                size += len(block)
                check_size(size, name, "")
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
        return io.BufferedReader(Bounded(handle, name, max_bytes), _BLOCK)

    def n_bytes(self, name: str) -> int:
        return os.fstat(self._handles[name].fileno()).st_size


class _Zip(DataFiles):
    def __init__(self, path: Path, handle: BinaryIO, choose: Choose, accepted: str) -> None:
        self._path = path
        self._accepted = accepted
        with zip_errors(path):
            self._archive = zipfile.ZipFile(DirectoryGuard(handle, path.name))  # type: ignore[arg-type]
        n_entries = len(self._archive.infolist())
        if n_entries > MAX_ZIP_ENTRIES:
            raise DataError(f"A zip must hold at most {MAX_ZIP_ENTRIES:,} files. Received: {n_entries:,}.")
        held = {_name_in_zip(entry): entry.file_size for entry in self._archive.infolist() if not entry.is_dir()}
        super().__init__({path.name: handle}, choose(held), held)
        self._entries = {name: self._find(name) for name in self.layout}

    def open(self, name: str, max_bytes: int = MAX_FILE_BYTES) -> io.BufferedReader:
        entry = self._entries[name]
        if entry.flag_bits & 1:
            raise DataError(f"A MovieLens zip must be readable without a password. Received: {name}, encrypted.")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise DataError(f"Files in a zip must be files themselves. Received: {name}, a link to another one.")
        # The others can unpack a kilobyte to gigabytes in one call, before anything can be counted.
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DataError(
                "Files in a zip must be stored or deflated. "
                f"Received: {name}, compressed by method number {entry.compress_type}."
            )
        check_size(entry.file_size, name, "", max_bytes)
        # zipfile reads no more than the size that is told. What a file takes in the zip may be a lie.
        packed_bytes = min(entry.compress_size, self.stamp[0].n_bytes)
        if entry.file_size > max(RATIO_FREE_BYTES, MAX_RATIO * packed_bytes):
            raise DataError(
                f"{name} must unpack to at most {MAX_RATIO} times its packed size. "
                f"Received: {packed_bytes:,} bytes that become {entry.file_size:,}."
            )
        with zip_errors(self._path):
            member = self._archive.open(entry)
        return io.BufferedReader(BoundedMember(member, name, max_bytes, self._path), _BLOCK)

    def n_bytes(self, name: str) -> int:
        return self._entries[name].file_size

    def _find(self, name: str) -> zipfile.ZipInfo:
        found = [entry for entry in self._archive.infolist() if _name_in_zip(entry) == name]
        if not found:
            raise DataError(
                f"A MovieLens zip must hold {self._accepted}. Received: {quoted(self._path.name)}, without {name}."
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
            yield _Folder(_opened_in(path, layout, _in_words(layouts), stack), layout)
            return
        handle = _opened_alone(path, stack)
        if path.suffix.lower() != ".zip":
            raise DataError(f"`data` must be a MovieLens folder or a .zip file. Received: {quoted(path.name)}.")
        yield _Zip(path, handle, lambda held: _closest(layouts, held.__contains__), _in_words(layouts))


@contextmanager
def open_chosen_files(path: Path, choose: Choose, accepted: str) -> Iterator[DataFiles]:
    """The files that `choose` takes of a folder or zip, or a file that stands alone. `accepted` says what may be in it.

    Raises `DataError`, as `open_data_files` does.
    """
    with ExitStack() as stack:
        if os.path.isdir(path):
            held = _held_in(path)
            layout = choose(held)
            yield _Folder(_opened_in(path, layout, accepted, stack), layout, held)
            return
        handle = _opened_alone(path, stack)
        if path.suffix.lower() == ".zip":
            yield _Zip(path, handle, choose, accepted)
        else:
            layout = choose({path.name: os.fstat(handle.fileno()).st_size})
            yield _Folder({path.name: handle}, layout)


def _held_in(folder: Path) -> dict[str, int]:
    held: dict[str, int] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if len(held) >= MAX_ZIP_ENTRIES:
                raise DataError(f"A folder must hold at most {MAX_ZIP_ENTRIES:,} files. Received: {quoted(folder)}.")
            if not entry.is_dir():
                held[entry.name] = entry.stat(follow_symlinks=False).st_size
    return held


def _opened_in(folder: Path, layout: Layout, accepted: str, stack: ExitStack) -> dict[str, BinaryIO]:
    handles: dict[str, BinaryIO] = {}
    for name in layout:
        try:
            handles[name] = stack.enter_context(_open_regular(folder / name, name))
        except FileNotFoundError as error:
            raise DataError(
                f"A MovieLens folder must hold {accepted}. Received: {quoted(folder)}, without {name}."
            ) from error
    return handles


def _opened_alone(path: Path, stack: ExitStack) -> BinaryIO:
    try:
        return stack.enter_context(_open_regular(path, "`data`"))
    except FileNotFoundError as error:
        raise DataError(
            "`data` must be a MovieLens folder or zip file, or a data set's id. "
            f"Received: {quoted(path)}, which does not exist."
        ) from error


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
        check_size(status.st_size, what, quoted(path))
    except DataError:
        handle.close()
        raise
    return handle
