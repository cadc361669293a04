"""A real cluster on this machine: what it does is what this process would do, whatever happens to it meanwhile.

The tests use up the cluster in the order in which they stand: the last ones take its workers away.
"""

import dataclasses
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

from recsys_core.cli import main
from recsys_core.jobs import data_sets
from recsys_core.jobs.board import Board
from recsys_core.jobs.cluster import bringing, executor, watch
from recsys_core.jobs.cluster.executor import DaskExecutor
from recsys_core.jobs.cluster.watch import Patience
from recsys_core.jobs.executors.local import LocalExecutor
from recsys_core.jobs.messages import Task, Trial
from recsys_core.jobs.task import RunsFolder, checked
from recsys_core.runs.store import open_run
from recsys_core.settings.train_config import Phase
from tests.recsys_core.jobs.conftest import ENDLESS, QUICK, wait

LAST = ("saved", "save_failed", "rate_found", "tried", "stopped", "failed")
PATIENCE = Patience(look=0.1, again=0.2)


class Fickle(RunsFolder):
    """A store whose disk is full as long as it says so."""

    is_full = True

    def take_in(self, archive, task):
        if self.is_full:
            raise OSError(28, "No space left on device")
        return super().take_in(archive, task)


@pytest.fixture(scope="module")
def workers(cluster):
    """By name, those that are there."""
    return start_two(cluster, "ann", "bob")


@pytest.fixture
def remote(cluster, workers):
    made = DaskExecutor(cluster.address, RunsFolder(), PATIENCE)
    yield made
    made.close()


def start_two(cluster, *names):
    """Two that import TensorFlow side by side, and are met by an executor of no test."""
    started = {name: cluster.start_worker("--name", name) for name in names}
    first = DaskExecutor(cluster.address, RunsFolder(), PATIENCE)
    wait(first.cluster, lambda view: {each.name for each in view.workers if each.state == "ready"} == {*names}, 300)
    first.close()
    return started


def last(events):
    return wait(lambda: events[-1] if events else None, lambda event: event is not None and event.kind in LAST)


def ready(remote, n):
    return wait(remote.cluster, lambda view: sum(each.state in ("ready", "busy") for each in view.workers) >= n)


def busy(remote, job_id):
    """The worker that does this job."""
    view = wait(remote.cluster, lambda view: any(each.job_id == job_id for each in view.workers))
    return next(each for each in view.workers if each.job_id == job_id)


def finished(board, job_id):
    return wait(lambda: board.status(job_id), lambda status: status.is_over, 300)


def trial(number, data_set, epochs=3):
    config = dataclasses.replace(QUICK, seed=number).with_epochs(epochs)
    task = Task(kind="try", config=config, data_set=data_set, trial=Trial(split_seed=0, holdout_fraction=0.1))
    return checked(task, RunsFolder())


def long(data_set, name="long"):
    config = dataclasses.replace(ENDLESS, batch_size=64).with_epochs(500)
    return checked(Task(config=config, data_set=data_set, run_name=name), RunsFolder())


def test_a_training_is_the_same_as_here_to_the_last_file(remote, small_data, runs_dir):
    statuses = {}
    for name, who in (("here", LocalExecutor(RunsFolder())), ("there", remote)):
        board = Board(who, RunsFolder())
        job_id = board.submit(Task(config=QUICK, data_set=small_data, run_name=name, label="Mine"))
        statuses[name] = finished(board, job_id)
    here, there = (statuses[name] for name in ("here", "there"))
    assert (there.state, there.saved_as, there.notices) == ("done", "there", here.notices)
    assert there.history.drop(columns="seconds").equals(here.history.drop(columns="seconds"))
    assert np.array_equal(there.live_map.coordinates, here.live_map.coordinates)
    first, second = open_run(runs_dir / "here"), open_run(runs_dir / "there")
    assert sorted(path.name for path in first.path.iterdir()) == sorted(path.name for path in second.path.iterdir())
    assert np.array_equal(first.movie_vectors, second.movie_vectors)
    assert first.info.config == second.info.config
    assert (second.label, second.info.data) == ("Mine", first.info.data)


