"""The one thread that owns TensorFlow: what is asked of it is done in turn, and what can wait gives way.

Keras is not thread-safe and its session is global, so everything that touches TensorFlow runs here, a task at a time.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from enum import IntEnum
from typing import ParamSpec, TypeVar

from recsys_core.errors import Cancelled

P = ParamSpec("P")
T = TypeVar("T")


class Urgency(IntEnum):
    """What comes first; among tasks of one urgency, the first come."""

    NOW = 0
    """Trainings, and what somebody looks at a page for."""
    SOON = 1
    """Work of a second or so that nobody is held up by."""
    SOMETIME = 2
    """Longer work, for a thread that has nothing else to do."""


def call(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """Run `function` on the thread that owns TensorFlow, after what was asked of it before."""
    future: Future[T] = Future()

    def run() -> None:
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(function(*args, **kwargs))
            except Exception as error:
                future.set_exception(error)

    _worker.put(run, Urgency.NOW)
    return future


def when_idle(function: Callable[[Callable[[], bool]], T], urgency: Urgency = Urgency.SOMETIME) -> Future[T]:
    """Run `function` on the thread that owns TensorFlow once nothing more urgent waits.

    It is given `should_stop`, which says whether something more urgent has come. It should then raise `Cancelled`, as
    soon as it can: it is run again, from its beginning, when the thread is idle again.
    """
    future: Future[T] = Future()

    def should_stop() -> bool:
        return _worker.has_waiting(urgency)

    def run() -> None:
        if not future.running() and not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(function(should_stop))
        except Exception as error:
            if isinstance(error, Cancelled) and should_stop():
                _worker.put(run, urgency)
            else:
                future.set_exception(error)

    _worker.put(run, urgency)
    return future


class _Worker:
    def __init__(self) -> None:
        # The number keeps tasks of one urgency in order.
        self._tasks: queue.PriorityQueue[tuple[Urgency, int, Callable[[], None]]] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._thread = threading.Thread(target=self._work, name="tensorflow-worker", daemon=True)
        self._starting = threading.Lock()

    def put(self, task: Callable[[], None], urgency: Urgency) -> None:
        with self._starting:
            if self._thread.ident is None:
                self._thread.start()
        self._tasks.put((urgency, next(self._numbers), task))

    def has_waiting(self, before: Urgency) -> bool:
        """Whether a task more urgent than `before` waits."""
        with self._tasks.mutex:
            return bool(self._tasks.queue) and self._tasks.queue[0][0] < before

    def _work(self) -> None:
        while True:
            self._tasks.get()[2]()


_worker = _Worker()
