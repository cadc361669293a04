"""Tasks done in this process, one at a time, on the thread that owns TensorFlow."""

from __future__ import annotations

import threading
from collections.abc import Callable

from recsys_core.errors import Cancelled
from recsys_core.jobs.messages import Event, Queued, SaveFailed, Stopped, Task
from recsys_core.jobs.task import Emit, Store, Unsaved, run_task
from recsys_core.jobs.threads import worker
from recsys_core.jobs.threads.worker import Urgency


class LocalExecutor:
    """An `Executor` on the thread of `worker.py`: first come, first served, and trials when nothing else waits."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._stops: dict[str, threading.Event] = {}
        self._unsaved: tuple[str, Unsaved] | None = None
        """The last model that could not be saved: one, as each may take much memory."""

    def start(self, job_id: str, task: Task, emit: Emit) -> None:
        stop = threading.Event()
        with self._lock:
            self._stops[job_id] = stop
        if task.kind == "try":
            worker.when_idle(lambda gives_way: self._try(job_id, task, emit, stop, gives_way), Urgency.SOON)
        else:
            worker.call(self._do, job_id, task, emit, stop)

    def stop(self, job_id: str) -> None:
        with self._lock:
            stop = self._stops.get(job_id)
        if stop is not None:
            stop.set()

    def slots(self) -> int:
        return 1

    def keeps(self, job_id: str) -> bool:
        unsaved = self._unsaved
        return unsaved is not None and unsaved[0] == job_id

    def save_again(self, job_id: str, emit: Emit) -> None:
        worker.call(self._save, job_id, emit)

    def _do(self, job_id: str, task: Task, emit: Emit, stop: threading.Event) -> None:
        try:
            run_task(task, emit, stop.is_set, self._store, lambda unsaved: self._keep(job_id, unsaved))
        finally:
            with self._lock:
                del self._stops[job_id]

    def _try(self, job_id: str, task: Task, emit: Emit, stop: threading.Event, gives_way: Callable[[], bool]) -> None:
        """Raises `Cancelled` where the trial gives way to something more urgent: then it is done anew afterwards."""
        gave_way = False

        def should_stop() -> bool:
            nonlocal gave_way
            gave_way = gave_way or gives_way()
            return stop.is_set() or gave_way

        def tell(event: Event) -> None:
            # It ends for now, and not for whoever asked for it.
            is_pause = isinstance(event, Stopped) and gave_way and not stop.is_set()
            emit(Queued() if is_pause else event)
            if is_pause:
                raise Cancelled("The trial gave way.")

        run_task(task, tell, should_stop, self._store)
        with self._lock:
            del self._stops[job_id]

    def _keep(self, job_id: str, unsaved: Unsaved) -> None:
        self._unsaved = (job_id, unsaved)

    def _save(self, job_id: str, emit: Emit) -> None:
        if self._unsaved is None or self._unsaved[0] != job_id:
            emit(SaveFailed(message="Another model that could not be saved took its place in memory."))
            return
        _, unsaved = self._unsaved
        if unsaved.save(emit, self._store, lambda again: None):
            self._unsaved = None
