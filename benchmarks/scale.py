"""MovieLens 20M and 32M in shape: the compiled loop, Keras' `fit`, and a bare compiled loop as the limit.

    python -m benchmarks.scale [--shape ml-20m] [--epochs 4]

Dot product, biases and stretched sigmoid, embedding size 50, batch 1,024, Adam. Each side runs in a process of its own
on the same synthetic ratings; `fit` and the bare loop see as many of them as take some seconds.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time

from benchmarks.bare import bare_rate
from benchmarks.report import Report
from benchmarks.synthetic import NOISE, SHAPES, synthetic_split
from recsys_core.config import Phase, TrainConfig

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
        row_penalty=0.01,
        schedule="one_cycle",
        phases=(Phase(rate, epochs),),
        snapshots=0,
    )


def run_loop(shape: str, epochs: int) -> dict:
    from recsys_core.training import EpochEnd, Progress, fit

    split = synthetic_split(*SHAPES[shape])
    rates: list[float] = []
    ends: list[EpochEnd] = []

    def watch(event: object) -> None:
        if isinstance(event, Progress):
            rates.append(event.ratings_per_second)
        elif isinstance(event, EpochEnd):
            ends.append(event)

    fit(split, settings(epochs, 4e-3), on_event=watch)
    return {
        "rate": statistics.median(rates),
        "mse": ends[-1].val_mse,
        "epoch_seconds": statistics.median(end.seconds for end in ends),
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def run_fit(shape: str, epochs: int) -> dict:
    import keras

    from recsys_core.architectures import ModelBuilder

    split = synthetic_split(*SHAPES[shape])
    model = ModelBuilder(settings(1, 2e-3), split.n_users, split.n_movies, split.rating_range).model()
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


def run_bare(shape: str, epochs: int) -> dict:
    n_users, n_movies, n_ratings = SHAPES[shape]
    train = synthetic_split(n_users, n_movies, min(n_ratings, BARE_RATINGS)).train
    return {
        "rate": bare_rate(train, n_users, n_movies, SIZE),
        "rate_2": bare_rate(train, n_users, n_movies, SIZE, n_threads=2),
    }


SIDES = {"loop": run_loop, "fit": run_fit, "bare": run_bare}


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
        print(json.dumps(SIDES[options.side](shapes[0], options.epochs)))
        return
    report = Report(
        "scale",
        "Large data: ratings per second, memory, and how much of the planted structure is found",
        ["shape", "loop, M/s", "fit, M/s", "ratio", "bare loop, M/s", "on 2 threads", "s an epoch",
         "validation MSE", "noise floor", "peak GB"],
    )  # fmt: skip
    for shape in shapes:
        loop, fit, bare = (measure(side, shape, options.epochs) for side in ("loop", "fit", "bare"))
        report.add(
            shape,
            f"{loop['rate'] / 1e6:.2f}",
            f"{fit['rate'] / 1e6:.3f}",
            f"{loop['rate'] / fit['rate']:.0f}",
            f"{bare['rate'] / 1e6:.2f}",
            f"{bare['rate_2'] / 1e6:.2f}",
            f"{loop['epoch_seconds']:.1f}",
            f"{loop['mse']:.4f}",
            f"{NOISE**2:.4f}",
            f"{loop['peak_gb']:.2f}",
        )
    report.write()


if __name__ == "__main__":
    main()
