"""One sitting of a study: a thread that asks what to try, has it done, hears how it goes, and tells what came of it.

It alone touches the study; who does the trials sends events. Trials are asked a few ahead where structures vary, so
that those that share a compiled loop are begun one after the other.
"""

from __future__ import annotations

import dataclasses
import logging
import math
import queue
import threading
import time
import uuid
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock

from recsys_core.errors import RecsysError
from recsys_core.jobs.executors.executor import Executor
from recsys_core.jobs.messages import EpochEnded, Event, Failed, Preparing, Queued, Stopped, Tried
from recsys_core.settings.scopes import loop_key
from recsys_core.sweeps.folder import StudyFolder
from recsys_core.sweeps.order import Waiting
from recsys_core.sweeps.plan import SweepPlan
from recsys_core.sweeps.study import Study
from recsys_core.sweeps.view import StudyState, StudyView, TrialView, best_of, front_of

if TYPE_CHECKING:
    from optuna.trial import Trial

STOP_SECONDS = 20.0
"""How long the end of a sitting waits for trials that were told to stop."""
FAILURES_TO_END = 5
"""So many trials that failed before their first epoch, with none that did not, and no more are tried."""
LOOK_SECONDS = 0.1
"""How often at most the view is made anew."""

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Attempt:
    """A trial that has been asked and is not told yet."""

    trial: Trial
    values: dict[str, Any]
    view: TrialView
    key: Hashable
    """Of its compiled loop."""
    job_id: str = ""
    """Of the seed under way."""
    seed_number: int = 0
    end: str = ""
    """Why it was told to stop: "pruned", or "over" with the sitting."""
    begun: float = math.nan
    of_seeds: list[dict[str, float]] = field(default_factory=list)
    """Figures of the seeds that are done."""

    def change(self, **changes: Any) -> None:
        self.view = dataclasses.replace(self.view, **changes)


