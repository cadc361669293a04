"""Projections in the background, one at a time: pages submit them, poll their status and cancel them."""

from __future__ import annotations

import logging
import threading
import uuid
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from recsys_core.errors import Cancelled, QueryError, RecsysError
from recsys_core.maps.projection import Projection, ProjectionSpec, cached_projection, project_run
from recsys_core.runs.run import Run

STATES = ("queued", "running", "done", "failed", "cancelled")
_MAX_REMEMBERED = 100

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProjectionStatus:
    """Where a projection stands: plain data, a snapshot."""

    job_id: str
    run_name: str
    spec: ProjectionSpec
    state: str
    """One of `STATES`."""
    progress: float
    """Share done, 0 to 1."""
    message: str
    """What is going on, or went wrong, in a sentence."""

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")


@dataclass
class _Job:
    id: str
    run: Run
    spec: ProjectionSpec
    owners: set[str] = field(default_factory=set)
    state: str = "queued"
    progress: float = 0.0
    message: str = ""
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def key(self) -> tuple[str, str]:
        return str(self.run.path), self.spec.key()


class ProjectionQueue:
    """A queue and its one worker thread. Whoever asks for what another has asked for already shares that job."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="projections")

    def submit(self, run: Run, spec: ProjectionSpec, owner: str = "") -> str:
        """Ask for a projection; returns the id of its job. `owner` names who asks, such as a browser session.

        Raises `RunError` if the run is gone.
        """
        is_cached = cached_projection(run, spec) is not None
        with self._lock:
            job = _Job(uuid.uuid4().hex, run, spec, {owner})
            for other in self._jobs.values():
                if other.key == job.key and other.state in ("queued", "running") and not other.cancelled.is_set():
                    other.owners.add(owner)
                    return other.id
            self._jobs[job.id] = job
            while len(self._jobs) > _MAX_REMEMBERED and self._forget_oldest():
                pass
            if is_cached:
                job.state, job.progress = "done", 1.0
            else:
                self._worker.submit(self._work, job)
            return job.id

    def status(self, job_id: str) -> ProjectionStatus:
        """Raises `QueryError` if there is no such job (any more)."""
        with self._lock:
            job = self._find(job_id)
            message = job.message
            if job.state == "queued":
                ahead = sum(other.state in ("queued", "running") for other in self._jobs.values() if other is not job)
                message = f"Waiting for {ahead} other{'s' if ahead != 1 else ''}" if ahead else "Starting"
            return ProjectionStatus(job.id, job.run.name, job.spec, job.state, job.progress, message)

    def cancel(self, job_id: str, owner: str = "") -> None:
        """Withdraw `owner`'s wish; the job stops when nobody is left who wants it. Raises `QueryError`."""
        with self._lock:
            job = self._find(job_id)
            job.owners.discard(owner)
            if not job.owners and job.state in ("queued", "running"):
                job.cancelled.set()
                if job.state == "queued":
                    job.state, job.message = "cancelled", "Cancelled"

    def result(self, job_id: str) -> Projection:
        """What a job that is done has drawn. Raises `QueryError` if it is not done, `RunError` if the run is gone."""
        with self._lock:
            job = self._find(job_id)
        if job.state != "done":
            raise QueryError(f"The projection must be done. Received: one that is {job.state}.")
        return project_run(job.run, job.spec)

    def _find(self, job_id: str) -> _Job:
        if job_id not in self._jobs:
            raise QueryError(f"`job_id` must be the id of a projection. Received: {job_id!r}, which is not known.")
        return self._jobs[job_id]

    def _forget_oldest(self) -> bool:
        for job in self._jobs.values():
            if job.state not in ("queued", "running"):
                del self._jobs[job.id]
                return True
        return False

    def _work(self, job: _Job) -> None:
        if not self._set(job, "running", "Drawing the map"):
            return

        def on_progress(share: float) -> None:
            with self._lock:
                job.progress = max(job.progress, min(share, 1.0))

        try:
            project_run(job.run, job.spec, on_progress=on_progress, should_stop=job.cancelled.is_set)
        except Cancelled:
            self._set(job, "cancelled", "Cancelled")
        except RecsysError as error:
            self._set(job, "failed", str(error))
        except Exception:
            # The worker must outlive whatever a library does; the log has the traceback.
            _log.exception("A projection of run %s failed", job.run.name)
            self._set(job, "failed", "The projection failed unexpectedly; the log of the app says why.")
        else:
            self._set(job, "done", "Done")

    def _set(self, job: _Job, state: str, message: str) -> bool:
        with self._lock:
            if job.state == "cancelled":
                return False
            job.state, job.message = state, message
            if state == "done":
                job.progress = 1.0
            return True


_queue = ProjectionQueue()
submit = _queue.submit
status = _queue.status
cancel = _queue.cancel
result = _queue.result
