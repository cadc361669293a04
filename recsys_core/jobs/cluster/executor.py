"""Tasks done by the workers of a Dask cluster, one each, as though they were done here.

Each attempt at a job goes to one worker that was seen to fit. If that is lost, so is the attempt: what is still heard
of it counts no more, and another worker begins anew.
"""

from __future__ import annotations

import itertools
import time
import uuid
from dataclasses import dataclass
from typing import Any

from recsys_core.errors import RecsysError
from recsys_core.jobs.cluster.actor import Actor, line
from recsys_core.jobs.cluster.bringing import brought_home, data_for, data_name, run_for
from recsys_core.jobs.cluster.order import Order, Outcome, Told
from recsys_core.jobs.cluster.roster import Worker
from recsys_core.jobs.cluster.view import ClusterView
from recsys_core.jobs.cluster.watch import Patience, Watch
from recsys_core.jobs.messages import Failed, Queued, Saved, SaveFailed, StopHeard, Stopped, Task
from recsys_core.jobs.task import Emit, Store, Unsaved

MOST_LOSSES = 3
"""Workers that may be lost over one job before it fails: it may be what kills them."""
_LOOKED_AT_SECONDS = 60.0
"""How long after somebody has looked at the cluster it is still kept up to date."""
_PRIORITIES = {"train": 10, "find_learning_rate": 10, "try": 0}


@dataclass(eq=False)
class _Job:
    job_id: str
    task: Task
    emit: Emit
    number: int
    data_name: str
    attempt: int = 0
    worker: str = ""
    """Address of where this attempt is under way; empty while the job waits."""
    future: Any = None
    n_told: int = 0
    """Events of this attempt so far."""
    needs_data: bool = False
    losses: int = 0
    said: str = ""
    """Why it waits, as told last."""
    stop_asked: float | None = None
    is_stop_heard: bool = False

    @property
    def place(self) -> tuple[int, int]:
        return -_PRIORITIES[self.task.kind], self.number


