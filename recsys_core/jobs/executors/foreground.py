"""A task done while a command waits for it, in this process or on a cluster."""

from __future__ import annotations

import threading

from recsys_core.jobs.cluster.connection import Connection
from recsys_core.jobs.cluster.executor import DaskExecutor
from recsys_core.jobs.messages import LAST_EVENTS, Event, Task
from recsys_core.jobs.task import Emit, Store, Unsaved, run_task

CONNECT_SECONDS = 10.0


def do(task: Task, emit: Emit, store: Store, scheduler: str | None = None) -> Unsaved | None:
    """Do `task`, on the cluster of `scheduler` if one is given, and return the trained model if it could not be saved.

    Ctrl+C gives a task on a cluster up. Raises `JobError` if nobody answers there.
    """
    if scheduler is None:
        unsaved: list[Unsaved] = []
        run_task(task, emit, lambda: False, store, unsaved.append)
        return unsaved[-1] if unsaved else None
    # Here nobody waits for a scheduler to come: that there is none is said at once.
    Connection(scheduler, CONNECT_SECONDS).close()
    executor, over = DaskExecutor(scheduler, store), threading.Event()

    def tell(event: Event) -> None:
        emit(event)
        if isinstance(event, LAST_EVENTS):
            over.set()

    executor.start("command", task, tell)
    try:
        over.wait()
        return executor.unsaved("command")
    finally:
        executor.close()