def test_going_on_with_a_run_takes_it_there(remote, small_data, runs_dir):
    board = Board(remote, RunsFolder())
    finished(board, board.submit(Task(config=QUICK, data_set=small_data, run_name="first")))
    config = dataclasses.replace(QUICK, phases=(Phase(1e-4, 2),))
    more = finished(board, board.submit(Task(config=config, continue_run="first", run_name="more")))
    assert more.state == "done"
    run = open_run(runs_dir / "more")
    assert run.history["learning_rate"].tolist()[-2:] == [1e-4, 1e-4]
    assert run.history["epoch"].tolist() == list(range(1, len(run.history) + 1))
    assert run.info.continued_from == "first"
    other = finished(board, board.submit(Task(config=QUICK, data_set=small_data, start_from="first", run_name="other")))
    assert (other.state, open_run(runs_dir / "other").info.started_from) == ("done", "first")


def test_ratings_of_one_s_own_are_brought_once(remote, small_data, runs_dir, monkeypatch, cluster):
    brought = []
    monkeypatch.setattr(executor, "data_for", lambda task: brought.append(task) or bringing.data_for(task))
    added = data_sets.add_data_set(Path(small_data.removeprefix("path:")), name="Mine")
    for name in ("one", "two", "three", "four"):
        events = []
        remote.start(name, checked(Task(config=QUICK, data_set=added.id, run_name=name), RunsFolder()), events.append)
        assert last(events).kind == "saved"
    assert len(brought) == 1
    assert len([*(cluster.folder / "there" / "data").rglob("*.zip")]) == 1
    assert open_run(runs_dir / "four").info.data.name == "Mine"
    assert open_run(runs_dir / "four").info.data.fingerprint == added.info.fingerprint


def test_a_learning_rate_is_found_there(remote, small_data):
    events = []
    remote.start(
        "find", checked(Task(kind="find_learning_rate", config=QUICK, data_set=small_data), RunsFolder()), events.append
    )
    assert last(events).kind == "rate_found"
    fractions = [event.fraction for event in events if event.kind == "search_progress"]
    assert fractions == sorted(fractions)


def test_stop_is_heard_and_what_was_learned_is_kept(remote, workers, small_data, runs_dir):
    ready(remote, 1)
    events = []
    remote.start("long", long(small_data), events.append)
    wait(lambda: events, lambda seen: any(event.kind == "epoch_ended" for event in seen))
    remote.stop("long")
    assert last(events).status == "stopped"
    kinds = [event.kind for event in events]
    assert events[kinds.index("stop_heard")].by in workers
    assert 1 <= len(open_run(runs_dir / "long").history) < 500


def test_what_cannot_be_saved_here_is_kept_and_saved_again(cluster, workers, small_data, runs_dir):
    store, events = Fickle(), []
    fickle = DaskExecutor(cluster.address, store, PATIENCE)
    fickle.start("a", checked(Task(config=QUICK, data_set=small_data, run_name="a"), store), events.append)
    assert "No space left" in last(events).message
    assert fickle.keeps("a")
    store.is_full = False
    fickle.save_again("a", events.append)
    wait(lambda: events[-1].kind, lambda kind: kind == "saved")
    assert open_run(runs_dir / "a").history["epoch"].tolist() == [1, 2, 3, 4, 5]
    fickle.close()


def test_what_is_wrong_with_a_task_is_said(remote, small_data, tmp_path):
    folder = shutil.copytree(small_data.removeprefix("path:"), tmp_path / "mine")
    waiting = checked(Task(config=QUICK, data_set=str(folder)), RunsFolder())
    shutil.rmtree(folder)
    events = []
    remote.start("a", waiting, events.append)
    assert last(events).kind == "failed"
    assert "does not exist any more" in events[-1].message


def test_the_command_trains_there(cluster, workers, small_data, tmp_path, capsys):
    out = tmp_path / "a run"
    settings = ["--epochs", "2", "--embedding-size", "4", "--data", small_data, "--run-dir", str(out)]
    assert main(["train", "--preset", "recommender-v2", "--scheduler", cluster.address, *settings]) == 0
    assert len(open_run(out).history) == 2
    assert f"Saved {out}" in capsys.readouterr().out
    assert main(["train", "--scheduler", "nowhere", "--run-dir", str(tmp_path / "b")]) == 2
    assert "must be tcp://HOST:PORT" in capsys.readouterr().err


