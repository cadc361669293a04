"""How large a run is, and making it smaller: without what the replay is drawn from and what can be computed again."""

from __future__ import annotations

import os

from recsys_core.runs.keeping.lock import check_own, check_there, keeping
from recsys_core.runs.run import Run

SPARE_FILES = ("snapshots.npy", "snapshot_epochs.npy")
"""What the replay is drawn from, in the order in which they may go: a run without the first has no replay."""
KEPT_CACHES = ("quality.json", "neighbor_lists.npy")
"""What took further trainings to measure."""


def size_of(run: Run) -> tuple[int, int]:
    """Bytes of the run, and those of them that `shrink` frees. Of a run that is gone 0."""
    files, caches = _sizes(run.path), _sizes(run.cache_dir)
    spare = sum(files.get(name, 0) for name in SPARE_FILES)
    spare += sum(size for name, size in caches.items() if _may_go(name))
    return sum(files.values()) + sum(caches.values()), spare


def shrink(run: Run) -> int:
    """Remove the run's snapshots and its caches, but for what was measured, and return the bytes that it frees.

    Raises `RunError` for the example run, one that is gone, and a disk that refuses.
    """
    with keeping(check_own([run])):
        check_there(run)
        freed = size_of(run)[1]
        for name in SPARE_FILES:
            (run.path / name).unlink(missing_ok=True)
        for name in _sizes(run.cache_dir):
            if _may_go(name):
                (run.cache_dir / name).unlink(missing_ok=True)
    return freed


def _may_go(name: str) -> bool:
    """Whether a file of the cache can be computed again soon; what is hidden another thread is writing just now."""
    return name not in KEPT_CACHES and not name.startswith(".")


def _sizes(folder: os.PathLike[str]) -> dict[str, int]:
    """Name -> bytes of the files right in `folder`."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry.stat().st_size for entry in entries if entry.is_file(follow_symlinks=False)}
    except OSError:
        return {}
