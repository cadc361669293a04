"""What training leaves behind in memory, and how to tell that it diverged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from recsys_core.data.split import Examples, Split
from recsys_core.models.registry import MOVIE_BIAS, MOVIE_EMBEDDING, OFFSET, USER_BIAS, USER_EMBEDDING
from recsys_core.models.scoring import output_range
from recsys_core.settings.numbers import show_number
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training import stock_model

DIVERGED = 1.2
"""A training that ends with more than so many times the loss of the mean rating, and of the weights it began with, has
diverged: it knows less than nothing. Measured with every preset at 1 to 100,000 times its rate, against the larger of
the two: what learns ends below 0.75 times it (a single slow epoch at 1.01), what does not above 1.3."""
_SMALLEST_LOSS = 1e-3
"""Stars squared. Below it nothing has diverged, though it may be many times what it was, as where ratings are equal."""
_USUAL_RATES = {"adam": 0.01, "rmsprop": 0.01, "adagrad": 0.1, "sgd": 1.0}
"""The highest rates that a first try should take."""


@dataclass(frozen=True)
class Divergence:
    """Where a training left the ground."""

    epoch: int
    learning_rate: float
    train_mse: float
    """Of that epoch, in stars squared; infinite if it left the range of numbers."""
    optimizer: str

    @property
    def rate_to_try(self) -> float:
        return float(f"{min(self.learning_rate / 10, _USUAL_RATES[self.optimizer]):.3g}")

    @property
    def message(self) -> str:
        """Two sentences for people."""
        reached = f"reached {self.train_mse:.3g}" if math.isfinite(self.train_mse) else "left the range of numbers"
        return (
            f"The training diverged: in epoch {self.epoch}, at learning rate {show_number(self.learning_rate)} with "
            f"{self.optimizer}, its training MSE {reached}. Try a learning rate of {show_number(self.rate_to_try)}."
        )


def find_divergence(history: pd.DataFrame, worst_start: float, config: TrainConfig) -> Divergence | None:
    """The first epoch in which a training with this `history` diverged; None if it ended well.

    worst_start: the larger of the MSE of the mean rating and that of the weights training began with.
    """
    limit = DIVERGED * max(worst_start, _SMALLEST_LOSS)
    beyond = ~(history["train_mse"].to_numpy(np.float64) <= limit)
    if not len(beyond) or not beyond[-1]:
        return None
    first = history.iloc[int(beyond.argmax())]
    return Divergence(int(first["epoch"]), float(first["learning_rate"]), float(first["train_mse"]), config.optimizer)


def saved_divergence(history: pd.DataFrame, mean_mse: float, config: TrainConfig) -> Divergence:
    """Where a training that is known to have diverged did so. `history`: its own epochs, at least one.

    mean_mse: that of the mean rating. The loss of the weights it began with, which `find_divergence` wants, is not
    saved: if it did not go beyond that of the mean, its last epoch is named.
    """
    last = history.iloc[-1]
    return find_divergence(history, mean_mse, config) or Divergence(
        int(last["epoch"]), float(last["learning_rate"]), float(last["train_mse"]), config.optimizer
    )


@dataclass(frozen=True)
class Trained:
    """A trained model, in arrays of its own: no later training changes it, and it can be saved at any time."""

    config: TrainConfig
    split: Split = field(repr=False)
    weights: Mapping[str, np.ndarray] = field(repr=False)
    """All weights of the kept epoch, by variable path: float32."""
    n_parameters: int
    """How many of these numbers training changed."""
    history: pd.DataFrame = field(repr=False)
    baselines: dict[str, float]
    kept_epoch: int
    stopped: bool
    snapshots: dict[int, np.ndarray] = field(repr=False)
    """Epoch -> float16 `(n_movies, size)`; epoch 0 is before the first step."""
    divergence: Divergence | None = None
    """Where it diverged, if it did. Its weights are then the last finite ones that are known."""

    @property
    def diverged(self) -> bool:
        return self.divergence is not None

    @property
    def status(self) -> Literal["finished", "stopped", "diverged"]:
        return "diverged" if self.diverged else "stopped" if self.stopped else "finished"

    @property
    def movie_vectors(self) -> np.ndarray:
        """float32 `(n_movies, size)`."""
        return self.weights[f"{MOVIE_EMBEDDING}/embeddings"]

    @property
    def user_vectors(self) -> np.ndarray:
        """float32 `(n_users, size)`."""
        return self.weights[f"{USER_EMBEDDING}/embeddings"]

    @property
    def movie_bias(self) -> np.ndarray | None:
        """float32 `(n_movies,)`."""
        return self._column(MOVIE_BIAS)

    @property
    def user_bias(self) -> np.ndarray | None:
        """float32 `(n_users,)`."""
        return self._column(USER_BIAS)

    @property
    def offset(self) -> float:
        column = self._column(OFFSET)
        return 0.0 if column is None else float(column[0])

    @property
    def output_range(self) -> tuple[float, float] | None:
        """Lowest and highest prediction of the stretched sigmoid, in stars; None without one."""
        return output_range(self.config, self.split.rating_range) if self.config.stretched_sigmoid else None

    def predict(self, examples: Examples) -> np.ndarray:
        """Predicted ratings in stars, float32 `(n,)`. For the thread that owns TensorFlow."""
        return stock_model.predict(examples, self.split, self.config, self.weights)

    def save_model(self, path: Path) -> None:
        """Write a `.keras` file that plain `keras.models.load_model` opens. For the thread that owns TensorFlow."""
        stock_model.save_model(path, self.split, self.config, self.weights)

    def _column(self, name: str) -> np.ndarray | None:
        table = self.weights.get(f"{name}/embeddings")
        return None if table is None else table[:, 0]
