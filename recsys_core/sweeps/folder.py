"""Folders of studies, in `.sweeps` of the folder of runs: complete or absent, owned by one process at a time.

.sweeps/NAME/plan.json, journal.log (Optuna's), owner.lock, maps/NUMBER.npy
"""

from __future__ import annotations

import os
import re
import shutil
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from recsys_core.errors import RunError, SweepError, quoted
from recsys_core.runs.atomic import claim, replacing, sync_folder, write_folder
from recsys_core.sweeps.plan import SweepPlan, read_plan

FOLDER_NAME = ".sweeps"
TRASH = ".trash"
PLAN_FILE, JOURNAL_FILE, LOCK_FILE, MAPS = "plan.json", "journal.log", "owner.lock", "maps"
MAX_PLAN_BYTES = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class StudyFolder:
    """One study's folder, which may be damaged or gone."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def journal(self) -> Path:
        return self.path / JOURNAL_FILE

    @property
    def stamp(self) -> tuple[int, int, int]:
        """Changes whenever something is written to it; zeros where it is gone."""
        try:
            plan, journal = (self.path / PLAN_FILE).stat(), self.journal.stat()
        except OSError:
            return 0, 0, 0
        return plan.st_mtime_ns, journal.st_mtime_ns, journal.st_size

    def plan(self) -> SweepPlan:
        """Raises `SweepError` if it is gone, damaged, or of settings that there are not."""
        file = self.path / PLAN_FILE
        try:
            if file.stat().st_size > MAX_PLAN_BYTES:
                raise SweepError(f"{PLAN_FILE} must have at most {MAX_PLAN_BYTES:,} bytes. Received: more.")
            return read_plan(file.read_bytes()).model_copy(update={"name": self.name})
        except OSError as error:
            raise SweepError(
                f"A sweep must have its {PLAN_FILE}. Received: {quoted(self.name)} ({error.strerror or error})."
            ) from error

    def write_plan(self, plan: SweepPlan) -> None:
        """Raises `SweepError`."""
        try:
            with replacing(self.path / PLAN_FILE, synced=True) as temporary:
                temporary.write_text(plan.to_json(), encoding="utf-8")
        except OSError as error:
            raise _not_written(self.path, error) from error

    def owned(self) -> FileLock:
        """Its lock, held by this process from now on. Raises `SweepError` if another is at work on it."""
        lock = FileLock(self.path / LOCK_FILE, thread_local=False)
        try:
            # Whoever looks whether it is free holds it for a moment.
            lock.acquire(timeout=0.5, poll_interval=0.05)
        except Timeout:
            raise SweepError(
                f"A sweep must be at rest to be changed. Received: {quoted(self.name)}, at which a process is at work."
            ) from None
        except OSError as error:
            raise _not_written(self.path, error) from error
        return lock

    def is_owned(self) -> bool:
        """Whether a living process is at work on it."""
        lock = FileLock(self.path / LOCK_FILE, thread_local=False, blocking=False)
        try:
            with lock:
                return False
        except Timeout:
            return True
        except OSError:
            return False

    def save_map(self, number: int, coordinates: np.ndarray) -> None:
        """Keep a trial's map, float16 `(n, 2)`. Raises `OSError`."""
        (self.path / MAPS).mkdir(exist_ok=True)
        with replacing(self.path / MAPS / f"{number}.npy") as temporary, temporary.open("wb") as file:
            np.save(file, coordinates)

    def map_of(self, number: int) -> np.ndarray | None:
        """A trial's map as it was kept, float16 `(n, 2)`; None where there is none, or none that can be read."""
        try:
            points = np.load(self.path / MAPS / f"{number}.npy", allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        return points if points.ndim == 2 and points.shape[1] == 2 and points.dtype == np.float16 else None


@dataclass(frozen=True)
class DeletedStudy:
    """A study that was deleted and can be brought back, as long as this process lives and does not discard it."""

    name: str
    batch: Path


def create(root: Path, plan: SweepPlan) -> StudyFolder:
    """Make the folder of a new study in the folder of runs `root`; a taken name gets a suffix. Raises `SweepError`."""
    check_name(plan.name)

    def fill(folder: Path) -> None:
        (folder / PLAN_FILE).write_text(plan.to_json(), encoding="utf-8")
        (folder / JOURNAL_FILE).touch()

    try:
        return StudyFolder(write_folder(root / FOLDER_NAME / plan.name, fill, "A sweep"))
    except RunError as error:
        raise SweepError(str(error)) from error


def check_name(name: str) -> str:
    """`name` if it can be a folder's name everywhere. Raises `SweepError`."""
    if not _NAME.fullmatch(name):
        raise SweepError(
            "A sweep's name must be 1 to 100 letters, digits, dots, dashes or underscores, starting with a letter or "
            f"digit. Received: {quoted(name)}."
        )
    return name


def find(root: Path, name: str) -> StudyFolder:
    """The study called `name`. Raises `SweepError` where there is none."""
    folder = StudyFolder(root / FOLDER_NAME / check_name(name))
    if not folder.path.is_dir():
        raise SweepError(f"A sweep must be one that is there. Received: {quoted(name)}, which is not (any more).")
    return folder


def list_studies(root: Path) -> list[StudyFolder]:
    """All of them, damaged ones too, those last worked at first. Raises nothing."""
    try:
        with os.scandir(root / FOLDER_NAME) as entries:
            found = [
                StudyFolder(Path(entry.path)) for entry in entries if _NAME.fullmatch(entry.name) and entry.is_dir()
            ]
    except OSError:
        return []
    return sorted(found, key=lambda folder: (-max(folder.stamp[:2]), folder.name))


def delete(folder: StudyFolder) -> DeletedStudy:
    """Take a study away so that it can be brought back. Raises `SweepError` if a process is at work on it."""
    folder.owned().release()
    batch = folder.path.parent / TRASH / uuid.uuid4().hex[:12]
    try:
        batch.mkdir(parents=True)
        os.rename(folder.path, batch / folder.name)
        sync_folder(batch)
        sync_folder(folder.path.parent)
    except OSError as error:
        raise _not_written(folder.path, error) from error
    return DeletedStudy(folder.name, batch)


def restore(deleted: DeletedStudy) -> StudyFolder:
    """Bring it back, with a suffix where its name is taken. Raises `SweepError` if it is gone for good."""
    parent = deleted.batch.parents[1]
    try:
        back = claim(deleted.batch / deleted.name, parent / deleted.name)
        sync_folder(parent)
    except OSError as error:
        raise SweepError(f"A deleted sweep must still be there. Received: {quoted(deleted.name)}, gone.") from error
    discard(deleted)
    return StudyFolder(back)


def discard(deleted: DeletedStudy) -> None:
    """Remove it for good; nothing happens if it is gone."""
    shutil.rmtree(deleted.batch, ignore_errors=True)


def empty_trash(root: Path) -> None:
    """Remove for good what earlier processes deleted: for the start of the app."""
    with suppress(OSError):
        shutil.rmtree(root / FOLDER_NAME / TRASH)


def _not_written(path: Path, error: OSError) -> SweepError:
    return SweepError(f"A sweep must be written to disk. Received: {error.strerror or error}, for {path}.")
