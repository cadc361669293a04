"""The board of jobs: submit a task, look at its status, stop it. Pages know these words and not who does the work.

An `Executor` does it, in this process or elsewhere, and sends back events; a status is what they add up to.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from recsys_core.errors import JobError, RecsysError, quoted
from recsys_core.jobs import quality_jobs
from recsys_core.jobs.executors import executor
from recsys_core.jobs.executors.executor import Executor
from recsys_core.jobs.messages import Event, Queued, Saved, Saving, StopAsked, Stopped, Task
from recsys_core.jobs.preparing import load_split
from recsys_core.jobs.records import Record, Records
from recsys_core.jobs.status import JobStatus, fold, new_status
from recsys_core.jobs.task import RunsFolder, Store, checked
from recsys_core.jobs.threads import worker
from recsys_core.jobs.work import works_ahead
from recsys_core.models.summary import ModelSummary
from recsys_core.runs.store import runs_dir
from recsys_core.settings.train_config import TrainConfig

MAX_REMEMBERED = 50
MAX_QUEUED = 20
MAX_QUEUED_PER_VISITOR = 5

_log = logging.getLogger(__name__)


class Board:
    """Jobs of one process, as far back as they are remembered."""

    def __init__(
        self,
        executor: Executor,
        store: Store,
        *,
        records: Records | None = None,
        on_saved: Callable[[str], None] = lambda run_name: None,
    ) -> None:
        """on_saved: called with a run's name before its job is shown as over, on the thread that the news came by."""
        self._executor = executor
        self._store = store
        self._records = records
        self._on_saved = on_saved
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, _Job] = OrderedDict()

    def submit(self, task: Task, visitor: str = "") -> str:
        """Queue a task and return its job's id. visitor: who asks, such as a browser session; empty for no one.

        Raises `ConfigError`, `DataError`, `RunError` for what can be seen to be wrong at once, `JobError` where too
        many jobs wait.
        """
        task = checked(task, self._store)
        with self._lock:
            self._check_room(visitor)
            job_id = uuid.uuid4().hex[:12]
            self._jobs[job_id] = _Job(new_status(job_id, self._named_apart(task)), visitor)
            for old in [key for key, job in self._jobs.items() if job.status.is_over][:-MAX_REMEMBERED]:
                del self._jobs[old]
            task = self._jobs[job_id].status.task
        self._hear(job_id, Queued())
        self._executor.start(job_id, task, lambda event: self._hear(job_id, event))
        return job_id

    def status(self, job_id: str) -> JobStatus:
        """Raises `JobError` for an id that is not known (any more)."""
        with self._lock:
            now = self._find(job_id).status
            before = itertools.takewhile(lambda key: key != job_id, self._jobs)
            place = sum(not self._jobs[key].status.is_over for key in before) if now.state == "queued" else 0
        return now.at(time.time(), place)

    def stop(self, job_id: str) -> None:
        """Ask a job to stop: a queued one is forgotten, a running one keeps what it has learned. Raises `JobError`."""
        state = self.status(job_id).state
        self._hear(job_id, StopAsked())
        self._executor.stop(job_id)
        if state == "queued":
            self._hear(job_id, Stopped(message="Stopped before it began: nothing was kept."))

    def active(self) -> list[JobStatus]:
        """The jobs that are not over, the running one first."""
        with self._lock:
            waiting = [job_id for job_id, job in self._jobs.items() if not job.status.is_over]
        return [self.status(job_id) for job_id in waiting]

    def can_save_again(self, job_id: str) -> bool:
        """Whether the model of a job that could not be saved is still in memory."""
        return self.status(job_id).state == "unsaved" and self._executor.keeps(job_id)

    def save_again(self, job_id: str) -> None:
        """Try to save it once more; the job's status tells how it goes. Raises `JobError` if it is not kept."""
        if self.status(job_id).state != "unsaved":
            return
        if not self._executor.keeps(job_id):
            raise JobError("The last model that could not be saved is kept, no other. Received: one of an earlier job.")
        # From now on, not only once it is its turn, so that nobody asks a second time.
        self._hear(job_id, Saving())
        self._executor.save_again(job_id, lambda event: self._hear(job_id, event))

    def interrupted(self) -> list[Record]:
        """Jobs of earlier processes on this folder of runs that ended in the middle, newest first."""
        return self._records.interrupted() if self._records else []

    def dismiss(self, job_id: str) -> None:
        """Do not list this interrupted job any more."""
        if self._records:
            self._records.dismiss(job_id)

    def _hear(self, job_id: str, event: Event) -> None:
        if isinstance(event, Saved):
            self._tell_saved(event.run_name)
        with self._lock:
            if job_id not in self._jobs:
                return
            job = self._jobs[job_id]
            before, job.status = job.status, fold(job.status, event)
            after = job.status
        is_step = after.state == "preparing" or after.is_over or isinstance(event, Queued)
        if self._records and is_step and (after.state != before.state or isinstance(event, Queued)):
            self._records.write(after)

    def _tell_saved(self, run_name: str) -> None:
        try:
            self._on_saved(run_name)
        except RecsysError as error:
            # The run may be gone again; that it was saved is true all the same.
            _log.warning("after saving %s: %s", run_name, error)

    def _find(self, job_id: str) -> _Job:
        if job_id not in self._jobs:
            raise JobError(f"`job_id` must be the id of a job of this server. Received: {quoted(job_id)}")
        return self._jobs[job_id]

    def _check_room(self, visitor: str) -> None:
        waiting = [job for job in self._jobs.values() if not job.status.is_over]
        if len(waiting) >= MAX_QUEUED:
            raise JobError(f"At most {MAX_QUEUED} jobs may wait. Wait for one to finish.")
        if visitor and sum(job.visitor == visitor for job in waiting) >= MAX_QUEUED_PER_VISITOR:
            raise JobError(
                f"At most {MAX_QUEUED_PER_VISITOR} jobs of one visitor may wait. Wait for one to finish, or stop one."
            )

    def _named_apart(self, task: Task) -> Task:
        """Two jobs of the same second are told apart by name."""
        taken = {job.status.run_name for job in self._jobs.values()}
        if task.run_name is None or task.run_name not in taken:
            return task
        names = (f"{task.run_name}-{number}" for number in itertools.count(2))
        return task.model_copy(update={"run_name": next(name for name in names if name not in taken)})


@dataclass
class _Job:
    status: JobStatus
    visitor: str


def summarize(config: TrainConfig, data_set: str | None = None) -> Future[ModelSummary]:
    """The layers and parameters that `config` makes of the data."""

    def build() -> ModelSummary:
        from recsys_core.models.summary import summarize_model
        from recsys_core.training.backend import tensorflow

        _, split = load_split(Task(config=config, data_set=data_set))
        return summarize_model(tensorflow()[1], config, split.n_users, split.n_movies, split.rating_range)

    return worker.call(build)


def _measure(run_name: str) -> None:
    if works_ahead():
        quality_jobs.ensure_measured(_store.find(run_name))


_store = RunsFolder()
_board = Board(executor(), _store, records=Records(runs_dir), on_saved=_measure)
submit = _board.submit
status = _board.status
stop = _board.stop
active = _board.active
can_save_again = _board.can_save_again
save_again = _board.save_again
interrupted = _board.interrupted
dismiss = _board.dismiss