class Coordinator:
    """A study at work, from its making until its thread ends."""

    def __init__(
        self,
        folder: StudyFolder,
        plan: SweepPlan,
        executor: Executor,
        lock: FileLock,
        before: StudyView | None = None,
    ) -> None:
        """lock: that of the folder, held; the thread lets go of it at its end. before: what there was of it at rest."""
        self._folder, self._plan, self._executor, self._lock = folder, plan, executor, lock
        self._events: queue.Queue[tuple[str, Event] | None] = queue.Queue()
        self._attempts: dict[str, _Attempt] = {}
        """By the id of the job under way."""
        self._asked = Waiting[_Attempt]()
        self._is_stopped, self._is_over = threading.Event(), threading.Event()
        self._n_done = self._n_failed = 0
        self._has_learned = False
        """Whether any trial came through its first epoch."""
        self._seconds = 0.0
        self._importance: tuple[int, dict[str, float]] = (0, {})
        self._looked = 0.0
        before = before or StudyView(folder.name, plan, "waiting")
        self._view = dataclasses.replace(
            before, plan=plan, state="waiting", message="Begins.", slots=executor.slots(), is_own=True
        )
        threading.Thread(target=self._run, name=f"sweep-{folder.name}", daemon=True).start()

    @property
    def view(self) -> StudyView:
        return self._view

    @property
    def is_at_work(self) -> bool:
        return not self._is_over.is_set()

    def stop(self) -> None:
        """Returns at once."""
        self._is_stopped.set()
        self._events.put(None)

    def wait(self, seconds: float) -> None:
        # Not for the thread itself: interrupted by Ctrl+C, Python takes it for ended.
        self._is_over.wait(seconds)

    def _run(self) -> None:
        state: StudyState = "failed"
        try:
            study = Study(self._folder, self._plan, is_owner=True)
            try:
                self._seconds = study.seconds
                self._n_done = sum(trial.counts for trial in study.trials())
                n_trials = self._plan.n_trials
                study.begin(None if n_trials is None else n_trials - self._n_done)
                state, message = self._work(study)
            except RecsysError as error:
                message = str(error)
            self._let_go(study)
            study.end(state, message, self._seconds)
            self._look(study, state, message)
        except Exception as error:
            # Whatever a library or a disk does, the view says so and the folder is free again.
            if not isinstance(error, RecsysError):
                _log.exception("the sweep %s failed", self._folder.name)
            told = str(error) if isinstance(error, RecsysError) else f"{type(error).__name__}: {str(error)[:200]}"
            for job_id in self._attempts:
                self._executor.stop(job_id)
            self._view = dataclasses.replace(self._view, state="failed", message=f"The sweep failed: {told}")
        finally:
            self._lock.release()
            self._is_over.set()

    def _work(self, study: Study) -> tuple[StudyState, str]:
        """Until the plan is done, the time is over, or somebody says stop: how it ended, and what to say of it."""
        last = time.monotonic()
        while True:
            if self._is_stopped.is_set():
                return "stopped", "Stopped: what is finished is kept."
            if self._plan.minutes is not None and self._seconds >= 60 * self._plan.minutes:
                return "finished", f"Its {self._plan.minutes:g} minutes are over."
            if self._n_failed >= FAILURES_TO_END and not self._has_learned:
                why = next((trial.message for trial in reversed(study.trials()) if trial.message), "")
                return "failed", f"Its first {FAILURES_TO_END} trials all failed. {why}"
            self._fill(study)
            if not self._attempts:
                return "finished", f"All {self._n_done} trials are done."
            self._hear(study)
            now = time.monotonic()
            # Waiting for trainings is nobody's time.
            if any(attempt.view.state == "running" for attempt in self._attempts.values()):
                self._seconds += now - last
            last = now
            if now - self._looked >= LOOK_SECONDS:
                is_running = any(attempt.view.state == "running" for attempt in self._attempts.values())
                self._look(study, "running" if is_running else "waiting", "" if is_running else "Waits for its turn.")

    def _fill(self, study: Study) -> None:
        """Have one more trial wait at the executor than it can do, so that nobody waits for what is asked meanwhile."""
        slots = self._executor.slots()
        wanted = slots + 1 - len(self._attempts)
        ahead = 4 * slots if self._varies_structure else 0
        left = math.inf if self._plan.n_trials is None else self._plan.n_trials - self._n_done - len(self._attempts)
        while wanted > 0 and left > 0:
            while len(self._asked) < min(left, wanted + ahead):
                trial, values = study.ask()
                config = self._plan.task(values).config
                view = TrialView(trial.number, "waiting", values, config, repeats=trial.user_attrs.get("repeats"))
                self._asked.add(loop_key(config), _Attempt(trial, values, view, loop_key(config)))
            attempt = self._asked.take()
            self._start(attempt)
            wanted -= 1
            left -= 1

    @property
    def _varies_structure(self) -> bool:
        return any(each.is_structure for each in self._plan.dimensions)

    def _start(self, attempt: _Attempt) -> None:
        attempt.job_id = uuid.uuid4().hex[:12]
        self._attempts[attempt.job_id] = attempt
        task, job_id = self._plan.task(attempt.values, attempt.seed_number), attempt.job_id
        self._executor.start(job_id, task, lambda event: self._events.put((job_id, event)))

    def _hear(self, study: Study) -> None:
        """What has been said since, or a moment of silence."""
        try:
            said = self._events.get(timeout=0.1)
            while True:
                if said is not None and said[0] in self._attempts:
                    self._heard(study, self._attempts[said[0]], said[1])
                said = self._events.get_nowait()
        except queue.Empty:
            pass

    def _heard(self, study: Study, attempt: _Attempt, event: Event) -> None:
        match event:
            case Queued():
                attempt.change(state="waiting", curve=() if attempt.seed_number == 0 else attempt.view.curve)
            case Preparing():
                attempt.begun = event.at
                attempt.change(state="running")
            case EpochEnded() if attempt.seed_number == 0:
                self._has_learned = True
                attempt.change(curve=(*attempt.view.curve, event.val_mse))
                n_epochs = attempt.view.config.epochs
                if self._plan.is_pruned and not attempt.end:
                    error = event.val_mse if self._plan.objectives[0] == "val_mse" else event.val_mae
                    is_hopeless = study.report(attempt.trial, event.epoch, n_epochs, error)
                    if is_hopeless and event.epoch < n_epochs:
                        attempt.end = "pruned"
                        self._executor.stop(attempt.job_id)
            case Tried():
                self._tried(study, attempt, event)
            case Failed():
                self._n_failed += 1
                self._over(attempt, event, "failed", event.message)
                study.give_up(attempt.trial, attempt.view)
            case Stopped() if attempt.end == "pruned":
                epochs = len(attempt.view.curve)
                self._over(attempt, event, "pruned", f"Given up after epoch {epochs}: worse than most at that point.")
                study.give_up(attempt.trial, attempt.view)
            case Stopped():
                # Whoever did it could not go on with it.
                del self._attempts[attempt.job_id]
                study.repeat(attempt.trial)

    def _tried(self, study: Study, attempt: _Attempt, event: Tried) -> None:
        attempt.of_seeds.append(event.figures)
        if event.coordinates is not None:
            self._folder.save_map(attempt.trial.number, event.coordinates)
        if len(attempt.of_seeds) < self._plan.seeds:
            attempt.change(seconds=attempt.view.seconds + event.at - attempt.begun)
            attempt.seed_number += 1
            del self._attempts[attempt.job_id]
            self._start(attempt)
            return
        figures = {name: float(np.mean([each[name] for each in attempt.of_seeds])) for name in event.figures}
        sought = (*self._plan.objectives, *(each.figure for each in self._plan.constraints))
        unknown = [name for name in sought if not math.isfinite(figures[name])]
        if unknown:
            self._over(attempt, event, "failed", f"{unknown[0]} could not be measured on these ratings.")
            study.give_up(attempt.trial, attempt.view)
            return
        attempt.change(
            figures=figures, is_feasible=all(each.violation(figures) <= 0 for each in self._plan.constraints)
        )
        self._over(attempt, event, "finished", "")
        study.finish(attempt.trial, attempt.view)

    def _over(self, attempt: _Attempt, event: Event, state: str, message: str) -> None:
        took = 0.0 if math.isnan(attempt.begun) else event.at - attempt.begun
        attempt.change(state=state, message=message, seconds=attempt.view.seconds + took, at=self._seconds)
        del self._attempts[attempt.job_id]
        self._n_done += 1

    def _let_go(self, study: Study) -> None:
        """Stop what is under way and wait until it has: it is asked again when the study goes on."""
        for attempt in self._attempts.values():
            attempt.end = attempt.end or "over"
            self._executor.stop(attempt.job_id)
        deadline = time.monotonic() + STOP_SECONDS
        while self._attempts and time.monotonic() < deadline:
            try:
                said = self._events.get(timeout=0.1)
            except queue.Empty:
                continue
            if said is None or said[0] not in self._attempts:
                continue
            attempt, event = self._attempts[said[0]], said[1]
            has_seeds_left = isinstance(event, Tried) and len(attempt.of_seeds) + 1 < self._plan.seeds
            if has_seeds_left or (isinstance(event, Stopped) and attempt.end == "over"):
                del self._attempts[attempt.job_id]
                study.interrupt(attempt.trial)
            else:
                self._heard(study, attempt, event)
        for attempt in [*self._attempts.values(), *self._asked.all()]:
            study.interrupt(attempt.trial)
        self._attempts.clear()
        self._asked = Waiting()

    def _look(self, study: Study, state: StudyState, message: str) -> None:
        self._looked = time.monotonic()
        under_way = {attempt.trial.number: attempt.view for attempt in (*self._attempts.values(), *self._asked.all())}
        trials = tuple(under_way.get(trial.number, trial) for trial in study.trials())
        n_finished = sum(trial.state == "finished" for trial in trials)
        if n_finished >= self._importance[0] * 1.05 + 1 or state not in ("running", "waiting"):
            self._importance = (n_finished, study.importance())
        self._view = StudyView(
            name=self._folder.name,
            plan=self._plan,
            state=state,
            message=message,
            trials=trials,
            best=best_of(self._plan, trials),
            front=front_of(self._plan, trials),
            importance=self._importance[1],
            started_at=study.started_at,
            seconds=self._seconds,
            slots=self._executor.slots(),
        )
