"""Folders and files that are complete or absent, whatever happens: written under another name, synced, renamed."""

from __future__ import annotations

import errno
import itertools
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from recsys_core.errors import RunError

_LEFTOVER = re.compile(r"(?P<stem>\..*[0-9a-f]{8})\.(partial|lock)")
_OLD_SECONDS = 3600
"""A file in a cache is written in far less time than this."""


def write_folder(path: Path, fill: Callable[[Path], None], what: str = "A run") -> Path:
    """Make a folder of what `fill` writes into the one it is given, and return where it is: at `path`, or, where
    something is there already, at the first of `path-2`, `path-3`, … that is free.

    Nothing is there before all is on disk, whenever the process or the machine ends, and two processes never get the
    same name. Raises `RunError` if it cannot be written: then nothing of it is left, and it can be tried again.
    `what` is what the error calls it.
    """
    parent = path.parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(parent)
        stem = parent / f".run-{uuid.uuid4().hex[:8]}"
        partial, lock_file = stem.with_name(f"{stem.name}.partial"), stem.with_name(f"{stem.name}.lock")
        # Who finds the folder and can take its lock knows that its writer is dead.
        with FileLock(lock_file):
            try:
                partial.mkdir()
                fill(partial)
                _sync_files(partial)
                target = claim(partial, path)
                sync_folder(parent)
                sync_folder(parent.parent)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
                _unlink(lock_file)
    except Exception as error:
        cause = _disk_error(error)
        if cause is None:
            raise
        raise RunError(
            f"{what} must be written to disk. Received: {cause.strerror or cause}, for {path} "
            f"({_megabytes(_free(parent))} free). Nothing of it is left there."
        ) from error
    return target


@contextmanager
def replacing(path: Path, *, synced: bool = False) -> Iterator[Path]:
    """The path of a temporary file beside `path` to write, which then takes its place; it keeps the suffix.

    It is complete or absent, and on disk if it is `synced`: what can be computed again need not be. Raises `OSError`.
    """
    temporary = path.with_name(f".{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        yield temporary
        if synced:
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
        os.replace(temporary, path)
        if synced:
            sync_folder(path.parent)
    finally:
        _unlink(temporary)


def remove_leftovers(parent: Path) -> None:
    """Remove from `parent` what `write_folder` left in processes that were killed; never what a live one writes."""
    try:
        names = os.listdir(parent)
    except OSError:
        return
    for stem in {found["stem"] for name in names if (found := _LEFTOVER.fullmatch(name))}:
        lock_file = parent / f"{stem}.lock"
        with suppress(Timeout, OSError), FileLock(lock_file, blocking=False):
            shutil.rmtree(parent / f"{stem}.partial", ignore_errors=True)
            _unlink(lock_file)


def remove_old_temporaries(folder: Path) -> None:
    """Remove from `folder` what `replacing` left in processes that were killed: hidden files of more than an hour."""
    with suppress(OSError):
        for file in list(folder.iterdir()):
            if file.name.startswith(".") and time.time() - file.stat().st_mtime > _OLD_SECONDS:
                _unlink(file)


def check_room(folder: Path, n_bytes: int = 0) -> None:
    """Raise `RunError` unless `folder`, or what is there of the path to it, can be written and has `n_bytes` free."""
    try:
        there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        Path(tempfile.mkdtemp(prefix=".probe-", dir=there)).rmdir()
        free = shutil.disk_usage(there).free
    except OSError as error:
        raise RunError(
            f"Runs must be kept in a folder that can be written. Received: {folder} ({error.strerror or error})"
        ) from error
    if free < n_bytes:
        raise RunError(
            f"There must be {_megabytes(n_bytes)} free where the run is kept. Received: {_megabytes(free)} free in "
            f"{there}. Free some space, or keep it elsewhere."
        )


def claim(partial: Path, path: Path) -> Path:
    """Rename the folder `partial` to `path`, or to the first of `path-2`, `path-3`, … that is free: where it is now.

    Of two processes that want one name, each gets one of its own. Raises `OSError`.
    """
    names = itertools.chain([path.name], (f"{path.name}-{number}" for number in itertools.count(2)))
    for candidate in map(path.with_name, names):
        # An empty folder may be taken; of two who want it, one will find it full.
        with suppress(OSError):
            candidate.rmdir()
        try:
            os.rename(partial, candidate)
        except OSError:
            if not os.path.lexists(candidate):
                raise
        else:
            return candidate
    raise AssertionError


def sync_folder(folder: Path) -> None:
    """Bring the names in `folder` to disk, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _sync_files(folder: Path) -> None:
    for place, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(place, name), "rb+") as file:
                os.fsync(file.fileno())
        sync_folder(Path(place))


def _disk_error(error: BaseException | None) -> OSError | None:
    """The `OSError` behind `error`: writers of archives raise others on top of it."""
    while error is not None and not isinstance(error, OSError):
        error = error.__cause__ or error.__context__
    return error


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB"


def _unlink(file: Path) -> None:
    with suppress(OSError):
        file.unlink(missing_ok=True)
