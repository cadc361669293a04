"""What a training tells on its way, as plain values, and the table its epochs add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

HISTORY_COLUMNS = ("epoch", "learning_rate", "train_mse", "train_mae", "val_mse", "val_mae", "seconds")


@dataclass(frozen=True)
class Started:
    """The model is built and compiling begins."""

    n_parameters: int
    n_train: int
    n_validation: int
    n_dropped: int
    baselines: dict[str, float]
    first_epoch: int
    last_epoch: int


@dataclass(frozen=True)
class Progress:
    """Inside an epoch, at most ten times a second."""

    epoch: int
    fraction: float
    """Share of the whole training that is done, 0 to 1."""
    ratings_per_second: float
    train_mse: float
    """Over the epoch so far, in stars squared."""
    train_mae: float
    """Over the epoch so far, in stars."""
    movie_vectors: np.ndarray | None = field(default=None, repr=False, compare=False)
    """float16 `(n_movies, size)`, now and then where an epoch is long."""


@dataclass(frozen=True)
class EpochEnd:
    """An epoch is over. MSE in stars squared, MAE in stars; infinite where the loss left the range of numbers, NaN
    without validation rows."""

    epoch: int
    learning_rate: float
    train_mse: float
    train_mae: float
    val_mse: float
    val_mae: float
    seconds: float
    """Since the epoch began, validation included."""
    movie_vectors: np.ndarray | None = field(default=None, repr=False, compare=False)
    """float16 `(n_movies, size)`, where this epoch is one of the snapshots."""


Event = Started | Progress | EpochEnd


def history_of(ends: Sequence[EpochEnd]) -> pd.DataFrame:
    """The table of history.csv: `HISTORY_COLUMNS`, a row an epoch."""
    rows = [[getattr(end, name) for name in HISTORY_COLUMNS] for end in ends]
    return pd.DataFrame(rows, columns=pd.Index(HISTORY_COLUMNS))
