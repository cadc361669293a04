"""Plans, and an executor that trains nothing: its figures follow from the settings, so that tests take no time."""

import math
import queue
import threading
import time

import pytest

from recsys_core.jobs import messages
from recsys_core.settings.sweep_space import read_vary
from recsys_core.settings.train_config import TrainConfig
from recsys_core.sweeps.desk import Desk
from recsys_core.sweeps.plan import SweepPlan

BASE = TrainConfig(user_embedding_size=16, movie_embedding_size=16, row_penalty=0.05, embedding_initializer="normal")
"""Five epochs."""
FINGERPRINT = "0" * 32


@pytest.fixture(autouse=True)
def runs_dir(tmp_path, monkeypatch):
    folder = tmp_path / "runs"
    monkeypatch.setenv("RECSYS_RUNS_DIR", str(folder))
    return folder


def plan(*varied, **about):
    dimensions = tuple(map(read_vary, varied or ("row_penalty=0.001..0.3:log",)))
    return SweepPlan(**({"name": "mine", "base": BASE, "dimensions": dimensions, "n_trials": 12} | about))


def error_of(task):
    """Validation MSE at the end: least at a row penalty of 0.02."""
    return 0.7 + 0.05 * math.log10(task.config.row_penalty / 0.02) ** 2


class FakeExecutor:
    """Does tasks in turn on threads of its own, an epoch in `pace` seconds."""

    def __init__(self, slots=1, pace=0.004, outcome=error_of):
        self.pace, self.outcome, self._slots = pace, outcome, slots
        self.done, self.under_way, self.most = [], 0, 0
        self.gate = threading.Event()
        self.gate.set()
        self._stops, self._tasks = {}, queue.Queue()
        for _ in range(slots):
            threading.Thread(target=self._work, daemon=True).start()

    def start(self, job_id, task, emit):
        self._stops[job_id] = threading.Event()
        self._tasks.put((job_id, task, emit))

    def stop(self, job_id):
        self._stops[job_id].set()

    def slots(self):
        return self._slots

    def keeps(self, job_id):
        return False

    def save_again(self, job_id, emit):
        raise AssertionError

    def _work(self):
        while True:
            job_id, task, emit = self._tasks.get()
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            emit(self._do(self._stops[job_id], task, emit))
            self.done.append(task)
            self.under_way -= 1

    def _do(self, stop, task, emit):
        begun = time.time()
        emit(messages.Preparing())
        final = self.outcome(task)
        if isinstance(final, str):
            return messages.Failed(message=final)
        for epoch in range(1, task.config.epochs + 1):
            while not self.gate.wait(0.01) and not stop.is_set():
                pass
            time.sleep(self.pace)
            if stop.is_set():
                return messages.Stopped(message="Stopped.")
            error = final + 0.1 * (task.config.epochs - epoch)
            emit(
                messages.EpochEnded(
                    epoch=epoch,
                    learning_rate=0.1,
                    train_mse=0.5,
                    train_mae=0.5,
                    val_mse=error,
                    val_mae=error,
                    seconds=0.1,
                )
            )
        figures = {
            "val_mse": final,
            "val_mae": final,
            "holdout_mse": final + 0.01,
            "holdout_mae": final,
            "seconds": 0.5,
        }
        figures |= dict.fromkeys(task.trial.figures, 0.1 + task.config.row_penalty)
        return messages.Tried(figures=figures, n_epochs=task.config.epochs, seconds=time.time() - begun)


def desk(executor, runs_dir):
    return Desk(lambda: executor, lambda: runs_dir)


def finished(desk, name, seconds=60):
    """The study's view once it is at rest."""
    desk.wait(name, seconds)
    view = desk.view(name)
    assert not view.is_at_work, view.state
    return view


def until(look, seconds=60):
    """What `look()` says as soon as it says anything."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.01)
    return pytest.fail(f"waited {seconds} s in vain")
