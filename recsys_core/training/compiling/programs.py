"""Compiled programs on disk, where the next process finds them: XLA's own cache, in a folder of this user's alone.

XLA builds the program of a loop anew each time, compares it with the one that a file was compiled from, and takes the
machine code only where both are the same, names included: see `named_alike`. What it does not look at is part of the
folder's name: TensorFlow's version, the processor and what it can do. It does not notice a damaged file either, or one
that somebody else has put there. So a file is sealed with its hash once it is written, and what is not sealed, or not
ours, is deleted before TensorFlow starts.

Several processes may keep the same program at the same time: XLA writes it under a name of its own and renames it. At
worst one is deleted before its seal is there, or has the seal of another's, and is compiled again by a later process.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import stat
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

MOST_PROGRAMS = 48
"""Kept on disk, 1 MB each or less; those written longest ago go first."""
ABANDONED_SECONDS = 86_400.0
"""After which what is half written belongs to a process that was killed."""
_FLAG = "--tf_xla_persistent_cache_directory"

_folder: Path | None = None
_named: Counter[str] = Counter()


def programs_dir() -> Path:
    """`$RECSYS_CACHE_DIR`, else `movie-embeddings` in the user's folder for caches."""
    chosen = os.environ.get("RECSYS_CACHE_DIR")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "movie-embeddings"


def keep_programs(n_threads: int) -> Path | None:
    """Have XLA keep what it compiles; to be called before TensorFlow is imported.

    Returns the folder; None where programs are not kept: without such a folder, or on a system other than Linux, on
    which this has not been tried.
    """
    global _folder
    flags = os.environ.get("TF_XLA_FLAGS", "")
    if sys.platform != "linux" or _FLAG in flags:
        return None
    try:
        folder = programs_dir() / f"xla-{_version()}-{_machine(n_threads)}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours_alone(folder):
            return None
        _tidy(folder)
    except (OSError, RuntimeError, PackageNotFoundError):
        return None
    os.environ["TF_XLA_FLAGS"] = f"{flags} {_FLAG}={folder}".strip()
    _folder = folder
    return folder


def flags_for_a_child() -> str:
    """`$TF_XLA_FLAGS` as it was before `keep_programs`, for a process that is started here and keeps its own."""
    flags = os.environ.get("TF_XLA_FLAGS", "")
    return flags if _folder is None else flags.replace(f"{_FLAG}={_folder}", "").strip()


def seal_programs() -> None:
    """Seal what has been compiled, so that the next process believes it."""
    if _folder is None:
        return
    with suppress(OSError):
        for path in _folder.glob("*.pb"):
            if not _seal(path).exists():
                partial = _seal(path).with_suffix(f".{os.getpid()}")
                partial.write_text(_hash(path), encoding="ascii")
                partial.replace(_seal(path))


def forget_programs() -> None:
    """Delete all: one of them may be at fault for what went wrong."""
    if _folder is not None:
        _delete(*_folder.glob("*.pb"))


@contextmanager
def named_alike(structure: str) -> Iterator[None]:
    """While this holds, what Keras and TensorFlow name by counting is counted from a number that `structure` gives.

    Else a name tells how much this process has made before, and no other process would know the program again. Once
    more in the same process, the names are others, as TensorFlow wants. Only for the thread that owns TensorFlow.
    """
    from keras.src.utils import naming
    from tensorflow.python.framework import ops

    digest = hashlib.sha256(f"{structure} {_named[structure]}".encode()).hexdigest()
    _named[structure] += 1
    before, ops.uid = ops.uid, itertools.count(int(digest[:12], 16)).__next__
    naming.reset_uids()
    try:
        yield
    finally:
        ops.uid = before


def _tidy(folder: Path) -> None:
    """Delete what is not sealed, left by a process that was killed, or too much."""
    programs = sorted(folder.glob("*.pb"), key=_written, reverse=True)
    for place, path in enumerate(programs):
        if place >= MOST_PROGRAMS or not _is_sealed(path):
            _delete(path)
    for path in folder.glob("*.sha256"):
        if not path.with_suffix("").exists():
            _delete(path)
    for path in folder.glob("*.tmp"):
        if time.time() - _written(path) > ABANDONED_SECONDS:
            _delete(path)


def _written(path: Path) -> float:
    """When; long ago where another process that tidies up has deleted it meanwhile."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _is_sealed(path: Path) -> bool:
    try:
        return _seal(path).read_text(encoding="ascii") == _hash(path)
    except (OSError, ValueError):
        return False


def _seal(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _delete(*paths: Path) -> None:
    for path in paths:
        for each in (_seal(path), path):
            with suppress(OSError):
                each.unlink()


def _is_ours_alone(folder: Path) -> bool:
    """Whether nobody else can write to it: it is machine code, which is run."""
    found = folder.stat()
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _version() -> str:
    try:
        return version("tensorflow-cpu")
    except PackageNotFoundError:
        return version("tensorflow")


def _machine(n_threads: int) -> str:
    """A digest of what code is compiled for."""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        told = sorted({line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))})
        about = [*told, os.environ.get("XLA_FLAGS", ""), str(n_threads), str(os.cpu_count())]
        return hashlib.sha256("\n".join(about).encode()).hexdigest()[:16]
    raise RuntimeError("nothing is known of the processor")
