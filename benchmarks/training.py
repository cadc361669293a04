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


def time_loop(name: str) -> dict:
    from recsys_core.training.events import EpochEnd
    from recsys_core.training.fit import fit

    config = settings(name, EPOCHS["loop"])
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

    from recsys_core.models.builder import ModelBuilder
    from recsys_core.training import backend

    backend.THREADS = 0  # what TensorFlow takes by itself
    config = settings(name, EPOCHS["fit"])
    split = split_ratings(load_ratings(), config)
    builder = ModelBuilder(config, split.n_users, split.n_movies, split.rating_range)
    model = builder.model()
    for layer in model.layers:
        is_bias = layer.name.endswith("_bias")
        table_l2 = (config.bias_l2 if is_bias else config.l2) + config.weight_decay / 2
        if isinstance(layer, keras.layers.Embedding) and table_l2:
            layer.embeddings_regularizer = keras.regularizers.L2(table_l2)
    if isinstance(model.output, dict):
        model = keras.Model(model.inputs, model.output["rating"])
    optimizer = keras.optimizers.get(
        {"class_name": config.optimizer, "config": {"learning_rate": config.phases[0].learning_rate}}
    )
    model.compile(optimizer, "mse", metrics=["mse"])
    train, validation = split.train, split.validation
    seconds, mse = [], []
    order = np.random.default_rng(0).permutation(len(train))
    started = time.perf_counter()
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
        if len(seconds) == 1:
            first = time.perf_counter() - started
        predicted = model.predict([validation.user, validation.movie], batch_size=len(validation.rating), verbose=0)
        mse.append(float(np.mean((predicted[:, 0] - validation.rating) ** 2)))
    return {"seconds": seconds, "mse": mse, "first": first}


def measure(side: str, name: str) -> dict:
    command = [sys.executable, "-m", "benchmarks.training", "--side", side, name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("presets", nargs="*", default=list(PRESETS))
    parser.add_argument("--side", choices=("loop", "fit"))
    options = parser.parse_args()
    if options.side:
        print(json.dumps((time_loop if options.side == "loop" else time_fit)(options.presets[0])))
        return
    report = Report(
        "training",
        "Seconds an epoch: the compiled loop against Keras fit",
        ["preset", "fit, s", "loop, s", "ratio", f"fit MSE after {COMPARED_EPOCHS}",
         f"loop MSE after {COMPARED_EPOCHS}", "loop: first epoch with compiling, s"],
    )  # fmt: skip
    for name in options.presets:
        fit, loop = measure("fit", name), measure("loop", name)
        fit_seconds, loop_seconds = (statistics.median(side["seconds"][1:]) for side in (fit, loop))
        report.add(
            name,
            f"{fit_seconds:.3f}",
            f"{loop_seconds:.4f}",
            f"{fit_seconds / loop_seconds:.2g}",
            f"{fit['mse'][COMPARED_EPOCHS - 1]:.3f}",
            f"{loop['mse'][COMPARED_EPOCHS - 1]:.3f}",
            f"{loop['first']:.2f}",
        )
    report.note(
        "Where `fit`'s MSE is far higher, it is stock Adam on an embedding's sparse gradient: it squares the gradients "
        "of repeated ids one by one, not their sum (docs/design.md). The loop's arithmetic is that of dense gradients."
    )
    report.write()


if __name__ == "__main__":
    main()
