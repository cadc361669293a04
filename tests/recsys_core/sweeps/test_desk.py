"""The desk: studies of other processes, damaged ones, deleted ones, and what is taken along from one."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import ConfigError, DataError, SweepError
from recsys_core.jobs import trial as trials
from recsys_core.runs.presets import find_any_preset, own_presets
from recsys_core.sweeps import desk as desk_module
from recsys_core.sweeps.folder import StudyFolder, empty_trash
from tests.recsys_core.sweeps.conftest import FakeExecutor, desk, finished, plan, until

ROOT = Path(__file__).resolve().parents[3]
ELSEWHERE = """
import sys
from pathlib import Path
from tests.recsys_core.sweeps.conftest import FakeExecutor, desk, plan
here = desk(FakeExecutor(pace=0.1), Path(sys.argv[1]))
here.start(plan("embedding_size=16..64:log", "row_penalty=0.001..0.3:log", n_trials=15))
here.wait("mine", 60)
"""


@pytest.fixture
def here(runs_dir):
    return desk(FakeExecutor(), runs_dir)


@pytest.fixture
def study(here):
    name = here.start(plan(n_trials=8))
    return finished(here, name)


def test_a_study_is_the_same_for_who_opens_it_later(here, study, runs_dir):
    again = desk(FakeExecutor(), runs_dir).view("mine")
    assert again.trials == study.trials
    assert (again.state, again.message, again.best, again.importance) == (
        study.state, study.message, study.best, study.importance
    )  # fmt: skip
    assert again.seconds == pytest.approx(study.seconds)
    assert again.plan == study.plan
    assert again.plan.fingerprint


def test_a_killed_process_loses_no_finished_trial_and_what_was_under_way_is_asked_again(here, runs_dir):
    process = subprocess.Popen([sys.executable, "-c", ELSEWHERE, str(runs_dir)], cwd=ROOT)
    until(lambda: here.names() and here.view("mine").n_done >= 4)
    seen = here.view("mine")
    assert (seen.state, seen.is_own) == ("running", False)
    with pytest.raises(SweepError, match="must be stopped where it was begun"):
        here.stop("mine")
    with pytest.raises(SweepError, match="at rest"):
        here.go_on("mine")
    with pytest.raises(SweepError, match="at rest"):
        here.delete("mine")
    process.send_signal(signal.SIGKILL)
    process.wait()
    # It may have died in the middle of a line.
    with (runs_dir / ".sweeps" / "mine" / "journal.log").open("ab") as journal:
        journal.write(b'{"op_code": 5, "wor')
    before = here.view("mine")
    assert before.state == "interrupted"
    done = {trial.number: trial for trial in before.trials if trial.counts}
    assert 4 <= len(done) < 15
    interrupted = {trial.number: trial.values for trial in before.trials if trial.state == "interrupted"}
    assert interrupted
    here.go_on("mine")
    after = finished(here, "mine")
    assert (after.state, after.n_done) == ("finished", 15)
    assert {number: after.trial(number) for number in done} == done
    repeated = {trial.repeats: trial.values for trial in after.trials if trial.repeats is not None}
    # One that had not all of its values yet when its process died gets the others now.
    assert all(interrupted[number].items() <= values.items() for number, values in repeated.items())
    assert len(repeated) == min(len(interrupted), 15 - len(done))


def test_names_that_are_taken_get_a_suffix_and_bad_ones_are_refused(here, study):
    assert here.start(plan(n_trials=1)) == "mine-2"
    finished(here, "mine-2")
    assert set(here.names()) == {"mine", "mine-2"}
    for name in ("", "../mine", "a/b", ".hidden", "a" * 101):
        with pytest.raises(SweepError, match="name"):
            here.start(plan(name=name))
    with pytest.raises(SweepError, match="not \\(any more\\)"):
        here.view("nobody")
    with pytest.raises(DataError):
        here.start(plan(name="other", data_set="/nowhere"))
    assert "other" not in here.names()


def test_a_study_that_is_done_wants_more_to_go_on(here, study):
    with pytest.raises(SweepError, match="more trials or minutes"):
        here.go_on("mine")
    with pytest.raises(ConfigError, match="`n_trials` must be"):
        here.go_on("mine", n_trials=10**9)
    here.go_on("mine", n_trials=2)
    assert finished(here, "mine").n_done == 10


def damage(folder, how):
    journal, plan_file = folder / "journal.log", folder / "plan.json"
    lines = journal.read_bytes().splitlines(keepends=True)
    match how:
        case "no plan":
            plan_file.unlink()
        case "a plan that is no JSON":
            plan_file.write_text("{")
        case "a plan of another version":
            plan_file.write_text(json.dumps(json.loads(plan_file.read_text()) | {"colour": 1}))
        case "settings that there are not":
            changed = json.loads(plan_file.read_text())
            changed["base"]["architecture"] = "no-such"
            plan_file.write_text(json.dumps(changed))
        case "no journal":
            journal.unlink()
        case "a journal that is no JSON":
            journal.write_bytes(b"".join([*lines[:5], b"nonsense\n", *lines[5:]]))
        case "a journal of something else":
            journal.write_bytes(b"".join([*lines[:5], b'{"op_code": 99}\n', *lines[5:]]))
        case "a journal without its beginning":
            journal.write_bytes(b"".join(lines[1:]))
        case "bytes":
            journal.write_bytes(bytes(range(256)) * 9)


HOWS = (
    "no plan", "a plan that is no JSON", "a plan of another version", "settings that there are not", "no journal",
    "a journal that is no JSON", "a journal of something else", "a journal without its beginning", "bytes",
)  # fmt: skip


def test_damaged_studies_are_said_to_be_and_hide_no_other(here, study, runs_dir):
    for number, how in enumerate(HOWS):
        copy = runs_dir / ".sweeps" / f"damaged-{number}"
        shutil.copytree(runs_dir / ".sweeps" / "mine", copy)
        damage(copy, how)
    later = desk(FakeExecutor(), runs_dir)
    assert [view.name for view in later.all()] == ["mine"]
    damaged = later.damaged()
    assert set(damaged) == {f"damaged-{number}" for number in range(len(HOWS))}
    assert all("\n" not in why and 10 < len(why) < 1000 for why in damaged.values())
    for name in damaged:
        with pytest.raises((SweepError, ConfigError)):
            later.go_on(name)
        later.discard(later.delete(name))
    assert later.names() == ["mine"]


def test_a_deleted_study_comes_back_until_it_is_gone_for_good(here, study, runs_dir):
    deleted = here.delete("mine")
    assert here.names() == []
    assert here.restore(deleted) == "mine"
    assert here.view("mine").trials == study.trials
    deleted = here.delete("mine")
    empty_trash(runs_dir)
    with pytest.raises(SweepError, match="gone"):
        here.restore(deleted)


def test_a_trial_becomes_the_task_of_a_run_or_a_preset(here, study):
    number = study.best
    task = here.promote("mine", number)
    assert (task.kind, task.data_set, task.trial) == ("train", study.plan.data_set, None)
    assert task.config.row_penalty == study.trial(number).values["row_penalty"]
    assert task.config.snapshots == 60
    assert task.label == f"mine · trial {number}"
    assert here.write_preset("mine", number, "penalized") == "penalized"
    preset = find_any_preset("penalized")
    assert preset.config == dataclasses.replace(task.config, preset="penalized")
    assert f"Trial {number} of the sweep mine" in preset.about
    assert list(own_presets()) == ["penalized"]
    with pytest.raises(ConfigError, match="taken"):
        here.write_preset("mine", number, "penalized")
    with pytest.raises(SweepError, match="one of the 8"):
        here.promote("mine", 99)


def test_at_most_a_few_studies_are_at_work(runs_dir):
    executor = FakeExecutor()
    executor.gate.clear()
    here = desk(executor, runs_dir)
    names = [here.start(plan()) for _ in range(4)]
    with pytest.raises(SweepError, match="At most 4"):
        here.start(plan())
    assert [each.name for each in here.at_work()] == names
    for name in names:
        here.stop(name)
    executor.gate.set()
    assert {finished(here, name).state for name in names} == {"stopped"}
    until(lambda: not here.at_work())


def test_a_disk_that_refuses_ends_the_study_and_keeps_what_there_is(here, runs_dir, monkeypatch):
    executor = FakeExecutor(pace=0.02)
    there = desk(executor, runs_dir)
    name = there.start(plan(n_trials=12))
    until(lambda: there.view(name).n_done >= 2)
    real = os.fsync
    journal = os.stat(runs_dir / ".sweeps" / name / "journal.log").st_ino

    def full(descriptor):
        if os.fstat(descriptor).st_ino == journal:
            raise OSError(28, "No space left on device")
        return real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    view = finished(there, name)
    assert view.state == "failed"
    assert "No space left" in view.message
    monkeypatch.setattr(os, "fsync", real)
    there.go_on(name)
    assert finished(there, name).n_done == 12


def test_maps_of_trials_are_kept_with_their_movies(runs_dir, monkeypatch, here, study):
    assert here.coordinates("mine", 0) is None
    folder = StudyFolder(runs_dir / ".sweeps" / "mine")
    folder.save_map(0, np.ones((3, 2), np.float16))

    class Split:
        movies = pd.DataFrame({"movie_id": range(5), "n_ratings": [50, 2, 60, 3, 70]})

    monkeypatch.setattr(desk_module, "trial_split", lambda task, trial: (Split(), None))
    monkeypatch.setattr(trials, "least_ratings", lambda movies: 20)
    shown = here.coordinates("mine", 0)
    assert shown.movies["movie_id"].tolist() == [0, 2, 4]
    assert shown.coordinates.tolist() == [[1, 1]] * 3
    (folder.path / "maps" / "0.npy").write_bytes(b"nonsense")
    assert here.coordinates("mine", 0) is None


def test_a_sweep_that_failed_here_and_goes_on_elsewhere_is_seen_here(runs_dir):
    here = desk(FakeExecutor(outcome=lambda task: "It diverged."), runs_dir)
    name = here.start(plan(n_trials=10))
    failed = finished(here, name)
    assert (failed.state, here.view(name)) == ("failed", failed)
    elsewhere = desk(FakeExecutor(), runs_dir)
    elsewhere.go_on(name, n_trials=2)
    finished(elsewhere, name)
    view = here.view(name)
    assert view.state == "finished"
    assert any(trial.state == "finished" for trial in view.trials)
