"""What the simplest predictions reach, so that every figure of a model has a yardstick."""

from __future__ import annotations

import numpy as np

from recsys_core.data.split import Examples, Split

DAMPING = 4.0
"""Ratings by which user and movie offsets are shrunk towards zero."""
_BLOCK = 1 << 20


def baselines(split: Split, damping: float = DAMPING) -> dict[str, float]:
    """Validation MSE and MAE of predicting the training mean, and of damped biases; NaN without validation rows.

    Keys: `mean_mse`, `mean_mae`, `bias_mse`, `bias_mae`.
    """
    truth = split.validation.rating
    mean = np.full(len(truth), split.train_mean)
    bias = damped_bias_predictions(split.train, split.validation, split.n_users, split.n_movies, damping)
    return {
        f"{name}_{metric}": value
        for name, predicted in (("mean", mean), ("bias", bias))
        for metric, value in zip(("mse", "mae"), errors(predicted, truth), strict=True)
    }


def damped_biases(
    train: Examples, n_users: int, n_movies: int, damping: float = DAMPING
) -> tuple[float, np.ndarray, np.ndarray]:
    """Mean, user offsets `(n_users,)` and movie offsets `(n_movies,)` in stars.

    b_i = Σ(r − μ) / (n_i + damping), then b_u = Σ(r − μ − b_i) / (n_u + damping): Koren 2010, "Factor in the
    Neighbors", section 2.1, as in LensKit's bias model.
    """
    mean = train.rating.mean(dtype=np.float64)
    movie_sum, user_sum = np.zeros(n_movies), np.zeros(n_users)
    # Block by block: no copy in float64 of a column that may have tens of millions of rows.
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(train), _BLOCK)]
    for block in blocks:
        movie_sum += np.bincount(train.movie[block], train.rating[block] - mean, n_movies)
    movie_bias = movie_sum / (np.bincount(train.movie, minlength=n_movies) + damping)
    for block in blocks:
        residual = train.rating[block] - mean - movie_bias[train.movie[block]]
        user_sum += np.bincount(train.user[block], residual, n_users)
    return float(mean), user_sum / (np.bincount(train.user, minlength=n_users) + damping), movie_bias


def damped_bias_predictions(
    train: Examples, asked: Examples, n_users: int, n_movies: int, damping: float = DAMPING
) -> np.ndarray:
    """μ + b_u + b_i for the pairs of `asked`, in stars `(n,)`."""
    mean, user_bias, movie_bias = damped_biases(train, n_users, n_movies, damping)
    return mean + user_bias[asked.user] + movie_bias[asked.movie]


def errors(predicted: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Mean squared and mean absolute error; NaN for no rows."""
    if len(truth) == 0:
        return float("nan"), float("nan")
    difference = np.asarray(predicted, np.float64) - truth
    return float(np.mean(difference**2)), float(np.mean(np.abs(difference)))