def test_workers_of_other_versions_are_refused(cluster, workers, small_data, monkeypatch):
    monkeypatch.setattr(watch, "own_versions", lambda: {"numpy": "1.0", "movie-embeddings": "0ld"})
    picky, events = DaskExecutor(cluster.address, RunsFolder(), PATIENCE), []
    picky.start("a", long(small_data), events.append)
    refused = wait(lambda: [event.message for event in events if "versions" in event.message], lambda seen: seen)
    assert "numpy 2" in refused[0]
    assert "movie-embeddings" in refused[0]
    assert "\n" not in refused[0]
    assert {each.state for each in picky.cluster().workers} == {"refused"}
    picky.stop("a")
    assert last(events).kind == "stopped"
    picky.close()


def test_thirty_trials_survive_a_killed_worker_and_each_counts_once(remote, workers, small_data):
    ready(remote, 2)
    events = {f"t{number}": [] for number in range(30)}
    for number, (name, heard) in enumerate(events.items()):
        remote.start(name, trial(number, small_data), heard.append)
    wait(
        lambda: events, lambda seen: sum(heard[-1:] != [] and heard[-1].kind == "tried" for heard in seen.values()) >= 5
    )
    name, killed = next(iter(workers.items()))
    at_work = wait(
        lambda: next(each for each in remote.cluster().workers if each.name == name), lambda each: each.job_id
    )
    killed.kill()
    del workers[name]
    ends = {name: last(heard) for name, heard in events.items()}
    assert {end.kind for end in ends.values()} == {"tried"}
    assert all([event.kind for event in heard].count("tried") == 1 for heard in events.values())
    assert len({end.figures["val_mse"] for end in ends.values()}) == 30
    assert at_work.job_id in events


def test_a_scheduler_that_goes_away_is_said_and_found_again(remote, workers, cluster, small_data, runs_dir):
    ready(remote, 1)
    events = []
    remote.start("a", long(small_data), events.append)
    wait(lambda: events, lambda seen: any(event.kind == "epoch_ended" for event in seen))
    cluster.processes[0].kill()
    gone = wait(lambda: [event for event in events if event.kind == "queued"], lambda seen: seen)
    assert f"The scheduler at {cluster.address} is gone" in gone[0].message
    assert not remote.cluster().is_connected
    cluster.start_scheduler()
    workers.clear()
    workers |= start_two(cluster, "cyd", "dan")
    wait(lambda: events, lambda seen: [event.kind for event in seen].count("preparing") == 2)
    wait(lambda: events[-1], lambda event: event.kind == "epoch_ended")
    remote.stop("a")
    assert last(events).status == "stopped"
    assert open_run(runs_dir / "long").history["epoch"].iloc[0] == 1


def test_a_worker_that_does_not_answer_is_retired_and_its_task_done_by_another(cluster, workers, small_data, runs_dir):
    remote = DaskExecutor(cluster.address, RunsFolder(), dataclasses.replace(PATIENCE, silent=2.0, lost=4.0))
    ready(remote, 2)
    events = []
    remote.start("long", long(small_data), events.append)
    wait(lambda: events, lambda seen: any(event.kind == "epoch_ended" for event in seen))
    frozen = busy(remote, "long").name
    workers[frozen].send_signal(signal.SIGSTOP)
    wait(remote.cluster, lambda view: any(each.state == "silent" for each in view.workers))
    again = wait(lambda: [event for event in events if event.kind == "queued"], lambda seen: seen)
    assert f"The worker {frozen} was lost" in again[-1].message
    wait(lambda: events, lambda seen: [event.kind for event in seen].count("preparing") == 2)
    assert busy(remote, "long").name != frozen
    wait(remote.cluster, lambda view: [each.state for each in view.workers if each.name == frozen] == ["lost"])
    remote.stop("long")
    assert last(events).kind in ("saved", "stopped")
    # Awake again, it finds that it is not wanted any more.
    workers[frozen].send_signal(signal.SIGCONT)
    workers.pop(frozen).wait(60)
    remote.close()
