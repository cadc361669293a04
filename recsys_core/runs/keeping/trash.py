"""Deleting runs such that it can be undone: they are moved into a hidden folder beside the others, then removed.

What is deleted together is a batch: a folder in `.trash`, and a lock that its process holds as long as it may be
undone there. A batch that nobody holds any more is removed when the app starts next.
"""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from recsys_core.errors import RunError, quoted
from recsys_core.runs.atomic import claim, sync_folder
from recsys_core.runs.keeping.lock import check_own, check_there, keeping
from recsys_core.runs.keeping.naming import label_of
from recsys_core.runs.run import Run

TRASH = ".trash"

_held: dict[Path, FileLock] = {}
"""Locks of the batches that this process may undo."""
_guard = threading.Lock()


@dataclass(frozen=True)
class Deleted:
    """Runs that were deleted together."""

    batch: Path
    names: tuple[str, ...]
    """Of their folders."""
    labels: tuple[str, ...]
    """What people called them, in the same order."""


def delete_runs(runs: Iterable[Run]) -> Deleted:
    """Take `runs` away, all or none. Raises `RunError` for the example run, one that is gone, and a disk that refuses.

    `restore` undoes it until `discard`, or until this process has ended and the app starts anew.
    """
    runs = list(runs)
    root = check_own(runs)
    with keeping(root):
        for run in runs:
            check_there(run)
        labels = tuple(label_of(run) for run in runs)
        batch = root / TRASH / uuid.uuid4().hex[:12]
        batch.parent.mkdir(exist_ok=True)
        _hold(batch)
        batch.mkdir()
        moved: list[Run] = []
        try:
            for run in runs:
                os.rename(run.path, batch / run.name)
                moved.append(run)
        except OSError:
            for run in moved:
                os.rename(batch / run.name, run.path)
            _remove(batch)
            raise
        for folder in (batch, batch.parent, root):
            sync_folder(folder)
    return Deleted(batch, tuple(run.name for run in runs), labels)


def restore(deleted: Deleted) -> list[Run]:
    """Bring the runs of `deleted` back: under their names, or as `name-2`, … where those have been taken meanwhile.

    Raises `RunError` if they are gone for good.
    """
    root = deleted.batch.parents[1]
    with keeping(root):
        if not deleted.batch.is_dir():
            raise RunError(f"Deleted runs must still be there. Received: {quoted(', '.join(deleted.names))}, gone.")
        back = [Run(claim(deleted.batch / name, root / name)) for name in sorted(os.listdir(deleted.batch))]
        sync_folder(root)
        _remove(deleted.batch)
    return back


def restore_by_name(name: str, root: Path) -> Run:
    """Bring back the run that had the folder `name` in `root`, whoever deleted it. Raises `RunError`."""
    with keeping(root):
        for batch in _batches(root):
            if name in os.listdir(batch):
                back = claim(batch / name, root / name)
                sync_folder(root)
                return Run(back)
    raise RunError(f"`run` must be the name of a deleted run. Received: {quoted(name)}, which is gone or never was.")


def discard(deleted: Deleted) -> None:
    """Remove the runs of `deleted` for good. Raises `RunError`; nothing happens if they are gone or restored."""
    root = deleted.batch.parents[1]
    if root.is_dir():
        with keeping(root):
            _remove(deleted.batch)


def empty_trash(root: Path) -> None:
    """Remove for good what no living process can undo. Raises `RunError`."""
    if not (root / TRASH).is_dir():
        return
    with keeping(root):
        for batch in _batches(root):
            with suppress(Timeout, OSError), FileLock(_lock_file(batch), blocking=False):
                _remove(batch)


def _batches(root: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(root / TRASH) if entry.is_dir()]
    except FileNotFoundError:
        return []


def _hold(batch: Path) -> None:
    lock = FileLock(_lock_file(batch), blocking=False, thread_local=False)
    lock.acquire()
    with _guard:
        _held[batch] = lock


def _remove(batch: Path) -> None:
    shutil.rmtree(batch, ignore_errors=True)
    with _guard:
        lock = _held.pop(batch, None)
    if lock is not None:
        lock.release()
    if not batch.exists():
        _lock_file(batch).unlink(missing_ok=True)


def _lock_file(batch: Path) -> Path:
    return batch.with_name(f"{batch.name}.lock")
