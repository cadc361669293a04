"""Ways in which a run's files get damaged, shared by the tests of what becomes of it."""

import shutil
from pathlib import Path

import numpy as np

from recsys_core.runs.run import REQUIRED_FILES

FILES = (*REQUIRED_FILES, "users.parquet", "snapshots.npy", "snapshot_epochs.npy")
CACHED = ("cache/quality.json", "cache/neighbor_lists.npy", "cache/projection.npz")
HARMS = ("truncated", "emptied", "of another kind")


def damage(file: Path, harm: str) -> None:
    content = file.read_bytes()
    if harm == "truncated":
        file.write_bytes(content[: len(content) // 2])
    elif harm == "emptied":
        file.write_bytes(b"")
    else:
        file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)


def object_array(file: Path) -> None:
    """An array that only unpickling could read."""
    np.save(file, np.array([{"a": 1}], object), allow_pickle=True)


def folder_instead(file: Path) -> None:
    file.unlink()
    file.mkdir()


def damaged_copy(run: Path, file_name: str, harm: str) -> Path:
    """A copy of the run beside it with one file damaged, called by the two."""
    target = run.with_name(f"{file_name}-{harm.split()[-1]}".replace("/", "-").replace("_", "-"))
    shutil.copytree(run, target)
    damage(target / file_name, harm)
    return target
