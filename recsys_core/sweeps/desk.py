"""The desk of sweeps: begin a study, look at it, stop it, go on with it. Pages and commands know these words alone."""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import cast

from recsys_core.data.catalog import find_data_set
from recsys_core.errors import RecsysError, SweepError, quoted
from recsys_core.jobs.executors import executor
from recsys_core.jobs.executors.executor import Executor
from recsys_core.jobs.messages import Task
from recsys_core.jobs.trial import shown_rows, trial_split
from recsys_core.maps.live_map import LiveMap
from recsys_core.runs import presets
from recsys_core.runs.store import runs_dir
from recsys_core.sweeps import folder as folders
from recsys_core.sweeps.coordinator import STOP_SECONDS, Coordinator
from recsys_core.sweeps.folder import DeletedStudy, StudyFolder
from recsys_core.sweeps.plan import SweepPlan
from recsys_core.sweeps.study import Study
from recsys_core.sweeps.view import StudyState, StudyView, TrialView, best_of, front_of

MAX_AT_WORK = 4
"""Studies of one process at once: they take turns at its executor."""
MAX_REMEMBERED = 50
"""Views of studies at rest that are kept."""


class Desk:
    """Studies of one process, and those that others left in the same folder. All methods may be called anywhere."""

    def __init__(self, executor: Callable[[], Executor], root: Callable[[], Path]) -> None:
        """root: the folder of runs; studies are in `.sweeps` there."""
        self._executor = executor
        self._root = root
        self._lock = threading.Lock()
        self._at_work: dict[Path, Coordinator] = {}
        """By folder; those at rest too, as long as their last view is the latest."""
        self._seen: OrderedDict[Path, tuple[tuple, StudyView | str]] = OrderedDict()
        """What was read of a folder with its stamp: the view, or what is wrong with it."""

    def start(self, plan: SweepPlan) -> str:
        """Begin a study and return its name: the plan's, with a suffix where it is taken. Raises `RecsysError`."""
        folders.check_name(plan.name)
        data_set = find_data_set(plan.data_set)
        if plan.fingerprint not in (None, data_set.fingerprint):
            raise SweepError(
                f"The ratings must have the fingerprint {plan.fingerprint}. Received: {quoted(data_set.id)}, whose "
                f"fingerprint is {data_set.fingerprint}."
            )
        plan = plan.model_copy(update={"data_set": data_set.id, "fingerprint": data_set.fingerprint})
        with self._lock:
            self._check_room()
            folder = folders.create(self._root(), plan)
            self._begin(folder, plan.model_copy(update={"name": folder.name}))
        return folder.name

    def go_on(self, name: str, *, n_trials: int | None = None, minutes: float | None = None) -> None:
        """Go on with a study that is not at work, by so many trials or minutes more than were planned.

        With neither, what is left of its plan is done. Raises `SweepError`, for one that is done with its plan too.
        """
        folder = folders.find(self._root(), name)
        before = self.view(name)
        if before.is_at_work:
            raise SweepError(f"A sweep must be at rest to go on. Received: {quoted(name)}, which is at work.")
        plan = _extended(before, n_trials, minutes)
        with self._lock:
            self._check_room()
            self._begin(folder, plan, before)

    def stop(self, name: str) -> None:
        """Have a study of this process end soon: what is under way is asked again when it goes on. Returns at once.

        Raises `SweepError` for one of another process.
        """
        folder = folders.find(self._root(), name)
        at_work = self._at_work.get(folder.path)
        if at_work is not None:
            at_work.stop()
        elif folder.is_owned():
            raise SweepError(
                f"A sweep must be stopped where it was begun. Received: {quoted(name)}, of another process."
            )

    def wait(self, name: str, seconds: float = STOP_SECONDS + 5) -> None:
        """Wait until a study of this process is not at work any more, `seconds` at most; by default as long as it may
        take to stop."""
        at_work = self._at_work.get(folders.find(self._root(), name).path)
        if at_work is not None:
            at_work.wait(seconds)

    def view(self, name: str) -> StudyView:
        """Cheap while nothing changes. Raises `SweepError` for one that is not there, or damaged."""
        folder = folders.find(self._root(), name)
        at_work = self._at_work.get(folder.path)
        if at_work is not None and at_work.is_at_work:
            return at_work.view
        stamp = (*folder.stamp, folder.is_owned())
        if at_work is not None and at_work.view.state == "failed":
            # It may not have been able to write so. It holds until somebody goes on with it, here or elsewhere.
            self._remember(folder, (stamp, at_work.view))
            with self._lock:
                # Somebody may have gone on with it just now.
                if self._at_work.get(folder.path) is at_work:
                    del self._at_work[folder.path]
        known = self._seen.get(folder.path)
        if known is None or known[0] != stamp:
            try:
                found: StudyView | str = _read(folder)
            except RecsysError as error:
                found = str(error)
            known = (stamp, found)
            self._remember(folder, known)
        if isinstance(known[1], str):
            raise SweepError(known[1])
        return known[1]

    def _remember(self, folder: StudyFolder, known: tuple[tuple, StudyView | str]) -> None:
        with self._lock:
            self._seen[folder.path] = known
            while len(self._seen) > MAX_REMEMBERED:
                self._seen.popitem(last=False)

    def names(self) -> list[str]:
        """Of all studies, damaged ones too, those last worked at first."""
        return [folder.name for folder in folders.list_studies(self._root())]

    def all(self) -> list[StudyView]:
        """Those that can be read, those last worked at first."""
        return [view for view in self._views().values() if isinstance(view, StudyView)]

    def at_work(self) -> list[StudyView]:
        """Those of this process that are at work, the one begun first first. For pages that only tell of them: nothing
        is read."""
        return [each.view for each in list(self._at_work.values()) if each.is_at_work]

    def damaged(self) -> dict[str, str]:
        """Name -> what is wrong with it."""
        return {name: view for name, view in self._views().items() if isinstance(view, str)}

    def coordinates(self, name: str, number: int) -> LiveMap | None:
        """The map of a finished trial, its movies with it; None where none is kept. Reads ratings: not for a page's own
        thread. Raises `SweepError` for a study or trial that is not there, `DataError` for ratings that are not."""
        trial, plan = self._trial(name, number), self.view(name).plan
        points = folders.find(self._root(), name).map_of(number)
        task = plan.task(trial.values)
        if points is None or task.trial is None:
            return None
        split, _ = trial_split(task, task.trial)
        movies = split.movies.iloc[shown_rows(split)].reset_index(drop=True)
        return LiveMap(movies, len(trial.curve), points.astype("float32")) if len(movies) == len(points) else None

    def delete(self, name: str) -> DeletedStudy:
        """Raises `SweepError` for one that is at work, here or elsewhere."""
        deleted = folders.delete(folders.find(self._root(), name))
        with self._lock:
            self._at_work.pop(deleted.batch.parents[1] / name, None)
        return deleted

    def restore(self, deleted: DeletedStudy) -> str:
        """Undo `delete`, and return the name that it has now. Raises `SweepError`."""
        return folders.restore(deleted).name

    def discard(self, deleted: DeletedStudy) -> None:
        """Remove it for good."""
        folders.discard(deleted)

    def promote(self, name: str, number: int) -> Task:
        """The task of training a trial's settings as a run, for `board.submit`. Raises `SweepError`."""
        trial, plan = self._trial(name, number), self.view(name).plan
        config = dataclasses.replace(trial.config, seed=plan.base.seed, snapshots=plan.base.snapshots)
        return Task(
            config=config, data_set=plan.data_set, fingerprint=plan.fingerprint, label=f"{name} · trial {number}"
        )

    def write_preset(self, name: str, number: int, title: str) -> str:
        """Keep a trial's settings as a preset file called `title`, and return the name of the preset, which the Train
        page and the command line list. Raises `SweepError`, `ConfigError`."""
        trial, plan = self._trial(name, number), self.view(name).plan
        config = dataclasses.replace(trial.config, seed=plan.base.seed, snapshots=plan.base.snapshots, preset=title)
        figure = trial.figures.get("val_mse")
        measured = (
            "" if figure is None else f": validation MSE {figure:.3f}, {trial.figures['holdout_mse']:.3f} held out"
        )
        about = f"Trial {number} of the sweep {name}{measured}."
        return presets.write_preset(config, about, self._root())

    def _trial(self, name: str, number: int) -> TrialView:
        view = self.view(name)
        try:
            return view.trial(number)
        except LookupError:
            raise SweepError(
                f"`trial` must be one of the {len(view.trials)} of {quoted(name)}. Received: {number}"
            ) from None

    def _begin(self, folder: StudyFolder, plan: SweepPlan, before: StudyView | None = None) -> None:
        lock = folder.owned()
        try:
            folder.write_plan(plan)
            self._at_work[folder.path] = Coordinator(folder, plan, self._executor(), lock, before)
        except BaseException:
            lock.release()
            raise

    def _check_room(self) -> None:
        if sum(each.is_at_work for each in self._at_work.values()) >= MAX_AT_WORK:
            raise SweepError(f"At most {MAX_AT_WORK} sweeps may be at work at once. Wait for one to end, or stop one.")

    def _views(self) -> dict[str, StudyView | str]:
        views: dict[str, StudyView | str] = {}
        for name in self.names():
            try:
                views[name] = self.view(name)
            except SweepError as error:
                views[name] = str(error)
        return views


