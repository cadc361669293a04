"""Measuring in the background: by itself after a training, once for all who ask, and whatever becomes of the run."""

import dataclasses
import shutil
import threading
import time

import pytest

from recsys_core.data.split import split_ratings
from recsys_core.jobs import background, board, quality_jobs
from recsys_core.jobs.background import POLLED
from recsys_core.jobs.messages import Task
from recsys_core.jobs.quality_jobs import APP, ensure_measured, quality_work, stability_work
from recsys_core.jobs.threads import worker
from recsys_core.quality.measuring import quality_report
from recsys_core.quality.report import SEEDS, QualityReport, cached_report
from recsys_core.runs.store import find_run
from recsys_core.runs.writer import train
from recsys_core.settings.train_config import Phase, TrainConfig
from tests.exploring import run_info

QUICK = TrainConfig(
    user_embedding_size=4, movie_embedding_size=4, batch_size=1024, n_ratings=30_000, phases=(Phase(1e-3, 1),)
)


def wait_until(happened, seconds=60):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.02)


@pytest.fixture
def run(built_in, tmp_path):
    return train(split_ratings(built_in, QUICK), QUICK, tmp_path / "quick")


def test_a_training_is_measured_by_itself_unless_told_otherwise(tmp_path, monkeypatch):
    monkeypatch.setenv("RECSYS_RUNS_DIR", str(tmp_path))

    def trained():
        job_id = board.submit(Task(config=QUICK))
        wait_until(lambda: board.status(job_id).is_over)
        return find_run(board.status(job_id).run_name)

    monkeypatch.setenv("RECSYS_WORK_AHEAD", "no")
    unmeasured = trained()
    assert quality_jobs.measurement(unmeasured) is None
    monkeypatch.delenv("RECSYS_WORK_AHEAD")
    run = trained()
    wait_until(lambda: quality_jobs.measurement(run) is None)
    assert cached_report(unmeasured) is None
    report = cached_report(run)
    assert isinstance(report, QualityReport)
    # Each seed draws other ratings, and so other movies: that would compile anew, and waits until somebody asks.
    assert report.seeds == (0,)


def test_a_run_is_trained_again_without_asking_only_where_that_is_cheap(run, monkeypatch):
    info = run_info()
    config = info.config
    monkeypatch.setattr(quality_jobs, "training_seconds", lambda run: 1.0)
    for changes, expected in (
        ({}, True),
        ({"status": "stopped"}, False),
        ({"continued_from": "another"}, False),
        ({"config": dataclasses.replace(config, unseen="drop")}, False),
        ({"config": dataclasses.replace(config, n_ratings=20_000)}, False),
    ):
        like = dataclasses.replace(run)
        like.__dict__["info"] = info.model_copy(update=changes)
        assert quality_jobs.is_cheap_to_train(like) == expected, changes
    monkeypatch.setattr(quality_jobs, "training_seconds", lambda run: quality_jobs.CHEAP_SECONDS + 1)
    like.__dict__["info"] = info
    assert not quality_jobs.is_cheap_to_train(like)


def test_two_who_ask_share_one_measurement_and_a_training_comes_first(run, monkeypatch):
    measured, order = [], []

    def measure(run, *, n_seeds, on_progress, should_stop):
        order.append("measured")
        measured.append(n_seeds)
        return "report"

    monkeypatch.setattr(quality_jobs, "quality_report", measure)
    release = threading.Event()
    worker.call(release.wait, 60)
    for owner in ("one", "two"):
        background.ask(stability_work(run), owner)
    assert quality_jobs.measurement(run).state == "waiting"
    worker.call(order.append, "called")
    release.set()
    wait_until(lambda: quality_jobs.measurement(run) is None)
    assert order == ["called", "measured"]
    assert measured == [SEEDS]


def test_what_is_lacking_is_measured_and_nothing_twice(run, monkeypatch):
    measured = []

    def measure(run, *, n_seeds, **options):
        measured.append(n_seeds)
        return quality_report(run, n_seeds=1)

    monkeypatch.setattr(quality_jobs, "quality_report", measure)
    monkeypatch.setattr(quality_jobs, "is_cheap_to_train", lambda run: True)
    ensure_measured(run)
    wait_until(lambda: quality_jobs.measurement(run) is None)
    assert measured == [1, SEEDS]
    monkeypatch.setattr(quality_jobs, "is_cheap_to_train", lambda run: False)
    ensure_measured(run)
    assert quality_jobs.measurement(run) is None


def test_a_visitor_who_leaves_does_not_end_what_the_app_measures(run, monkeypatch):
    monkeypatch.setattr(quality_jobs, "is_cheap_to_train", lambda run: False)
    release = threading.Event()
    worker.call(release.wait, 60)
    ensure_measured(run)
    ensure_measured(run, "visitor", POLLED)
    background.withdraw(quality_work(run).key, "visitor")
    assert background.look(quality_work(run).key, APP).is_own
    release.set()
    wait_until(lambda: quality_jobs.measurement(run) is None)
    assert cached_report(run) is not None


def test_why_a_run_cannot_be_measured_is_said_and_a_page_that_draws_itself_does_not_try_again(run, monkeypatch):
    attempts = []

    def measure(run, **options):
        attempts.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr(quality_jobs, "quality_report", measure)
    monkeypatch.setattr(quality_jobs, "is_cheap_to_train", lambda run: False)
    for _ in range(3):
        ensure_measured(run)
        wait_until(lambda: quality_jobs.measurement(run).is_over)
    assert quality_jobs.measurement(run).message == (
        "Measuring the quality failed unexpectedly (ZeroDivisionError); the log of the app says why."
    )
    assert len(attempts) == 1


def test_a_run_may_be_deleted_while_it_waits(run):
    work = quality_work(run)
    release = threading.Event()
    worker.call(release.wait, 60)
    background.ask(work, "one")
    shutil.rmtree(run.path)
    release.set()
    background.wait(work.key, 60)
    assert "does not exist" in background.look(work.key).message
    assert not run.path.exists()
