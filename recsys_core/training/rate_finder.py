"""Find a learning rate: sweep it upwards over one pass and see where the loss falls and where it leaves the ground."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from recsys_core.data.split import Split
from recsys_core.errors import Cancelled, TrainingError
from recsys_core.models.registry import check_settings
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.loop_cache import loop_for
from recsys_core.training.memory import check_memory
from recsys_core.training.shuffling import epoch_order
from recsys_core.training.stock_model import initial_weights

LOWEST, HIGHEST = 1e-5, 10.0
LEAST_STEPS = 60
"""Of large batches so many steps are taken, in more passes than one: fewer rates than that say little."""


def find_learning_rate(
    split: Split,
    config: TrainConfig,
    *,
    lowest: float = LOWEST,
    highest: float = HIGHEST,
    on_progress: Callable[[float, float, float], None] = lambda fraction, learning_rate, mse: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[pd.DataFrame, float]:
    """Sweep the learning rate upwards: columns learning_rate, mse (smoothed), and a suggested rate.

    Over one pass, or as many as make `LEAST_STEPS` steps, after Smith 2017, "Cyclical Learning Rates"; the suggestion,
    of two digits, is that of `longest_valley`. The sweep ends early where the loss is four times its lowest.

    on_progress: told the share that is done, and the latest rate with its smoothed loss. Raises `Cancelled`,
    `ConfigError` if the settings do not fit together or memory, and `TrainingError` if the loss is not finite from the
    beginning.
    """
    check_settings(config)
    check_memory(config, split)
    loop = loop_for(split, config)
    loop.compile()
    loop.start(split, config, initial_weights(split, config))
    order = np.arange(len(split.train), dtype=np.int32)
    shuffler = np.random.default_rng((config.seed, 4))
    order = np.concatenate(list(epoch_order(order, split, loop, shuffler, should_stop)))
    steps = math.ceil(len(order) / loop.batch_size)
    passes = math.ceil(LEAST_STEPS / steps)
    order, n_points = np.tile(order, passes), min(100, steps * passes)
    rows: list[tuple[float, float]] = []
    smoothed, lowest_mse = 0.0, math.inf
    for i, part in enumerate(np.array_split(order, n_points)):
        if should_stop():
            raise Cancelled("The learning-rate sweep was stopped.")
        rate = lowest * (highest / lowest) ** (i / max(1, n_points - 1))
        squared = 0.0
        for start in range(0, len(part), loop.steps_per_call * loop.batch_size):
            rows_now = part[start : start + loop.steps_per_call * loop.batch_size]
            rates = np.full(math.ceil(len(rows_now) / loop.batch_size), rate, np.float32)
            squared += loop.run_on(split, rows_now, rates, config.seed).squared_error
        mse = squared / len(part)
        if not math.isfinite(mse):
            break
        smoothed = 0.8 * smoothed + 0.2 * mse
        rows.append((rate, smoothed / (1 - 0.8 ** (i + 1))))
        lowest_mse = min(lowest_mse, rows[-1][1])
        on_progress((i + 1) / n_points, *rows[-1])
        if rows[-1][1] > 4 * lowest_mse:
            break
    if not rows:
        raise TrainingError(
            f"The loss must be a finite number at the lowest learning rate, {lowest:g}. It was not. "
            "Try a smaller penalty, or the stretched sigmoid."
        )
    sweep = pd.DataFrame(rows, columns=pd.Index(["learning_rate", "mse"]))
    suggested = sweep["learning_rate"].iloc[longest_valley(sweep["mse"].to_numpy())]
    return sweep, float(f"{suggested:.2g}")


def longest_valley(losses: np.ndarray) -> int:
    """Where in `losses` `(n,)`, of evenly rising logarithms of the rate, the middle of their longest fall is.

    As fastai's default, `valley` (fastai/callback/schedule.py): the fall is the longest falling subsequence, so that
    noise does not break it, and its middle is steep, with room before the loss turns upwards.
    """
    lengths = np.ones(len(losses), np.int64)
    for i in range(1, len(losses)):
        lengths[i] = 1 + lengths[:i][losses[:i] > losses[i]].max(initial=0)
    end = int(lengths.argmax())
    third = lengths[end] / 3
    return max(0, end - int(lengths[end]) + int(third) + int(third / 2))
