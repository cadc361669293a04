import threading

import pytest

from recsys_core.errors import Cancelled, ProjectionError, QueryError
from recsys_core.jobs import projection_jobs
from recsys_core.jobs.projection_jobs import ProjectionQueue
from recsys_core.maps.projection import ProjectionSpec
from tests.exploring import blobs, write_run

WAIT = 60


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "run", blobs()[0])


class SlowProjection:
    """Stands in for `project_run`: starts, then waits until it is told to end."""

    def __init__(self):
        self.started = threading.Semaphore(0)
        self.may_end = threading.Event()
        self.calls = []

    def __call__(self, run, spec, *, on_progress, should_stop):
        self.calls.append(spec)
        on_progress(0.5)
        self.started.release()
        for _ in range(100 * WAIT):
            if should_stop():
                raise Cancelled("stopped")
            if self.may_end.wait(0.01):
                return
        raise AssertionError("nobody let the projection end")


@pytest.fixture
def slow(monkeypatch):
    stand_in = SlowProjection()
    monkeypatch.setattr(projection_jobs, "project_run", stand_in)
    yield stand_in
    stand_in.may_end.set()


def finish(queue):
    queue._worker.shutdown(wait=True)


def test_a_job_runs_and_its_result_is_there(run):
    queue = ProjectionQueue()
    job_id = queue.submit(run, ProjectionSpec(method="pca"))
    finish(queue)
    status = queue.status(job_id)
    assert (status.state, status.progress, status.run_name) == ("done", 1.0, "run")
    assert status.is_over
    assert queue.result(job_id).coordinates.shape == (240, 2)


def test_what_is_known_already_is_done_at_once(run):
    queue = ProjectionQueue()
    queue.submit(run, ProjectionSpec(method="pca"))
    finish(queue)
    assert queue.status(queue.submit(run, ProjectionSpec(method="pca"))).state == "done"


def test_progress_and_waiting_are_told(run, slow):
    queue = ProjectionQueue()
    first = queue.submit(run, ProjectionSpec(seed=1))
    assert slow.started.acquire(timeout=WAIT)
    second = queue.submit(run, ProjectionSpec(seed=2))
    assert (queue.status(first).state, queue.status(first).progress) == ("running", 0.5)
    assert (queue.status(second).state, queue.status(second).message) == ("queued", "Waiting for 1 other")
    with pytest.raises(QueryError, match="running"):
        queue.result(first)
    slow.may_end.set()
    finish(queue)
    assert queue.status(second).state == "done"


def test_two_browsers_asking_for_the_same_share_one_job(run, slow):
    queue = ProjectionQueue()
    first = queue.submit(run, ProjectionSpec(), owner="one")
    assert slow.started.acquire(timeout=WAIT)
    assert queue.submit(run, ProjectionSpec(), owner="two") == first
    queue.cancel(first, owner="one")
    assert queue.status(first).state == "running"
    slow.may_end.set()
    finish(queue)
    assert queue.status(first).state == "done"
    assert len(slow.calls) == 1


def test_a_running_job_stops_when_its_last_owner_cancels(run, slow):
    queue = ProjectionQueue()
    job_id = queue.submit(run, ProjectionSpec(), owner="one")
    assert slow.started.acquire(timeout=WAIT)
    queue.cancel(job_id, owner="one")
    finish(queue)
    assert queue.status(job_id).state == "cancelled"


def test_a_queued_job_that_is_cancelled_never_starts(run, slow):
    queue = ProjectionQueue()
    queue.submit(run, ProjectionSpec(seed=1))
    assert slow.started.acquire(timeout=WAIT)
    second = queue.submit(run, ProjectionSpec(seed=2))
    queue.cancel(second)
    assert queue.status(second).state == "cancelled"
    slow.may_end.set()
    finish(queue)
    assert [spec.seed for spec in slow.calls] == [1]


def test_asking_again_after_cancelling_starts_anew(run, slow):
    queue = ProjectionQueue()
    first = queue.submit(run, ProjectionSpec())
    assert slow.started.acquire(timeout=WAIT)
    queue.cancel(first)
    second = queue.submit(run, ProjectionSpec())
    assert second != first
    slow.may_end.set()
    finish(queue)
    assert queue.status(second).state == "done"


@pytest.mark.parametrize(
    ("error", "message"),
    [(ProjectionError("Too few movies."), "Too few movies."), (ZeroDivisionError(), "unexpectedly")],
)
def test_a_failure_is_told_and_the_worker_goes_on(run, monkeypatch, error, message):
    def fail(run, spec, **kwargs):
        raise error

    queue = ProjectionQueue()
    with monkeypatch.context() as patched:
        patched.setattr(projection_jobs, "project_run", fail)
        failed = queue.submit(run, ProjectionSpec())
        queue._worker.submit(lambda: None).result(WAIT)
    assert queue.status(failed).state == "failed"
    assert message in queue.status(failed).message
    after = queue.submit(run, ProjectionSpec(method="pca"))
    finish(queue)
    assert queue.status(after).state == "done"


def test_an_unknown_job(run):
    with pytest.raises(QueryError, match="job_id"):
        ProjectionQueue().status("nonsense")
