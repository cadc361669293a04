"""Tasks done on this machine: on the thread that owns TensorFlow, one at a time, and trials in child processes too."""

from __future__ import annotations

import threading

from recsys_core.jobs.executors.trials import Trials
from recsys_core.jobs.messages import SaveFailed, Task
from recsys_core.jobs.task import Emit, Store, Unsaved, run_task
from recsys_core.jobs.threads import worker


class LocalExecutor:
    """An `Executor` on the thread of `worker.py`: first come, first served. Trials give way to all others."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._trials = Trials(store)
        self._lock = threading.Lock()
        self._stops: dict[str, threading.Event] = {}
        self._unsaved: tuple[str, Unsaved] | None = None
        """The last model that could not be saved: one, as each may take much memory."""

    def start(self, job_id: str, task: Task, emit: Emit) -> None:
        if task.kind == "try":
            self._trials.start(job_id, task, emit)
            return
        stop = threading.Event()
        with self._lock:
            self._stops[job_id] = stop
        self._trials.give_way(job_id, task)
        worker.call(self._do, job_id, task, emit, stop)

    def stop(self, job_id: str) -> None:
        with self._lock:
            stop = self._stops.get(job_id)
        if stop is not None:
            stop.set()
        self._trials.stop(job_id)

    def slots(self) -> int:
        return self._trials.slots()

    def keeps(self, job_id: str) -> bool:
        unsaved = self._unsaved
        return unsaved is not None and unsaved[0] == job_id

    def save_again(self, job_id: str, emit: Emit) -> None:
        worker.call(self._save, job_id, emit)

    def close(self) -> None:
        """End the processes that do trials: what they are at is given up."""
        self._trials.close()

    def _do(self, job_id: str, task: Task, emit: Emit, stop: threading.Event) -> None:
        try:
            run_task(task, emit, stop.is_set, self._store, lambda unsaved: self._keep(job_id, unsaved))
        finally:
            with self._lock:
                del self._stops[job_id]
            self._trials.go_on(job_id)

    def _keep(self, job_id: str, unsaved: Unsaved) -> None:
        self._unsaved = (job_id, unsaved)

    def _save(self, job_id: str, emit: Emit) -> None:
        if self._unsaved is None or self._unsaved[0] != job_id:
            emit(SaveFailed(message="Another model that could not be saved took its place in memory."))
            return
        _, unsaved = self._unsaved
        if unsaved.save(emit, self._store, lambda again: None):
            self._unsaved = None
