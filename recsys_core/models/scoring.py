"""The dot-product formula, once: offset + user bias + movie bias + p·q, then the sigmoid where it is stretched."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recsys_core.settings.train_config import TrainConfig

Range = tuple[float, float] | None
"""Lowest and highest prediction of a stretched sigmoid, in stars; None where there is none."""


def output_range(config: TrainConfig, rating_range: tuple[float, float]) -> tuple[float, float]:
    """Lowest and highest prediction of a stretched sigmoid, in stars."""
    return rating_range[0] - config.sigmoid_margin, rating_range[1] + config.sigmoid_margin


def score_terms(
    user_vectors: np.ndarray,
    movie_vectors: np.ndarray,
    user_bias: np.ndarray | float = 0.0,
    movie_bias: np.ndarray | float = 0.0,
    offset: float = 0.0,
) -> dict[str, np.ndarray]:
    """What makes up each row's score before the sigmoid, which is their sum: offset, user_bias, movie_bias, dot.

    `movie_vectors` `(n, size)`; `user_vectors` the same or, for one user, `(size,)`; biases `(n,)` or one number.
    float64 `(n,)` each.
    """
    dot = np.einsum("...i,...i->...", user_vectors, movie_vectors)
    terms = {"offset": offset, "user_bias": user_bias, "movie_bias": movie_bias, "dot": dot}
    return {name: np.broadcast_to(np.asarray(term, np.float64), dot.shape) for name, term in terms.items()}


def total_score(terms: Mapping[str, np.ndarray]) -> np.ndarray:
    """The score `(n,)` that `score_terms` add up to."""
    return np.sum(list(terms.values()), axis=0)


def to_stars(score: np.ndarray, output_range: Range) -> np.ndarray:
    """Ratings in stars, shaped as `score`: `score` itself, or through the sigmoid stretched over `output_range`."""
    if output_range is None:
        return score
    low, high = output_range
    with np.errstate(over="ignore"):
        return low + (high - low) / (1 + np.exp(-score))


def stars_slope(score: np.ndarray, output_range: Range) -> np.ndarray:
    """The derivative of `to_stars`, shaped as `score`."""
    if output_range is None:
        return np.ones_like(score)
    share = to_stars(score, (0.0, 1.0))
    return (output_range[1] - output_range[0]) * share * (1 - share)


def score_of(stars: np.ndarray | float, output_range: Range) -> np.ndarray:
    """The reverse of `to_stars`, for stars at or beyond the range a score just inside it; 0 in a range of no width."""
    if output_range is None:
        return np.asarray(stars)
    low, high = output_range
    if high == low:
        return np.zeros_like(stars, dtype=np.float64)
    share = np.clip((np.asarray(stars) - low) / (high - low), 1e-6, 1 - 1e-6)
    return np.log(share / (1 - share))
