"""All work in the background but trainings: asked for by key, shared by all who ask, stopped when nobody wants it.

Whoever asks has a wish, which lapses unless it is renewed: a page that looks every half second renews it, a browser
that was closed does not. Work without a wish is not begun, and is told to stop if it runs; what only the app wishes for
lets pages through first. What it came to is kept for those who ask next; a failure for a moment only.
"""

from __future__ import annotations

import atexit
import dataclasses
import itertools
import logging
import math
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

from recsys_core.errors import Cancelled, RecsysError
from recsys_core.jobs.threads import attention
from recsys_core.jobs.threads.worker import TENSORFLOW, Worker
from recsys_core.jobs.work import Lane, ShouldStop, Status, Work

POLLED = 15.0
"""Seconds that the wish of a page lasts between two looks. Browsers slow the clock of a tab in the background."""
CLICKED = 600.0
"""Seconds that the wish of a click lasts: long enough to look at other pages meanwhile."""
FOR_GOOD = math.inf
"""The wish of the app itself, which does not lapse."""

MOST_WISHES = 8
"""Unfinished wishes that a visitor may have: with one more, the oldest lapses."""
MOST_WISHES_FOR_GOOD = 50
"""The same for wishes that do not lapse by themselves."""
MOST_KEPT = 48
"""Results and failures kept; those not asked for longest go first."""
FAILURE_SECONDS = 60.0
"""How long a failure is remembered, so that a page that draws itself again does not try again each time."""

_log = logging.getLogger(__name__)


@dataclass
class _Wish:
    number: int
    renewed: float
    patience: float


@dataclass(eq=False)
class _Task:
    work: Work
    number: int
    status: Status = field(default_factory=Status)
    wishes: dict[str, _Wish] = field(default_factory=dict)
    touched: float = 0.0
    ended: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)


