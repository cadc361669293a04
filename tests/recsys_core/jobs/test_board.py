"""The queue: one job at a time, places, stopping, failing, and a worker that outlives it all."""

import dataclasses
import time

import pytest

from recsys_core.errors import ConfigError, QueryError, RunError
from recsys_core.jobs import board
from recsys_core.runs.store import find_run, list_runs
from recsys_core.settings.train_config import Phase, TrainConfig

QUICK = TrainConfig(user_embedding_size=4, movie_embedding_size=4, batch_size=1024, n_ratings=5_000)
ENDLESS = QUICK.with_epochs(1000)


@pytest.fixture(autouse=True)
def runs_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("RECSYS_RUNS_DIR", str(tmp_path))
    return tmp_path


def wait(job_id, until, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = board.status(job_id)
        if until(status):
            return status
        time.sleep(0.02)
    pytest.fail(f"waited {seconds} s in vain; last seen: {board.status(job_id)}")


def finished(job_id):
    return wait(job_id, lambda status: status.is_over)


def test_a_job_leaves_a_run():
    status = finished(board.submit(board.TrainRequest(QUICK)))
    assert status.state == "done"
    assert status.progress == 1.0
    assert status.history["epoch"].tolist() == [1, 2, 3, 4, 5]
    assert status.live_map.epoch == 5
    assert status.live_map.coordinates.shape == (len(status.live_map.movies), 2)
    run = find_run(status.run_name)
    assert run.info.status == "finished"
    assert run.history["val_mse"].tolist() == pytest.approx(status.history["val_mse"].tolist())


def test_a_job_tells_of_an_epoch_before_it_is_over():
    job_id = board.submit(board.TrainRequest(ENDLESS))
    status = wait(job_id, lambda status: status.so_far is not None)
    assert status.so_far.epoch == len(status.history) + 1
    # The running mean error of an epoch is between nothing and the widest error there can be.
    assert 0 < status.so_far.train_mse < 25
    assert 0 < status.so_far.train_mae < 5
    later = board.status(job_id)
    assert later.seconds > status.seconds > 0
    board.stop(job_id)
    over = finished(job_id)
    assert over.so_far is None
    assert board.status(job_id).seconds == over.seconds > later.seconds


def test_jobs_queue_and_see_their_place():
    first, second, third = (board.submit(board.TrainRequest(ENDLESS)) for _ in range(3))
    wait(first, lambda status: status.state == "running" and len(status.history) > 0)
    assert [board.status(job_id).queue_place for job_id in (first, second, third)] == [0, 1, 2]
    assert [status.job_id for status in board.active()] == [first, second, third]
    board.stop(second)
    assert board.status(second).state == "stopped"
    assert board.status(third).queue_place == 1
    board.stop(third)
    board.stop(first)
    stopped = finished(first)
    assert stopped.state == "stopped"
    assert find_run(stopped.run_name).info.status == "stopped"
    assert [run.name for run in list_runs() if run.name.startswith("custom")] == [stopped.run_name]


def test_a_stopped_run_can_be_continued():
    first = finished(board.submit(board.TrainRequest(QUICK)))
    config = dataclasses.replace(QUICK, phases=(Phase(1e-4, 2),))
    second = finished(board.submit(board.TrainRequest(config, continue_run=first.run_name)))
    history = find_run(second.run_name).history
    assert history["epoch"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert history["learning_rate"].tolist() == [1e-3] * 5 + [1e-4] * 2


def test_a_failed_job_says_why_and_the_next_one_runs():
    config = dataclasses.replace(QUICK, optimizer="sgd", phases=(Phase(100.0, 2),), seed=1)
    failed = finished(board.submit(board.TrainRequest(config)))
    assert failed.state == "failed"
    assert "at learning rate 100 with sgd" in failed.message
    missing = finished(board.submit(board.TrainRequest(QUICK, data="/nowhere/ml.zip")))
    assert missing.state == "failed"
    assert "does not exist" in missing.message
    assert finished(board.submit(board.TrainRequest(QUICK))).state == "done"
    assert [run.name for run in list_runs() if run.name == failed.run_name] == []


def test_what_can_be_seen_to_be_wrong_is_refused_at_once():
    with pytest.raises(ConfigError, match="must equal"):
        board.submit(board.TrainRequest(dataclasses.replace(QUICK, movie_embedding_size=5)))
    with pytest.raises(RunError, match="nobody"):
        board.submit(board.TrainRequest(QUICK, continue_run="nobody"))
    with pytest.raises(RunError, match="name must be"):
        board.submit(board.TrainRequest(QUICK, name="../outside"))
    with pytest.raises(QueryError, match="job-0"):
        board.status("job-0")


def test_a_sweep_suggests_a_rate():
    status = finished(board.submit(board.SweepRequest(QUICK)))
    sweep, suggested = status.sweep
    assert sweep["learning_rate"].is_monotonic_increasing
    assert f"{suggested:.2g}" in status.message


def test_a_summary_counts_every_parameter():
    summary = board.summarize(QUICK).result(timeout=60)
    assert summary.n_parameters == summary.layers["parameters"].sum()