def _extended(before: StudyView, n_trials: int | None, minutes: float | None) -> SweepPlan:
    """The plan of a study that goes on. What is not given is left as it was, unless it is used up."""
    plan = before.plan
    if n_trials is None and minutes is None:
        is_time_left = plan.minutes is None or before.seconds < 60 * plan.minutes
        if before.n_left == 0 or not is_time_left:
            raise SweepError(
                f"A sweep that is done must be given more trials or minutes to go on. Received: {quoted(before.name)}, "
                f"with {before.n_done} trials in {before.seconds / 60:.1f} minutes."
            )
        return plan
    # Checked anew, since more may be too many.
    return SweepPlan.model_validate(
        dict(plan)
        | {
            "n_trials": None if n_trials is None else max(before.n_done, (plan.n_trials or 0)) + n_trials,
            "minutes": None if minutes is None else before.seconds / 60 + minutes,
        }
    )


def _read(folder: StudyFolder) -> StudyView:
    """What is on disk of a study that is not this process's. Raises `SweepError`, `ConfigError`."""
    plan, is_elsewhere = folder.plan(), folder.is_owned()
    study = Study(folder, plan, is_owner=False)
    state: StudyState = "interrupted"
    message = "Interrupted: its process ended. What was under way is asked again when it goes on."
    if is_elsewhere:
        state, message = "running", "At work in another process."
    elif study.ended is not None:
        state, message = cast("StudyState", study.ended[0]), study.ended[1]
    trials = tuple(
        dataclasses.replace(trial, state="interrupted") if trial.state == "running" and not is_elsewhere else trial
        for trial in study.trials()
        if is_elsewhere or trial.state != "waiting"
    )
    return StudyView(
        name=folder.name,
        plan=plan,
        state=state,
        message=message,
        trials=trials,
        best=best_of(plan, trials),
        front=front_of(plan, trials),
        importance=study.importance(),
        started_at=study.started_at,
        seconds=study.seconds,
        is_own=not is_elsewhere,
    )


_desk = Desk(executor, runs_dir)
start = _desk.start
go_on = _desk.go_on
stop = _desk.stop
wait = _desk.wait
view = _desk.view
names = _desk.names
all_studies = _desk.all
at_work = _desk.at_work
damaged = _desk.damaged
coordinates = _desk.coordinates
delete = _desk.delete
restore = _desk.restore
discard = _desk.discard
promote = _desk.promote
write_preset = _desk.write_preset