class Background:
    """Works and the wishes for them. All methods may be called from any thread, and none waits but `wait`."""

    def __init__(
        self,
        workers: Mapping[Lane, Worker],
        clock: Callable[[], float] = time.monotonic,
        let_pages_through: Callable[[ShouldStop], None] = attention.let_through,
    ) -> None:
        """`clock` gives seconds. `let_pages_through` waits between two steps of what only the app itself wants, as long
        as pages need the processor, unless what it is given says that the work is over."""
        self._let_pages_through = let_pages_through
        self._workers = workers
        self._clock = clock
        self._lock = threading.Lock()
        self._tasks: dict[Hashable, _Task] = {}
        self._numbers = itertools.count()
        self._is_closed = False

    def ask(self, work: Work, owner: str, patience: float = POLLED, *, again: bool = False) -> Status:
        """Wish for `work` in the name of `owner`, begin it unless it is known, and say where it stands.

        The wish lapses `patience` seconds after it was last renewed, by asking or looking. With `again`, what is known
        of it is forgotten first, if it is over.
        """
        with self._lock:
            self._tidy()
            task = self._tasks.get(work.key)
            if task is not None and again and task.status.is_over:
                self._forget(task)
                task = None
            if task is None:
                task = self._tasks[work.key] = _Task(work, next(self._numbers))
                self._begin(task)
            elif task.status.state == "waiting" and work.urgency < task.work.urgency:
                # Its old place in the queue is left empty.
                task.work = work
                self._begin(task)
            if not task.status.is_over:
                self._wish(task, owner, patience)
            return self._status(task, owner)

    def look(self, key: Hashable, owner: str = "") -> Status | None:
        """Where the work with this key stands, None if nothing is known of it; renews the wish of `owner`, if any."""
        with self._lock:
            self._tidy()
            task = self._tasks.get(key)
            if task is None:
                return None
            if owner in task.wishes:
                task.wishes[owner].renewed = self._clock()
            return self._status(task, owner)

    def withdraw(self, key: Hashable, owner: str) -> None:
        """Take back the wish of `owner`, if there is one."""
        with self._lock:
            task = self._tasks.get(key)
            if task is not None:
                task.wishes.pop(owner, None)
            self._tidy()

    def wait(self, key: Hashable, seconds: float) -> None:
        """Wait until the work with this key is over or forgotten, `seconds` at most."""
        with self._lock:
            task = self._tasks.get(key)
        if task is not None:
            task.over.wait(seconds)

    def close(self) -> None:
        """Tell all that runs to stop and begin nothing more."""
        with self._lock:
            self._is_closed = True
            self._tidy()

    def _begin(self, task: _Task) -> None:
        work = task.work
        # Asked for again more urgently, it is in the queue twice: the second time it is not waiting any more.
        self._workers[work.lane].when_idle(lambda gives_way: self._run(task, gives_way), work.urgency)

    def _run(self, task: _Task, gives_way: ShouldStop) -> None:
        with self._lock:
            self._tidy()
            if task.status.state != "waiting" or self._tasks.get(task.work.key) is not task:
                return
            work = task.work
            task.status = Status("running", message="")
        was_told_to_stop = False

        def is_over() -> bool:
            with self._lock:
                is_wanted = self._is_wanted(task)
            return gives_way() or not is_wanted

        def should_stop() -> bool:
            nonlocal was_told_to_stop
            if not was_told_to_stop:
                if not self._is_waited_for(task):
                    self._let_pages_through(is_over)
                was_told_to_stop = is_over()
            return was_told_to_stop

        def tell(fraction: float, message: str = "") -> None:
            now = task.status
            share = max(now.fraction or 0.0, min(float(fraction), 1.0))
            task.status = dataclasses.replace(now, fraction=share, message=message or now.message)

        try:
            end = Status("done", 1.0, "Done.", work.do(tell, should_stop))
        except Cancelled as error:
            if was_told_to_stop:
                self._stopped(task)
                return
            end = Status("failed", message=str(error))
        except RecsysError as error:
            end = Status("failed", message=str(error))
        except Exception as error:
            # The thread must outlive whatever a library does; the log has the traceback.
            _log.exception("%s failed", work.title)
            end = Status(
                "failed",
                message=f"{work.title} failed unexpectedly ({type(error).__name__}); the log of the app says why.",
            )
        with self._lock:
            task.status = end
            task.touched = task.ended = self._clock()
            task.wishes.clear()
            _let_go(task)
            task.over.set()
            if end.state == "done" and not work.is_kept:
                self._forget(task)

    def _stopped(self, task: _Task) -> None:
        """It gave way, or nobody wanted it: it waits again if somebody does."""
        with self._lock:
            task.status = Status()
            self._tidy()
            if self._tasks.get(task.work.key) is task:
                self._begin(task)

    def _wish(self, task: _Task, owner: str, patience: float) -> None:
        now = self._clock()
        mine = task.wishes.setdefault(owner, _Wish(next(self._numbers), now, patience))
        mine.renewed, mine.patience = now, max(mine.patience, patience)
        wished = [other for other in self._tasks.values() if owner in other.wishes]
        for other in wished:
            if other is not task and other.work.slot and other.work.slot == task.work.slot:
                del other.wishes[owner]
        wished = sorted(
            (other for other in wished if owner in other.wishes), key=lambda other: other.wishes[owner].number
        )
        most = MOST_WISHES_FOR_GOOD if patience == FOR_GOOD else MOST_WISHES
        for other in wished[: max(0, len(wished) - most)]:
            del other.wishes[owner]
        self._tidy()

    def _status(self, task: _Task, owner: str) -> Status:
        task.touched = self._clock()
        status = dataclasses.replace(task.status, is_own=owner in task.wishes)
        if status.state == "waiting":
            place = (task.work.urgency, task.number)
            ahead = sum(
                not other.status.is_over
                and other.work.lane == task.work.lane
                and (other.status.state == "running" or (other.work.urgency, other.number) < place)
                for other in self._tasks.values()
            )
            if ahead:
                status = dataclasses.replace(status, message=f"Waiting for {ahead} other{'s' if ahead != 1 else ''}.")
        return status

    def _is_wanted(self, task: _Task) -> bool:
        now = self._clock()
        return not self._is_closed and any(now - wish.renewed <= wish.patience for wish in task.wishes.values())

    def _is_waited_for(self, task: _Task) -> bool:
        """Whether anybody but the app itself has a wish for it."""
        with self._lock:
            return any(wish.patience != FOR_GOOD for wish in task.wishes.values())

    def _tidy(self) -> None:
        """Forget what nobody wants, old failures, and the results asked for longest ago where there are too many."""
        now = self._clock()
        for task in [*self._tasks.values()]:
            state = task.status.state
            if state == "waiting":
                if not self._is_wanted(task):
                    self._forget(task)
            elif state == "failed" and now - task.ended > FAILURE_SECONDS:
                self._forget(task)
        over = sorted((task for task in self._tasks.values() if task.status.is_over), key=lambda task: task.touched)
        for task in over[: max(0, len(over) - MOST_KEPT)]:
            self._forget(task)

    def _forget(self, task: _Task) -> None:
        if self._tasks.get(task.work.key) is task:
            del self._tasks[task.work.key]
        if task.status.state == "waiting":
            # Its place in the queue may be long in coming.
            _let_go(task)
        task.over.set()


def _let_go(task: _Task) -> None:
    """Of what the work needs, such as a run's embeddings: it will not be done again."""
    task.work = dataclasses.replace(task.work, do=lambda tell, should_stop: None)


_background = Background(
    {
        Lane.QUICK: Worker("quick-work", 2),
        Lane.PROJECTIONS: Worker("projections"),
        Lane.LONG: Worker("long-work"),
        Lane.TENSORFLOW: TENSORFLOW,
    }
)
ask = _background.ask
look = _background.look
withdraw = _background.withdraw
wait = _background.wait
atexit.register(_background.close)
