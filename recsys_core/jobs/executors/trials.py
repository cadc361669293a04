"""The trials that a process is asked for: the first are done here, and where they go on, more in child processes.

A trial waits in one list, in which whoever is free takes the next: the thread that owns TensorFlow here, or the thread
of this process that keeps a child. Only who has taken a trial tells its events.
"""

from __future__ import annotations

import atexit
import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from recsys_core.data.catalog import DataSet, known_size
from recsys_core.errors import ConfigError
from recsys_core.jobs.executors.trial_child import TrialChild, asked_processes, wanted_processes
from recsys_core.jobs.messages import LAST_EVENTS, Event, Failed, Queued, Started, Stopped, Task
from recsys_core.jobs.task import Emit, Store, run_task
from recsys_core.jobs.threads import worker
from recsys_core.jobs.threads.worker import Urgency

WORTH_SECONDS = 10.0
"""That trials take in this process before others are started, unless somebody asks for these: quick ones would be over
before those are ready."""
MOST_RATINGS = 5_000_000
"""Of a data set whose trials children do, each of which has the ratings in memory for itself."""
MOST_LOSSES = 3
"""Children that may end over one trial before it fails: it may be what kills them."""
IDLE_SECONDS = 60.0
"""After which a child that has had nothing to do is ended."""

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Trial:
    job_id: str
    task: Task
    emit: Emit
    number: int
    """Its place among those that wait."""
    stop: threading.Event = field(default_factory=threading.Event)
    child: TrialChild | None = None
    """That does it."""
    attempt: int = 0
    gives_way: bool = False
    """Whether its child was told to stop for a training."""
    losses: int = 0


