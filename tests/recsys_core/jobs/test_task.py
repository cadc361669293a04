"""A task done wherever it runs: the same events, the same numbers, and never an error that is raised."""

import dataclasses
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from recsys_core.errors import Cancelled, ConfigError, RunError
from recsys_core.jobs.executors.local import LocalExecutor
from recsys_core.jobs.messages import Task, read_event
from recsys_core.jobs.task import OneFolder, RunsFolder, checked, run_task
from recsys_core.runs.store import list_runs, open_run
from recsys_core.runs.taste import taste_of
from recsys_core.settings.train_config import Phase
from recsys_core.training import fit
from tests.recsys_core.jobs.conftest import QUICK, status_of, wait

WORKER = """
import sys
from recsys_core.jobs.messages import read_task
from recsys_core.jobs.task import RunsFolder, run_task
run_task(read_task(sys.stdin.read()), lambda event: print(event.to_json(), flush=True), lambda: False, RunsFolder())
"""


def done(task, store=None, should_stop=lambda: False, keep=lambda unsaved: None):
    events = []
    run_task(task, events.append, should_stop, store or RunsFolder(), keep)
    return events


@pytest.fixture
def task(small_data):
    return Task(config=QUICK.with_epochs(3), data_set=small_data, run_name="mine", label="Mine")


def test_the_same_task_here_and_in_another_process_has_the_same_history(task, runs_dir):
    here = []
    executor = LocalExecutor(RunsFolder())
    executor.start("job", task, here.append)
    elsewhere = subprocess.run(
        [sys.executable, "-c", WORKER],
        input=task.model_copy(update={"run_name": "theirs"}).to_json(),
        env={**os.environ, "RECSYS_RUNS_DIR": str(runs_dir)},
        capture_output=True,
        text=True,
        check=True,
    )
    there = [read_event(line) for line in elsewhere.stdout.splitlines()]
    wait(lambda: here[-1].kind, lambda kind: kind == "saved")
    first, second = status_of(task, here), status_of(task, there)
    assert [event.kind for event in there if event.kind != "progress"] == [
        "preparing", "noticed", "started", "epoch_ended", "epoch_ended", "epoch_ended", "saving", "saved",
    ]  # fmt: skip
    assert first.state == second.state == "done"
    assert first.history.drop(columns="seconds").equals(second.history.drop(columns="seconds"))
    assert np.array_equal(first.live_map.coordinates, second.live_map.coordinates)
    assert first.live_map.movies.equals(second.live_map.movies)
    assert first.notices == second.notices != ()
    for name, status in (("mine", first), ("theirs", second)):
        run = open_run(runs_dir / name)
        assert run.history["val_mse"].to_numpy() == pytest.approx(status.history["val_mse"].to_numpy())
        assert (status.saved_as, run.label) == (name, "Mine")


def test_a_map_is_computed_only_where_it_is_shown(task):
    events = done(task.model_copy(update={"shows_map": False}))
    assert all(event.coordinates is None for event in events if event.kind == "epoch_ended")
    assert next(event for event in events if event.kind == "started").movies is None


def test_vectors_that_are_no_numbers_leave_the_map_as_it_was(task, monkeypatch):
    def diverge(split, config, *, on_event, **others):
        for epoch, value in ((1, 1.0), (2, np.nan), (3, np.inf)):
            vectors = np.full((split.n_movies, 4), value, np.float16)
            vectors[0] = 0
            on_event(fit.EpochEnd(epoch, 0.1, 1.0, 1.0, 1.0, 1.0, 0.1, vectors))
        raise Cancelled("Enough.")

    monkeypatch.setattr(fit, "fit", diverge)
    events = done(task)
    assert events[-1].message == "Enough."
    ended = [event for event in events if event.kind == "epoch_ended"]
    assert [event.coordinates is not None for event in ended] == [True, False, False]


def test_going_on_keeps_the_earlier_epochs(task, runs_dir):
    done(task)
    config = dataclasses.replace(QUICK, phases=(Phase(1e-4, 2),))
    events = done(task.model_copy(update={"config": config, "continue_run": "mine", "run_name": "more"}))
    assert [event.epoch for event in events if event.kind == "epoch_ended"] == [4, 5]
    assert open_run(runs_dir / "more").history["learning_rate"].tolist() == [1e-3] * 3 + [1e-4] * 2
    assert open_run(runs_dir / "more").info.continued_from == "mine"


def test_other_settings_can_start_from_a_runs_embeddings(task, runs_dir):
    done(task)
    done(task.model_copy(update={"start_from": "mine", "run_name": "other"}))
    assert open_run(runs_dir / "other").info.started_from == "mine"


