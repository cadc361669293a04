"""Threads that do one thing after the other, the urgent first; one of them owns TensorFlow.

Keras is not thread-safe and its session is global, so everything that touches TensorFlow runs on `TENSORFLOW`, a task
at a time.
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


class Worker:
    """Daemon threads, begun when first needed, that take what is asked of them from one queue."""

    def __init__(self, name: str, n_threads: int = 1) -> None:
        # The number keeps tasks of one urgency in order.
        self._tasks: queue.PriorityQueue[tuple[int, int, Callable[[], None] | None]] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._threads = [threading.Thread(target=self._work, name=name, daemon=True) for _ in range(n_threads)]
        self._starting = threading.Lock()

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run `function` on a thread of this worker, after what was asked of it before."""
        future: Future[T] = Future()

        def run() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function(*args, **kwargs))
                except Exception as error:
                    future.set_exception(error)

        self._put(run, Urgency.NOW)
        return future

    def when_idle(self, function: Callable[[Callable[[], bool]], T], urgency: Urgency = Urgency.SOMETIME) -> Future[T]:
        """Run `function` on a thread of this worker once nothing more urgent waits.

        It is given `should_stop`, which says whether something more urgent has come. It should then raise `Cancelled`,
        as soon as it can: it is run again, from its beginning, when the thread is idle again.
        """
        future: Future[T] = Future()

        def should_stop() -> bool:
            return self._has_waiting(urgency)

        def run() -> None:
            if not future.running() and not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(function(should_stop))
            except Exception as error:
                if isinstance(error, Cancelled) and should_stop():
                    self._put(run, urgency)
                else:
                    future.set_exception(error)

        self._put(run, urgency)
        return future

    def close(self) -> None:
        """End the threads once they have done what they were asked before."""
        with self._starting:
            for thread in self._threads:
                if thread.ident is not None:
                    self._tasks.put((len(Urgency), next(self._numbers), None))
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _put(self, task: Callable[[], None], urgency: Urgency) -> None:
        with self._starting:
            for thread in self._threads:
                if thread.ident is None:
                    thread.start()
        self._tasks.put((urgency, next(self._numbers), task))

    def _has_waiting(self, before: Urgency) -> bool:
        """Whether a task more urgent than `before` waits."""
        with self._tasks.mutex:
            return bool(self._tasks.queue) and self._tasks.queue[0][0] < before

    def _work(self) -> None:
        while (task := self._tasks.get()[2]) is not None:
            task()


TENSORFLOW = Worker("tensorflow-worker")
"""The one thread that owns TensorFlow."""
call = TENSORFLOW.call
when_idle = TENSORFLOW.when_idle
