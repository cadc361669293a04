"""Every preset in the compiled loop against Keras' `fit`: same model, batch and data, losses side by side.

    python -m benchmarks.training [PRESET …]

Each side runs in a process of its own, with the threads it would have by default. An epoch's time is the median over
the epochs after the first, which compiles.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import subprocess
import sys
import time
from typing import Literal

from benchmarks.report import Report
from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import split_ratings
from recsys_core.settings.presets import PRESETS, find_preset
from recsys_core.settings.train_config import Phase, TrainConfig

EPOCHS = {"fit": 4, "loop": 12}
COMPARED_EPOCHS = 4


def settings(name: str, epochs: int) -> TrainConfig:
    config = find_preset(name).config
    return dataclasses.replace(config, phases=(Phase(config.phases[0].learning_rate, epochs),), keep="last", patience=0)


def time_loop(name: str, table_updates: Literal["rows", "dense"]) -> dict:
    from recsys_core.training.events import EpochEnd
    from recsys_core.training.fit import fit

    config = dataclasses.replace(settings(name, EPOCHS["loop"]), table_updates=table_updates)
    split = split_ratings(load_ratings(), config)
    started = time.perf_counter()
    ends: list[EpochEnd] = []
    first_point: list[float] = []

    def watch(event: object) -> None:
        if isinstance(event, EpochEnd):
            ends.append(event)
            first_point.append(time.perf_counter() - started)

    fit(split, config, on_event=watch)
    return {
        "seconds": [end.seconds for end in ends],
        "mse": [end.val_mse for end in ends],
        "first": first_point[0],
    }


def time_fit(name: str) -> dict:
    """The stock model with the same penalties as Keras knows them, trained by `fit`."""
    import keras
    import numpy as np

    from benchmarks.schedules import optimizer_of, stock_model
    from recsys_core.training import backend

    backend.THREADS = 0  # what TensorFlow takes by itself
    config = settings(name, EPOCHS["fit"])
    split = split_ratings(load_ratings(), config)
    model = stock_model(split, config)
    if isinstance(model.output, dict):
        model = keras.Model(model.inputs, model.output["rating"])
    model.compile(optimizer_of(keras, config, sparse=True), "mse")
    train, validation = split.train, split.validation
    seconds, mse = [], []
    order = np.random.default_rng(0).permutation(len(train))
    for _ in range(EPOCHS["fit"]):
        begun = time.perf_counter()
        model.fit(
            [train.user[order], train.movie[order]],
            train.rating[order],
            batch_size=config.batch_size or len(train),
            validation_data=([validation.user, validation.movie], validation.rating),
            validation_batch_size=len(validation.rating),
            verbose=0,
        )
        seconds.append(time.perf_counter() - begun)
        predicted = model.predict([validation.user, validation.movie], batch_size=len(validation.rating), verbose=0)
        mse.append(float(np.mean((predicted[:, 0] - validation.rating) ** 2)))
    return {"seconds": seconds, "mse": mse}


def measure(side: str, name: str) -> dict:
    command = [sys.executable, "-m", "benchmarks.training", "--side", side, name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("presets", nargs="*", default=list(PRESETS))
    parser.add_argument("--side", choices=("fit", "rows", "dense"))
    options = parser.parse_args()
    if options.side:
        name = options.presets[0]
        print(json.dumps(time_fit(name) if options.side == "fit" else time_loop(name, options.side)))
        return
    report = Report(
        "training",
        "Seconds an epoch: the compiled loop against Keras fit",
        ["preset", "its updates", "fit, s", "loop, dense, s", "loop, rows, s", "fit / dense", "fit / rows",
         *(f"{side} MSE after {COMPARED_EPOCHS}" for side in ("fit", "dense", "rows")),
         "its first epoch with compiling, s"],
    )  # fmt: skip
    for name in options.presets:
        own = find_preset(name).config.table_updates
        measured = {side: measure(side, name) for side in ("fit", "dense", "rows")}
        seconds = {side: statistics.median(each["seconds"][1:]) for side, each in measured.items()}
        report.add(
            name,
            own,
            f"{seconds['fit']:.3f}",
            f"{seconds['dense']:.4f}",
            f"{seconds['rows']:.4f}",
            f"{seconds['fit'] / seconds['dense']:.2g}",
            f"{seconds['fit'] / seconds['rows']:.2g}",
            *(f"{measured[side]['mse'][COMPARED_EPOCHS - 1]:.3f}" for side in ("fit", "dense", "rows")),
            f"{measured[own]['first']:.2f}",
        )
    report.note(
        "Dense updates are `fit`'s arithmetic (benchmarks/schedules.py holds them to it); row-sparse ones move only "
        "the rows that a step looks up, and learn more slowly where rows are seldom looked up. "
        "Where `fit`'s MSE is far higher, it is stock Adam on an embedding's sparse gradient: it squares the gradients "
        "of repeated ids one by one, not their sum (docs/design.md)."
    )
    report.write()


if __name__ == "__main__":
    main()
