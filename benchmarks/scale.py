"""MovieLens 20M and 32M in shape: the compiled loop, Keras' `fit`, and a bare compiled loop as the limit.

    python -m benchmarks.scale [--shape ml-20m] [--epochs 4]

Dot product, biases and stretched sigmoid, embedding size 50, batch 1,024, Adam. Each side runs in a process of its own
on the same synthetic ratings; `fit` and the bare loop see as many of them as take some seconds. How much of the planted
structure can be found at all is shown by the same loop with as many numbers in a vector as the truth has.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import resource
import statistics
import subprocess
import sys
import time

import numpy as np

from benchmarks.bare import bare_rate
from benchmarks.report import Report
from benchmarks.synthetic import NOISE, RANK, SHAPES, Shape, synthetic_split
from recsys_core.settings.train_config import Phase, TrainConfig

SIZE, BATCH = 50, 1_024
FIT_STEPS = 150
BARE_RATINGS = 4_000_000


def settings(epochs: int, rate: float) -> TrainConfig:
    return TrainConfig(
        architecture="dot-bias",
        user_embedding_size=SIZE,
        movie_embedding_size=SIZE,
        stretched_sigmoid=True,
        centered=True,
        batch_size=BATCH,
        row_penalty=0.03,
        schedule="one_cycle",
        phases=(Phase(rate, epochs),),
        snapshots=0,
    )


def run_loop(shape: Shape, epochs: int) -> dict:
    from recsys_core.training.events import EpochEnd, Progress
    from recsys_core.training.fit import fit

    split = synthetic_split(shape)
    rates: list[float] = []
    ends: list[EpochEnd] = []
    asked: list[float] = []

    def should_stop() -> bool:
        asked.append(time.perf_counter() if rates else math.nan)
        return False

    def watch(event: object) -> None:
        if isinstance(event, Progress):
            rates.append(event.ratings_per_second)
        elif isinstance(event, EpochEnd):
            ends.append(event)

    fit(split, settings(epochs, 4e-3), on_event=watch, should_stop=should_stop)
    return {
        "rate": statistics.median(rates),
        "mse": ends[-1].val_mse,
        "epoch_seconds": statistics.median(end.seconds for end in ends),
        "stop_seconds": float(np.nanmax(np.diff(asked))),
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def run_true_size(shape: Shape, epochs: int) -> dict:
    from recsys_core.training.fit import fit

    config = dataclasses.replace(
        settings(2 * epochs, 1e-2), user_embedding_size=RANK, movie_embedding_size=RANK, row_penalty=0.01
    )
    return {"mse": float(fit(synthetic_split(shape), config).history["val_mse"].iloc[-1])}


def run_fit(shape: Shape, epochs: int) -> dict:
    import keras

    from recsys_core.models.builder import ModelBuilder

    split = synthetic_split(shape)
    model = ModelBuilder(keras, settings(1, 2e-3), split.n_users, split.n_movies, split.rating_range).model()
    model.compile(keras.optimizers.Adam(2e-3), "mse")
    n = BATCH * FIT_STEPS
    seconds = []
    for start in (0, n, 2 * n):
        part = slice(start, start + n)
        begun = time.perf_counter()
        model.fit(
            [split.train.user[part], split.train.movie[part]],
            split.train.rating[part],
            batch_size=BATCH,
            shuffle=False,
            verbose=0,
        )
        seconds.append(time.perf_counter() - begun)
    return {"rate": n / statistics.median(seconds[1:])}


def run_bare(shape: Shape, epochs: int) -> dict:
    train = synthetic_split(dataclasses.replace(shape, n_ratings=min(shape.n_ratings, BARE_RATINGS))).train
    return {
        "rate": bare_rate(train, shape.n_users, shape.n_movies, SIZE),
        "rate_2": bare_rate(train, shape.n_users, shape.n_movies, SIZE, n_threads=2),
    }


SIDES = {"loop": run_loop, "true size": run_true_size, "fit": run_fit, "bare": run_bare}


def measure(side: str, shape: str, epochs: int) -> dict:
    command = [sys.executable, "-m", "benchmarks.scale", "--side", side, "--shape", shape, "--epochs", str(epochs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", choices=SHAPES, action="append")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--side", choices=SIDES)
    options = parser.parse_args()
    shapes = options.shape or ["ml-20m", "ml-32m"]
    if options.side:
        print(json.dumps(SIDES[options.side](SHAPES[shapes[0]], options.epochs)))
        return
    report = Report(
        "scale",
        "Large data: ratings per second, memory, and how much of the planted structure is found",
        ["shape", "loop, M/s", "fit, M/s", "ratio", "bare loop, M/s", "on 2 threads", "s an epoch",
         "validation MSE", "above the noise floor", "with the true size",
         "longest wait for Stop, s", "peak GB"],
    )  # fmt: skip
    for shape in shapes:
        loop, true_size, fit, bare = (measure(side, shape, options.epochs) for side in SIDES)
        report.add(
            shape,
            f"{loop['rate'] / 1e6:.2f}",
            f"{fit['rate'] / 1e6:.3f}",
            f"{loop['rate'] / fit['rate']:.0f}",
            f"{bare['rate'] / 1e6:.2f}",
            f"{bare['rate_2'] / 1e6:.2f}",
            f"{loop['epoch_seconds']:.1f}",
            f"{loop['mse']:.4f}",
            f"{loop['mse'] / NOISE**2 - 1:.1%}",
            f"{true_size['mse'] / NOISE**2 - 1:.1%}",
            f"{loop['stop_seconds']:.2f}",
            f"{loop['peak_gb']:.2f}",
        )
    report.note(
        f"The noise floor is a validation MSE of {NOISE**2:.2f}, the variance of the planted noise. The true size is "
        f"{RANK}: the loop knows how many numbers the truth has, and takes twice the epochs."
    )
    report.note("The wait for Stop is the longest time between two moments at which the training loop asks for it.")
    report.write()


if __name__ == "__main__":
    main()
