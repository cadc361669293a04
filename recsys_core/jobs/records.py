"""What is remembered of jobs when the app has ended: a small JSON file each, in `.jobs` of the runs folder.

A job that was under way when its process ended is marked as interrupted by the next process that looks. Several
processes may share a folder: each holds a lock there while it lives, which the system takes back from the dead.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from recsys_core.errors import RecsysError
from recsys_core.jobs.messages import Task
from recsys_core.jobs.status import FINAL_STATES, JobStatus, State

FOLDER_NAME = ".jobs"
MAX_RECORDS = 100

_log = logging.getLogger(__name__)


class Record(BaseModel):
    """The last state of a job that is known."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")

    job_id: str
    owner: str
    """The process that has it; empty where the folder cannot be locked: nobody can say whether that one lives."""
    state: State
    message: str
    task: Task
    run_name: str
    queued_at: float
    """Seconds since 1970."""
    changed_at: float
    is_dismissed: bool = False
    """Somebody has seen that it was interrupted."""

    @property
    def is_over(self) -> bool:
        return self.state in FINAL_STATES


class Records:
    """The records of a folder of runs. Writing never fails a job: what cannot be written is in the log."""

    def __init__(self, runs_dir: Callable[[], Path]) -> None:
        self._runs_dir = runs_dir
        self._lock = threading.Lock()
        self._held: dict[Path, tuple[str, IO[bytes] | None]] = {}
        """By folder: this process's name there, and its lock."""
        self._judged: set[Path] = set()
        self._seen: tuple[tuple[Path, int], list[Record]] | None = None
        """The records last read, with the folder and its time of change, so that looking again costs nothing."""

    def write(self, status: JobStatus) -> None:
        """Remember a job of this process."""
        folder = self._folder()
        with self._tolerant(), self._lock:
            self._write(
                folder,
                Record(
                    job_id=status.job_id,
                    owner=self._owner(folder),
                    state=status.state,
                    message=status.message,
                    task=status.task,
                    run_name=status.run_name,
                    queued_at=status.queued_at,
                    changed_at=time.time(),
                ),
            )
            self._forget_oldest(folder)

    def all(self) -> list[Record]:
        """Newest first. The first look at a folder marks what was interrupted there."""
        folder = self._folder()
        with self._lock:
            stamp = (folder, _changed_at(folder))
            if self._seen is not None and self._seen[0] == stamp and folder in self._judged:
                return self._seen[1]
            found = [record for record in map(_read, _files(folder)) if record is not None]
            if folder not in self._judged and folder.is_dir():
                self._judged.add(folder)
                found = [self._judge(folder, record) for record in found]
                _remove_dead_locks(folder, {owner for owner, _ in self._held.values()})
            found.sort(key=lambda record: record.queued_at, reverse=True)
            self._seen = (stamp, found)
            return found

    def interrupted(self) -> list[Record]:
        """What was interrupted and not dismissed yet, newest first."""
        return [record for record in self.all() if record.state == "interrupted" and not record.is_dismissed]

    def dismiss(self, job_id: str) -> None:
        """Do not list this one as interrupted any more."""
        folder = self._folder()
        with self._tolerant(), self._lock:
            record = _read(folder / f"{job_id}.json")
            if record is not None:
                self._write(folder, record.model_copy(update={"is_dismissed": True}))

    def _folder(self) -> Path:
        return self._runs_dir() / FOLDER_NAME

    def _judge(self, folder: Path, record: Record) -> Record:
        mine = self._held.get(folder, ("", None))[0]
        if record.is_over or not record.owner or record.owner == mine or _is_alive(folder, record.owner):
            return record
        interrupted = record.model_copy(
            update={"state": "interrupted", "message": "Interrupted: the app ended.", "changed_at": time.time()}
        )
        with self._tolerant():
            self._write(folder, interrupted)
        return interrupted

    def _owner(self, folder: Path) -> str:
        if folder not in self._held:
            folder.mkdir(parents=True, exist_ok=True)
            self._held[folder] = _take_lock(folder) or _take_lock(folder) or ("", None)
        return self._held[folder][0]

    def _write(self, folder: Path, record: Record) -> None:
        self._seen = None
        temporary = folder / f".{record.job_id}.{uuid.uuid4().hex[:8]}.partial"
        try:
            temporary.write_text(record.model_dump_json(), encoding="utf-8")
            os.replace(temporary, folder / f"{record.job_id}.json")
        finally:
            temporary.unlink(missing_ok=True)

    @staticmethod
    def _forget_oldest(folder: Path) -> None:
        files = _files(folder)
        for file in sorted(files, key=_age, reverse=True)[MAX_RECORDS:]:
            file.unlink(missing_ok=True)

    @staticmethod
    @contextlib.contextmanager
    def _tolerant() -> Iterator[None]:
        try:
            yield
        except OSError as error:
            _log.warning("A job's record could not be written: %s", error)


def _files(folder: Path) -> list[Path]:
    try:
        return [file for file in folder.iterdir() if file.suffix == ".json"]
    except OSError:
        return []


def _read(file: Path) -> Record | None:
    try:
        return Record.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, ValidationError, RecursionError, RecsysError):
        # One that is gone or damaged hides no other; it goes when there are too many.
        return None


def _changed_at(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _is_alive(folder: Path, owner: str) -> bool:
    """Whether the process that calls itself `owner` in `folder` still holds its lock."""
    try:
        with (folder / f"{owner}.lock").open("r+b") as file:
            return not _try_lock(file)
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _take_lock(folder: Path) -> tuple[str, IO[bytes]] | None:
    """A new name for this process in `folder`, and its lock. None where nothing can be locked, or where another
    process has tried whether this one is dead before it was locked."""
    name = uuid.uuid4().hex[:12]
    file = (folder / f"{name}.lock").open("wb")
    if _try_lock(file) and (folder / f"{name}.lock").exists():
        return name, file
    file.close()
    (folder / f"{name}.lock").unlink(missing_ok=True)
    return None


def _remove_dead_locks(folder: Path, mine: set[str]) -> None:
    for file in folder.glob("*.lock"):
        if file.stem not in mine and not _is_alive(folder, file.stem):
            with contextlib.suppress(OSError):
                file.unlink()


def _try_lock(file: IO[bytes]) -> bool:
    """Lock `file` until it is closed or its process ends. False where another has it, or nothing can be locked."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # pyright: ignore[reportAttributeAccessIssue]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
