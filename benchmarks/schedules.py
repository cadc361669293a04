"""Each notebook's whole schedule: the compiled loop against Keras' `fit`, validation MSE epoch by epoch.

    python -m benchmarks.schedules [PRESET …]

Both sides have one split, one set of initial weights and one order of the ratings, so that what is left between them is
arithmetic and the random bits of dropout. `fit` is given what the notebooks' libraries did, which the Keras of today
does not by itself:

- Its optimizer gets dense gradients. Without a penalty on the table an embedding's gradient is sparse, and Keras 3
  squares the gradients of an id that occurs twice in a batch one by one, not their sum. PyTorch, and Keras when the
  notebooks were written, summed first. A notebook with an L2 penalty on its tables has dense gradients anyway. The
  column "fit, sparse" is Keras 3 left to itself, where that makes a difference.
- Weight decay is added to the gradient of every weight, as PyTorch's Adam does.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import time
from typing import Any

import numpy as np

from benchmarks.report import Report
from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import Split, split_ratings
from recsys_core.models.builder import ModelBuilder
from recsys_core.models.registry import MOVIE_BIAS, USER_BIAS
from recsys_core.settings.presets import find_preset
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.backend import tensorflow
from recsys_core.training.fit import fit, learning_rates
from recsys_core.training.shuffling import shuffled_blocks
from recsys_core.training.stock_model import initial_weights

NOTEBOOKS = (
    "one-hot-mlp", "split-mlp", "dot-l2", "dot-bias-l2", "mlp-70", "mlp-32-4", "mf-full-batch", "mf-bias-full-batch",
    "collabfnet", "recommender-v1", "recommender-v2", "recommender-net",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("presets", nargs="*", default=list(NOTEBOOKS))
    report = Report(
        "schedules",
        "Whole schedules of the notebooks: validation MSE of Keras' fit and of the compiled loop",
        ["preset", "fit", "loop", "differs by", "at most, over all epochs", "loop, rows", "fit, sparse", "printed",
         "fit, s", "loop, s", "loop, rows, s"],
    )  # fmt: skip
    loaded = load_ratings()
    for name in parser.parse_args().presets:
        preset = find_preset(name)
        config = preset.config
        split = split_ratings(loaded, config)
        dense, dense_seconds = run_loop(split, dataclasses.replace(config, table_updates="dense"))
        rows, rows_seconds = run_loop(split, dataclasses.replace(config, table_updates="rows"))
        fitted, fit_seconds = run_fit(split, config, sparse=False)
        sparse = "same" if config.l2 else f"{run_fit(split, config, sparse=True)[0][-1]:.3f}"
        differences = np.abs(dense / fitted - 1)
        report.add(
            name,
            f"{fitted[-1]:.3f}",
            f"{dense[-1]:.3f}",
            f"{differences[-1]:.2%}",
            f"{differences.max():.2%}",
            f"{rows[-1]:.3f}",
            sparse,
            preset.printed_mse or "–",
            f"{fit_seconds:.1f}",
            f"{dense_seconds:.1f}",
            f"{rows_seconds:.1f}",
        )
    for paragraph in __doc__.split("\n\n", 2)[2].strip().split("\n\n"):
        report.note(paragraph)
    report.write()


def run_loop(split: Split, config: TrainConfig) -> tuple[np.ndarray, float]:
    """Validation MSE of each epoch, and the seconds of all epochs without compiling."""
    history = fit(split, config).history
    return history["val_mse"].to_numpy(), float(history["seconds"].sum())


def run_fit(split: Split, config: TrainConfig, *, sparse: bool) -> tuple[np.ndarray, float]:
    """The same of `fit`."""
    _, keras = tensorflow()
    model = stock_model(split, config)
    model.compile(optimizer_of(keras, config, sparse), "mse")
    train, validation = split.train, split.validation
    batch_size = min(config.batch_size or len(train), len(train))
    rates = learning_rates(config, math.ceil(len(train) / batch_size))
    order, shuffler = np.arange(len(train), dtype=np.int32), np.random.default_rng((config.seed, 3, 1))
    mse, seconds = [], 0.0
    for rate in rates:
        model.optimizer.learning_rate = rate[0]
        blocks = shuffled_blocks(order, shuffler, batch_size=batch_size) if batch_size < len(train) else [order]
        for block in blocks:
            begun = time.perf_counter()
            inputs = [train.user[block], train.movie[block]]
            model.fit(inputs, train.rating[block], batch_size=batch_size, shuffle=False, verbose=0)
            # The first epoch compiles.
            seconds += time.perf_counter() - begun if mse else 0.0
        predicted = model([validation.user, validation.movie], training=False).numpy()[:, 0]
        mse.append(float(np.mean((predicted - validation.rating) ** 2)))
    return np.array(mse), seconds * len(mse) / (len(mse) - 1)


def stock_model(split: Split, config: TrainConfig) -> Any:
    """The model of stock layers with the loop's initial weights, and the penalties as Keras knows them."""
    _, keras = tensorflow()
    model = ModelBuilder(keras, config, split.n_users, split.n_movies, split.rating_range).model()
    weights = initial_weights(split, config)
    for variable in model.weights:
        variable.assign(weights[variable.path])
    for layer in model.layers:
        table_l2 = config.bias_l2 if layer.name in (USER_BIAS, MOVIE_BIAS) else config.l2
        if isinstance(layer, keras.layers.Embedding) and table_l2:
            # Of the variable: the layer's own setting counts only before it is built.
            layer.embeddings.regularizer = keras.regularizers.L2(table_l2)
    return model


def optimizer_of(keras: Any, config: TrainConfig, sparse: bool) -> Any:
    """Keras' optimizer, given dense gradients unless `sparse`, with weight decay as PyTorch has it."""
    tf, _ = tensorflow()
    stock = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}[config.optimizer]

    class Optimizer(stock):
        def apply(self, grads: Any, trainable_variables: Any = None) -> Any:
            if not sparse:
                grads = [tf.convert_to_tensor(gradient) for gradient in grads]
            if config.weight_decay:
                grads = [
                    tf.convert_to_tensor(gradient) + config.weight_decay * variable
                    for gradient, variable in zip(grads, trainable_variables, strict=True)
                ]
            return super().apply(grads, trainable_variables)

    return Optimizer(config.phases[0].learning_rate)


if __name__ == "__main__":
    main()