class DaskExecutor:
    """An `Executor` over the workers of one scheduler. Nothing of Dask is imported before there is something to do.

    One thread, the actor's, owns all that is known of jobs and workers.
    """

    def __init__(self, address: str, store: Store, patience: Patience | None = None) -> None:
        self.address = address
        self._store = store
        self._patience = patience or Patience()
        self._topic = f"recsys-{uuid.uuid4().hex[:12]}"
        self._numbers = itertools.count()
        self._jobs: dict[str, _Job] = {}
        self._actor = Actor("dask-executor", self._tick, self._patience.look)
        self._watch = Watch(
            address, self._patience, self._actor, topic=self._topic,
            on_text=self._hear, on_lost=self._lost, on_gone=self._gone,
        )  # fmt: skip
        # Plain values that other threads read and write as well.
        self._looked_at = 0.0
        self._unsaved: tuple[str, Unsaved] | None = None
        self._view = ClusterView(address, False, f"Connecting to {address}.")

    def start(self, job_id: str, task: Task, emit: Emit) -> None:
        def begin() -> None:
            self._jobs[job_id] = _Job(job_id, task, emit, next(self._numbers), data_name(task))
            self._dispatch()

        self._actor.act(begin)

    def stop(self, job_id: str) -> None:
        self._actor.act(lambda: self._stop(job_id))

    def slots(self) -> int:
        """As many as workers that fit, as far as is known now; 1 at least."""
        return max(1, sum(each.state in ("ready", "busy") for each in self.cluster().workers))

    def keeps(self, job_id: str) -> bool:
        return self.unsaved(job_id) is not None

    def unsaved(self, job_id: str) -> Unsaved | None:
        """The trained model of a job that could not be saved, if it is still there."""
        unsaved = self._unsaved
        return unsaved[1] if unsaved is not None and unsaved[0] == job_id else None

    def save_again(self, job_id: str, emit: Emit) -> None:
        unsaved = self.unsaved(job_id)
        if unsaved is None:
            emit(SaveFailed(message="Another model that could not be saved took its place in memory."))
        else:
            self._actor.aside(lambda: self._save(job_id, unsaved, emit))

    def cluster(self) -> ClusterView:
        """As it was at the last look, half a second ago or so. Asking keeps it up to date, and waits for nothing."""
        self._looked_at = time.monotonic()
        self._actor.act(lambda: None)
        return self._view

    def close(self) -> None:
        """Let go of the cluster: what is under way there is given up."""
        self._actor.act(self._watch.close)
        self._actor.close()

    def _tick(self) -> None:
        now = time.monotonic()
        self._watch.look(is_wanted=bool(self._jobs) or now - self._looked_at < _LOOKED_AT_SECONDS)
        for job in [*self._jobs.values()]:
            if job.worker and job.stop_asked is not None and not job.is_stop_heard:
                self._retire_if_deaf(job, now - job.stop_asked)
        self._dispatch()
        self._view = self._watch.view(sum(not job.worker for job in self._jobs.values()))

    def _dispatch(self) -> None:
        """Give waiting jobs to free workers, trainings first, and say why the others wait."""
        waiting = sorted((job for job in self._jobs.values() if not job.worker), key=lambda job: job.place)
        free = self._watch.free()
        for job, worker in zip(waiting, free, strict=False):
            self._send(job, worker)
        why = self._watch.why_nobody()
        for job in waiting[len(free) :]:
            if why and why != job.said:
                job.said = why
                job.emit(Queued(message=why))

    def _send(self, job: _Job, worker: Worker) -> None:
        connection = self._watch.connection
        if connection is None:
            return
        job.attempt += 1
        job.worker, job.n_told, job.future, job.said = worker.address, 0, None, ""
        self._watch.assign(worker.address, job.job_id, job.task.label or job.task.run_name or job.task.kind)
        attempt, order, needs_data = job.attempt, self._order(job), job.needs_data

        def send() -> Any:
            run = run_for(job.task, self._store)
            data = data_for(job.task) if needs_data else None
            future = connection.send(order, worker.address, _PRIORITIES[job.task.kind], run, data)
            future.add_done_callback(lambda done: self._actor.act(lambda: self._done(job, attempt, done)))
            return future

        def sent(future: Any, problem: Exception | None) -> None:
            if not self._is_current(job, attempt):
                if future is not None:
                    self._actor.aside(future.cancel)
            elif problem is None:
                job.future = future
            elif isinstance(problem, RecsysError):
                self._end(job, Failed(message=str(problem)))
            else:
                self._again(job, f"It could not be sent to the worker {worker.name} ({line(problem)}).")

        self._actor.aside(send, sent)

    def _order(self, job: _Job) -> Order:
        return Order(job_id=job.job_id, attempt=job.attempt, topic=self._topic, task=job.task, data_name=job.data_name)

    def _is_current(self, job: _Job, attempt: int) -> bool:
        return self._jobs.get(job.job_id) is job and job.attempt == attempt and bool(job.worker)

    def _hear(self, text: str) -> None:
        told = Told.model_validate_json(text)
        job = self._jobs.get(told.job_id)
        if job is not None and self._is_current(job, told.attempt) and told.number >= job.n_told:
            job.n_told = told.number + 1
            # By the clock of this machine, as all that is said of a job.
            job.emit(told.event.model_copy(update={"at": time.time()}))

    def _done(self, job: _Job, attempt: int, future: Any) -> None:
        if not self._is_current(job, attempt):
            return
        if future.status in ("finished", "error"):
            self._actor.aside(future.result, lambda result, problem: self._came_of(job, attempt, result, problem))
        elif self._watch.is_up:
            self._again(job, f"The worker {self._watch.name(job.worker)} was lost.")
        # Else the scheduler is gone, as the watch is about to say.

    def _came_of(self, job: _Job, attempt: int, result: Any, problem: Exception | None) -> None:
        if not self._is_current(job, attempt):
            return
        name = self._watch.name(job.worker)
        if problem is not None:
            self._again(job, f"It broke off on the worker {name} ({line(problem)}).")
            return
        text, archive = result
        outcome = Outcome.model_validate_json(text)
        last = outcome.event
        if last is None and not job.needs_data:
            job.needs_data = True
            self._release(job)
            self._dispatch()
        elif last is None:
            self._end(job, Failed(message=f"The worker {name} could not use the ratings that it got."))
        elif isinstance(last, Saved):
            self._forget(job)
            self._actor.aside(lambda: self._save(job.job_id, brought_home(job.task, last, archive), job.emit))
        else:
            self._end(job, last.model_copy(update={"at": time.time()}))

    def _save(self, job_id: str, unsaved: Unsaved, emit: Emit) -> None:
        def keep(again: Unsaved) -> None:
            self._unsaved = (job_id, again)

        if unsaved.save(emit, self._store, keep) and self.keeps(job_id):
            self._unsaved = None

    def _stop(self, job_id: str) -> None:
        job = self._jobs.get(job_id)
        if job is None or job.stop_asked is not None:
            return
        if not job.worker:
            self._end(job, Stopped(message="Stopped before it began: nothing was kept."))
            return
        job.stop_asked = time.monotonic()
        connection, key, attempt, worker = self._watch.connection, self._order(job).key, job.attempt, job.worker

        def heard(_: Any, problem: Exception | None) -> None:
            if problem is None and self._is_current(job, attempt):
                job.is_stop_heard = True
                job.emit(StopHeard(by=self._watch.name(worker)))

        if connection is not None:
            self._actor.aside(lambda: connection.stop(key, worker), heard)

    def _retire_if_deaf(self, job: _Job, seconds: float) -> None:
        if seconds > self._patience.stop:
            address, name = job.worker, self._watch.name(job.worker)
            self._end(
                job, Stopped(message=f"Stopped: the worker {name} did not answer and was retired; nothing was kept.")
            )
            self._watch.retire(address)

    def _lost(self, worker: Worker) -> None:
        for job in [*self._jobs.values()]:
            if job.worker == worker.address:
                self._again(job, f"The worker {worker.name} was lost.")

    def _gone(self, problem: str) -> None:
        for job in [*self._jobs.values()]:
            if job.worker:
                self._again(job, problem, is_counted=False)

    def _again(self, job: _Job, why: str, *, is_counted: bool = True) -> None:
        """This attempt is over without an outcome: the job waits for another worker."""
        self._release(job)
        job.losses += is_counted
        if job.stop_asked is not None:
            self._end(job, Stopped(message=f"Stopped. {why} Nothing was kept."))
        elif job.losses >= MOST_LOSSES:
            self._end(job, Failed(message=f"{why} It was tried {MOST_LOSSES} times and is not tried again."))
        else:
            job.said = why
            job.emit(Queued(message=f"{why} It will be done again from its beginning."))

    def _end(self, job: _Job, last: Any) -> None:
        self._forget(job)
        job.emit(last)

    def _forget(self, job: _Job) -> None:
        self._release(job)
        self._jobs.pop(job.job_id, None)

    def _release(self, job: _Job) -> None:
        """Its attempt is over: the worker is free again, and if it is still at it, it is to give up."""
        self._watch.assign(job.worker)
        job.worker = ""
        if job.future is not None:
            self._actor.aside(job.future.cancel)
            job.future = None