class Trials:
    """All trials that are not over, and whoever does them. All methods may be called from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changed = threading.Condition()
        """Held for all that follows."""
        self._trials: dict[str, _Trial] = {}
        self._waiting: list[_Trial] = []
        self._numbers = itertools.count()
        self._attempts = itertools.count()
        self._trainings: dict[str, bool] = {}
        """That wait or run, and whether each may need the memory that children have. Meanwhile these do nothing."""
        self._seconds_here, self._asked = 0.0, 0.0
        """That trials took here since there was last nothing to do for long, and when the last one was asked for."""
        self._n_keepers = 0
        """Threads that keep a child each."""
        self._started: set[TrialChild] = set()
        self._ready: set[TrialChild] = set()
        self._is_broken = False
        """Whether a child could not be started: then no more are."""
        self._is_closed = False
        self._sizes: dict[tuple[str | None, str | None], int] = {}
        """Ratings of the data sets that trials were about, by id and fingerprint, as far as they are known."""

    def start(self, job_id: str, task: Task, emit: Emit) -> None:
        """Have a trial done, now or later. Returns at once."""
        try:
            asked_processes()
        except ConfigError as error:
            emit(Failed(message=str(error)))
            return
        self._learn_size(task)
        with self._changed:
            now = time.monotonic()
            if not self._trials and not self._n_keepers and now - self._asked > IDLE_SECONDS:
                self._seconds_here = 0.0
            trial = _Trial(job_id, task, emit, next(self._numbers))
            self._trials[job_id] = trial
            self._waiting.append(trial)
            self._asked = now
            self._start_children()
            self._look()

    def stop(self, job_id: str) -> None:
        """Have it stopped, if there is such a trial; its last event is `Stopped`. Returns at once."""
        with self._changed:
            trial = self._trials.get(job_id)
            if trial is None:
                return
            trial.stop.set()
            if trial not in self._waiting:
                if trial.child is not None:
                    trial.child.stop(trial.attempt)
                return
            self._waiting.remove(trial)
            del self._trials[job_id]
        _tell_stopped(trial)

    def slots(self) -> int:
        """How many can be done at once, now: as many as children are ready; 1 where none are."""
        return max(1, len(self._ready))

    def give_way(self, job_id: str, task: Task) -> None:
        """A training was asked for: trials in children stop, and begin anew once `go_on` was said of all trainings.

        For one on ratings that are not known to be few, children end: it may need their memory.
        """
        self._learn_size(task)
        with self._changed:
            self._trainings[job_id] = not self._is_on_few(task)
            for trial in self._trials.values():
                if trial.child is not None and not trial.gives_way:
                    trial.gives_way = True
                    trial.child.stop(trial.attempt)
            self._changed.notify_all()

    def go_on(self, job_id: str) -> None:
        """That training is over."""
        with self._changed:
            self._trainings.pop(job_id, None)
            self._start_children()
            self._changed.notify_all()

    def close(self) -> None:
        """End all children, and start no more. What they were at is told no end."""
        with self._changed:
            self._is_closed = True
            children = [*self._started]
            self._changed.notify_all()
        for child in children:
            child.kill()
        for child in children:
            child.wait()

    def _look(self) -> None:
        """Have whoever can do a trial look for one."""
        self._changed.notify_all()
        if self._for_here() is not None:
            worker.when_idle(self._do_here, Urgency.SOON)

    def _for_here(self) -> _Trial | None:
        """The next one for this process: any, unless children are there for those on few ratings."""

        def is_left_to_children(trial: _Trial) -> bool:
            # What has cost a child its life is no danger to this process, as long as there are others.
            are_there = self._n_keepers > 0 if trial.losses else len(self._ready) > 1
            return are_there and self._is_on_few(trial.task)

        return next((each for each in self._waiting if not is_left_to_children(each)), None)

    def _for_child(self) -> _Trial | None:
        return next((each for each in self._waiting if self._is_on_few(each.task)), None)

    def _is_on_few(self, task: Task) -> bool:
        """Whether its ratings are known to be few enough for children."""
        return self._sizes.get((task.data_set, task.fingerprint), MOST_RATINGS + 1) <= MOST_RATINGS

    def _learn_size(self, task: Task) -> None:
        """Of ratings that were not imported it is known once they were read here."""
        key = task.data_set, task.fingerprint
        if task.data_set is None or task.fingerprint is None or key in self._sizes:
            return
        size = known_size(DataSet(task.data_set, task.data_set, task.fingerprint))
        if size is not None:
            with self._changed:
                self._sizes[key] = size
                self._changed.notify_all()

    def _do_here(self, gives_way: Callable[[], bool]) -> None:
        """On the thread that owns TensorFlow, when nothing more urgent waits for it."""
        with self._changed:
            trial = self._for_here()
            if trial is None:
                return
            self._waiting.remove(trial)
        gave_way, last = False, None

        def should_stop() -> bool:
            nonlocal gave_way
            gave_way = gave_way or gives_way()
            return trial.stop.is_set() or gave_way

        def tell(event: Event) -> None:
            nonlocal last
            if isinstance(event, LAST_EVENTS):
                last = event
                return
            if isinstance(event, Started):
                self._learn_size(trial.task)
            trial.emit(event)

        begun = time.monotonic()
        run_task(trial.task, tell, should_stop, self._store)
        assert last is not None
        with self._changed:
            self._seconds_here += time.monotonic() - begun
        self._over(trial, last, gave_way)
        with self._changed:
            self._look()

    def _start_children(self) -> None:
        """As many as are wanted and not there, if it is worth it and nothing speaks against it."""
        if self._is_broken or self._is_closed or any(self._trainings.values()):
            return
        is_worth_it = self._seconds_here >= WORTH_SECONDS or asked_processes() is not None
        if not is_worth_it or not any(self._is_on_few(each.task) for each in self._trials.values()):
            return
        # Those that are not ready have not taken their memory yet.
        n = wanted_processes(len(self._ready))
        if n < 2:
            return
        if not self._n_keepers:
            atexit.register(self.close)
        for number in range(self._n_keepers, n):
            self._n_keepers += 1
            threading.Thread(target=self._keep, name=f"trials-{number}", daemon=True).start()

    def _keep(self) -> None:
        """Keep a child, and start another where one has ended over a trial, as long as there is something to do."""
        try:
            while self._work_with_a_child():
                pass
        finally:
            deadly: list[_Trial] = []
            with self._changed:
                self._n_keepers -= 1
                if not self._n_keepers:
                    if not self._is_closed:
                        atexit.unregister(self.close)
                    if self._is_broken:
                        deadly = [each for each in self._waiting if each.losses]
                        self._waiting = [each for each in self._waiting if not each.losses]
                if time.monotonic() - self._asked < IDLE_SECONDS:
                    # It was not for want of trials that it ended: one that came meanwhile still counted on it.
                    self._start_children()
                elif not self._n_keepers:
                    self._seconds_here = 0.0
                self._look()
            for trial in deadly:
                self._over(
                    trial, Failed(message="The process that did it ended unexpectedly, and no other starts."), False
                )

    def _work_with_a_child(self) -> bool:
        """Whether another one is wanted after it."""
        try:
            with self._changed:
                if self._is_closed:
                    return False
                child = TrialChild()
                self._started.add(child)
        except OSError as error:
            self._break(f"{type(error).__name__}: {error}")
            return False
        try:
            if not child.wait_until_ready():
                self._break(f"it ended before it was ready, with exit code {child.end()}")
                return False
            with self._changed:
                self._ready.add(child)
            while (trial := self._take(child)) is not None:
                last = self._done_by(child, trial)
                if last is None:
                    self._lost(trial, child)
                    return True
                self._over(trial, last, trial.gives_way)
            return False
        finally:
            with self._changed:
                self._started.discard(child)
                self._ready.discard(child)
                # What waits may be for this process again.
                self._look()
            child.end()

    def _done_by(self, child: TrialChild, trial: _Trial) -> Event | None:
        """The last event; None where the child ended before it, or something went wrong that nobody thought of."""
        try:
            return child.do(trial.attempt, trial.task, trial.emit)
        except Exception:
            # The trial must be told an end, and this thread must go on.
            _log.exception("a trial broke off")
            return None

    def _take(self, child: TrialChild) -> _Trial | None:
        """The next trial for `child`, once there is one and no training; None where there was none for long, or where a
        training may need its memory."""
        with self._changed:
            since = time.monotonic()
            while not self._is_closed and not any(self._trainings.values()):
                trial = self._for_child()
                if trial is not None and not self._trainings:
                    self._waiting.remove(trial)
                    trial.child, trial.attempt, trial.gives_way = child, next(self._attempts), False
                    return trial
                if trial is not None:
                    since = time.monotonic()
                idle = time.monotonic() - since
                if idle >= IDLE_SECONDS:
                    break
                self._changed.wait(IDLE_SECONDS - idle)
            # From here on nobody counts on it.
            self._ready.discard(child)
        return None

    def _over(self, trial: _Trial, last: Event, gave_way: bool) -> None:
        """An attempt has ended: so has the trial, unless it only gave way."""
        if isinstance(last, Stopped) and gave_way and not trial.stop.is_set():
            self._again(trial, "")
            return
        with self._changed:
            del self._trials[trial.job_id]
        trial.emit(last)

    def _lost(self, trial: _Trial, child: TrialChild) -> None:
        """Its child has ended without an outcome."""
        with self._changed:
            self._ready.discard(child)
            if self._is_closed:
                return
        trial.losses += not trial.gives_way
        why = f"The process that did it ended unexpectedly (exit code {child.end()})."
        if trial.stop.is_set():
            self._over(trial, Stopped(message=f"Stopped. {why} Nothing was kept."), False)
        elif trial.losses >= MOST_LOSSES:
            again = f"It was tried {MOST_LOSSES} times and is not tried again."
            self._over(trial, Failed(message=f"{why} {again}"), False)
        else:
            self._again(trial, f"{why} It will be done again from its beginning.")

    def _again(self, trial: _Trial, why: str) -> None:
        trial.emit(Queued(message=why))
        with self._changed:
            trial.child = None
            if not trial.stop.is_set():
                self._waiting.append(trial)
                self._waiting.sort(key=lambda each: each.number)
                self._look()
                return
            del self._trials[trial.job_id]
        _tell_stopped(trial)

    def _break(self, why: str) -> None:
        with self._changed:
            is_first = not (self._is_broken or self._is_closed)
            self._is_broken = True
        if is_first:
            _log.warning("Trials are done in this process alone: no other could be started for them (%s).", why)


def _tell_stopped(trial: _Trial) -> None:
    trial.emit(Stopped(message="Stopped before it began: nothing was kept."))
