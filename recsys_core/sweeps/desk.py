"""The desk of sweeps: begin a study, look at it, stop it, go on with it. Pages and commands know these words alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recsys_core.jobs.executors import executor
from recsys_core.jobs.executors.executor import Executor
from recsys_core.jobs.messages import Task
from recsys_core.maps.live_map import LiveMap
from recsys_core.runs.store import runs_dir
from recsys_core.sweeps.plan import SweepPlan
from recsys_core.sweeps.view import StudyView


@dataclass(frozen=True)
class DeletedStudy:
    """A study that was deleted and can be brought back."""

    name: str
    batch: Path


class Desk:
    """Studies of one process, and those that others left in the same folder."""

    def __init__(self, executor: Callable[[], Executor], root: Callable[[], Path]) -> None:
        """root: the folder of runs; studies are in `.sweeps` there."""
        self._executor = executor
        self._root = root

    def start(self, plan: SweepPlan) -> str:
        """Begin a study and return its name: the plan's, with a suffix where it is taken. Raises `RecsysError`."""
        raise NotImplementedError

    def go_on(self, name: str, *, n_trials: int | None = None, minutes: float | None = None) -> None:
        """Go on with a study that is not at work, by so many trials or minutes more than were planned.

        With neither, what is left of its plan is done. Raises `SweepError`, for one that is done with its plan too.
        """
        raise NotImplementedError

    def stop(self, name: str) -> None:
        """Have a study of this process end soon: what is under way is asked again when it goes on. Returns at once."""
        raise NotImplementedError

    def wait(self, name: str, seconds: float) -> None:
        """Wait until a study of this process is not at work any more, `seconds` at most."""
        raise NotImplementedError

    def view(self, name: str) -> StudyView:
        """Cheap while nothing changes. Raises `SweepError` for one that is not there, or damaged."""
        raise NotImplementedError

    def names(self) -> list[str]:
        """Of all studies, damaged ones too, newest first."""
        raise NotImplementedError

    def all(self) -> list[StudyView]:
        """Those that can be read, newest first."""
        raise NotImplementedError

    def damaged(self) -> dict[str, str]:
        """Name -> what is wrong with it."""
        raise NotImplementedError

    def coordinates(self, name: str, number: int) -> LiveMap | None:
        """The map of a finished trial, its movies with it; None where none is kept. Reads ratings: not for a page's own
        thread. Raises `SweepError`."""
        raise NotImplementedError

    def delete(self, name: str) -> DeletedStudy:
        """Raises `SweepError` for one that is at work."""
        raise NotImplementedError

    def restore(self, deleted: DeletedStudy) -> str:
        """Undo `delete`, and return the name that it has now. Raises `SweepError`."""
        raise NotImplementedError

    def discard(self, deleted: DeletedStudy) -> None:
        """Remove it for good."""
        raise NotImplementedError

    def promote(self, name: str, number: int) -> Task:
        """The task of training a trial's settings as a run, for `board.submit`. Raises `SweepError`."""
        raise NotImplementedError

    def write_preset(self, name: str, number: int, title: str) -> str:
        """Keep a trial's settings as a preset file called `title`, and return the name of the preset, which the Train
        page and the command line list. Raises `SweepError`, `ConfigError`."""
        raise NotImplementedError


_desk = Desk(executor, runs_dir)
start = _desk.start
go_on = _desk.go_on
stop = _desk.stop
wait = _desk.wait
view = _desk.view
names = _desk.names
all_studies = _desk.all
damaged = _desk.damaged
coordinates = _desk.coordinates
delete = _desk.delete
restore = _desk.restore
discard = _desk.discard
promote = _desk.promote
write_preset = _desk.write_preset
