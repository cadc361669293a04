"""Against what a user would take instead: fastai, scikit-surprise and Cornac on the same split of the built-in ratings.

    make bench-peers

They live in an environment of their own (benchmarks/peers-requirements.txt). Seconds are those of training alone:
without importing, reading the data, or predicting; for `default` compiling is included, each time in a fresh process.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.report import Report
from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import Examples, split_ratings
from recsys_core.settings.presets import find_preset

PEERS = {
    "fastai": "fastai collab_learner",
    "surprise": "scikit-surprise SVD",
    "cornac": "Cornac MF",
}
REPEATS = 3
SIDES_SCRIPT = Path(__file__).with_name("peer_sides.py")


def train_default() -> dict[str, float]:
    """Seconds from the settings to the last epoch, which is kept, and its validation MSE."""
    from recsys_core.training.backend import tensorflow
    from recsys_core.training.events import EpochEnd
    from recsys_core.training.fit import fit

    tensorflow()
    config = dataclasses.replace(find_preset("default").config, snapshots=0)
    split = split_ratings(load_ratings(), config)
    ends: dict[int, float] = {}
    began = time.perf_counter()

    def watch(event: object) -> None:
        if isinstance(event, EpochEnd):
            ends[event.epoch] = time.perf_counter() - began

    trained = fit(split, config, on_event=watch)
    history = trained.history.set_index("epoch")["val_mse"]
    return {
        "seconds": ends[trained.kept_epoch],
        "mse": float(history[trained.kept_epoch]),
        "epochs": trained.kept_epoch,
    }


def as_table(examples: Examples) -> np.ndarray:
    return np.column_stack([examples.user, examples.movie, examples.rating]).astype(np.float64)


def run(command: list[str]) -> dict[str, float]:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", help="the interpreter of the environment that has the peers")
    parser.add_argument("--default", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.default:
        print(json.dumps(train_default()))
        return
    if not options.python:
        parser.error("--python must name the interpreter of the peers' environment. Try: make bench-peers")
    split = split_ratings(load_ratings(), find_preset("default").config)
    columns = ["", "validation MSE", "epochs", "seconds", "times default's seconds"]
    report = Report("peers", "Validation MSE and the seconds to it, built-in data, seed 0", columns)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "split.npz"
        np.savez(path, train=as_table(split.train), validation=as_table(split.validation))
        commands = {"`default`": [sys.executable, "-m", "benchmarks.peers", "--default"]} | {
            title: [options.python, str(SIDES_SCRIPT), name, str(path)] for name, title in PEERS.items()
        }
        ours = 0.0
        for title, command in commands.items():
            trials = [run(command) for _ in range(REPEATS)]
            seconds = statistics.median(trial["seconds"] for trial in trials)
            ours = ours or seconds
            mse = statistics.median(trial["mse"] for trial in trials)
            report.add(title, f"{mse:.3f}", trials[0]["epochs"], f"{seconds:.2f}", f"{seconds / ours:.2g}")
    report.note(
        f"Medians of {REPEATS} runs. Nobody's epochs were chosen by the validation ratings: each peer has its own "
        "defaults and the number of epochs that is best on a tenth of the training ratings, held out to choose it and "
        "then trained on as well; `default` has the epochs of its preset, which were chosen on other seeds."
    )
    report.write()


if __name__ == "__main__":
    main()