def test_a_rate_is_found_and_rises_on_the_way(small_data):
    events = done(Task(kind="find_learning_rate", config=QUICK, data_set=small_data))
    found = events[-1]
    assert found.kind == "rate_found"
    assert list(found.learning_rates) == sorted(found.learning_rates)
    assert len(found.mse) == len(found.learning_rates)
    fractions = [event.fraction for event in events if event.kind == "search_progress"]
    assert fractions == sorted(fractions)
    assert status_of(Task(config=QUICK), events).state == "done"


def test_stopped_before_the_first_step_nothing_is_kept(task):
    events = done(task, should_stop=lambda: True)
    assert [event.kind for event in events] == ["preparing", "stopped"]
    assert [run for run in list_runs() if run.name == "mine"] == []


def test_what_times_would_tell_is_left_out_without_them_and_said(tmp_path, small_data, runs_dir):
    config = dataclasses.replace(QUICK, architecture="rate-and-watch-in-sittings")
    timed = done(Task(config=config, data_set=small_data, run_name="timed"))
    assert any("predicts without it" in event.text for event in timed if event.kind == "noticed")
    folder = shutil.copytree(small_data.removeprefix("path:"), tmp_path / "timeless")
    table = (folder / "ratings.csv").read_text().splitlines()
    (folder / "ratings.csv").write_text("\n".join(line.rpartition(",")[0] for line in table))
    for architecture in (config.architecture, "rate-and-watch-in-time"):
        config = dataclasses.replace(config, architecture=architecture)
        timeless = done(Task(config=config, data_set=str(folder), run_name=architecture))
        said = [event.text for event in timeless if event.kind == "noticed"]
        assert "These ratings have no timestamps: sittings and eras are left out of the training." in said
        run = open_run(runs_dir / architecture)
        assert (taste_of(run).taken_out, run.has("movie_eras.npy")) == (("popularity",), False)


def test_what_is_wrong_is_told_and_not_raised(task):
    missing = done(task.model_copy(update={"data_set": "path:/nowhere/ml.zip"}))
    assert [event.kind for event in missing] == ["preparing", "failed"]
    assert "does not exist" in missing[-1].message
    assert missing[-1].is_expected


def test_ratings_that_changed_while_the_task_waited_are_refused(tmp_path, small_data):
    folder = shutil.copytree(small_data.removeprefix("path:"), tmp_path / "mine")
    waiting = checked(Task(config=QUICK, data_set=str(folder)), RunsFolder())
    with (folder / "ratings.csv").open("a") as file:
        file.write("1,2,0.5,1\n")
    assert "which has changed since" in done(waiting)[-1].message


def test_an_error_that_nobody_foresaw_is_told_too(task, caplog):
    class Broken(RunsFolder):
        def check(self):
            raise ZeroDivisionError("by zero\nsecond line")

    last = done(task, Broken())[-1]
    assert (last.kind, last.is_expected) == ("failed", False)
    assert last.message == "Training failed unexpectedly (ZeroDivisionError: by zero)"
    assert "Traceback" in caplog.text


def test_a_run_that_cannot_be_saved_is_handed_over_and_can_be_saved_later(task, runs_dir):
    class FullAtFirst(RunsFolder):
        def save(self, trained, task, about):
            raise RunError("No space left on device")

    kept = []
    events = done(task, FullAtFirst(), keep=kept.append)
    assert [event.kind for event in events][-2:] == ["saving", "save_failed"]
    assert "No space left on device" in events[-1].message
    assert kept[0].save(events.append, RunsFolder(), kept.append)
    assert [event.kind for event in events][-2:] == ["saving", "saved"]
    status = status_of(task, events)
    assert (status.state, status.saved_as) == ("done", "mine")
    assert open_run(runs_dir / "mine").history["epoch"].tolist() == [1, 2, 3]


def test_a_folder_that_cannot_be_written_is_said_before_the_training(task, tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    for store in (RunsFolder(in_the_way), OneFolder(in_the_way / "run")):
        events = done(task, store)
        assert [event.kind for event in events] == ["preparing", "failed"]
        assert "folder that can be written" in events[-1].message
    assert not (tmp_path / "new").exists()
    RunsFolder(tmp_path / "new" / "deeper").check()
    assert not (tmp_path / "new").exists()


def test_a_task_is_checked_and_filled_in(small_data):
    store = RunsFolder()
    task = checked(Task(config=QUICK, data_set=small_data), store)
    assert task.run_name.startswith("custom-20")
    assert task.label.startswith("custom, size 4, batch size 256, ")
    assert checked(Task(config=QUICK, run_name="mine", label=""), store).label == ""
    with pytest.raises(ConfigError, match="must equal"):
        checked(Task(config=dataclasses.replace(QUICK, movie_embedding_size=5)), store)
    for wrong in ({"continue_run": "nobody"}, {"start_from": "nobody"}, {"run_name": "../outside"}):
        with pytest.raises(RunError):
            checked(Task(config=QUICK, **wrong), store)
