"""A child by itself: found from any folder, deaf to prints, and gone with whoever started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from recsys_core.jobs.executors.trial_child import TrialChild
from recsys_core.jobs.messages import Task, Trial
from recsys_core.jobs.task import RunsFolder, checked
from tests.recsys_core.jobs.conftest import QUICK, wait

ROOT = Path(__file__).resolve().parents[4]
PARENT = """
import sys
from recsys_core.jobs.executors.trial_child import TrialChild
from recsys_core.jobs.messages import read_task

child = TrialChild()
print(child.pid, flush=True)
assert child.wait_until_ready()
child.do(1, read_task(sys.stdin.read()), lambda event: print(event.kind, flush=True))
"""

NOISE = """
import os

nice = os.nice
os.nice = lambda n: (os.write(1, b"noise\\n"), nice(n))
"""


def trial(data_set, epochs):
    config = QUICK.with_epochs(epochs)
    task = Task(kind="try", config=config, data_set=data_set, trial=Trial(split_seed=0, holdout_fraction=0.1))
    return checked(task, RunsFolder())


@pytest.mark.parametrize("when", ["begun", "epoch_ended"])
def test_no_child_outlives_a_parent_that_was_killed(small_data, tmp_path, when):
    """While it imports TensorFlow or is about to compile, and in the middle of a training."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write(trial(small_data, 1_000).to_json())
    parent.stdin.close()
    child = psutil.Process(int(parent.stdout.readline()))
    if when == "epoch_ended":
        assert any(line.strip() == when for line in parent.stdout)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    begun = time.monotonic()
    wait(lambda: child.is_running() and child.status() != psutil.STATUS_ZOMBIE, lambda there: not there, 20)
    assert when == "begun" or time.monotonic() - begun < 2


def test_it_is_found_from_any_folder_and_keeps_the_environment(small_data, tmp_path, monkeypatch):
    """A module that lies about is not taken, and what others print is not taken for an answer."""
    (tmp_path / "numpy.py").write_text("raise ImportError('not this one')")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "noise").mkdir()
    (tmp_path / "noise" / "sitecustomize.py").write_text(NOISE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "noise"))
    child, events = TrialChild(), []
    try:
        assert child.wait_until_ready()
        assert child.do(5, trial(small_data, 2), events.append).kind == "tried"
        assert [event.kind for event in events if event.kind != "progress"] == [
            "preparing", "started", "epoch_ended", "epoch_ended",
        ]  # fmt: skip
        # What was told to stop before it was begun.
        child.stop(6)
        assert child.do(6, trial(small_data, 2), events.append).kind == "stopped"
        missing = trial(small_data, 2).model_copy(update={"data_set": "gone", "fingerprint": "0" * 32})
        assert "gone" in child.do(7, missing, events.append).message
    finally:
        child.end()
