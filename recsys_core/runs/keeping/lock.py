"""One at a time: whoever changes what is there in a folder of runs holds its lock, whichever process it is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from recsys_core.errors import RunError, quoted
from recsys_core.runs.run import Run
from recsys_core.runs.store import is_example

PATIENCE_SECONDS = 20.0
"""Deleting many large runs for good takes seconds; more than this is a process that hangs."""
_LOCK_FILE = ".keeping.lock"


@contextmanager
def keeping(root: Path) -> Iterator[None]:
    """Hold the lock of the folder of runs `root`. What the block raises for the disk becomes a `RunError`.

    Training needs no lock: what it saves is complete or absent, under a name that nobody has.
    """
    if not root.is_dir():
        raise RunError(f"Runs must be in a folder that can be written. Received: {root}, which is not there.")
    try:
        with FileLock(root / _LOCK_FILE, timeout=PATIENCE_SECONDS):
            yield
    except Timeout as error:
        raise RunError(
            f"The folder of runs must be free. Received: {root}, which another process holds since "
            f"{PATIENCE_SECONDS:.0f} s. Try again."
        ) from error
    except OSError as error:
        raise RunError(
            f"Runs must be in a folder that can be written. Received: {root} ({error.strerror or error})."
        ) from error


def check_own(runs: Iterable[Run]) -> Path:
    """The folder in which `runs` are. Raises `RunError` for the example run, for runs of two folders, and for none."""
    runs = list(runs)
    for run in runs:
        if is_example(run):
            raise RunError(
                "The example run comes with the program and stays as it is: it can neither be renamed nor deleted. "
                f"Received: {quoted(run.name)}."
            )
    roots = {run.path.parent for run in runs}
    if len(roots) != 1:
        raise RunError(f"There must be runs of one folder. Received: {len(runs)} of {len(roots)}.")
    return roots.pop()


def check_there(run: Run) -> None:
    """Raise `RunError` if `run` has been deleted meanwhile. For who holds the lock."""
    if not os.path.isdir(run.path):
        raise RunError(f"A run must be there to be changed. Received: {quoted(run.name)}, which has been deleted.")
