"""What a figure is held against: the similarity of random movies, the mean that trusts few ratings little, extremes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core.errors import QueryError
from recsys_core.explore.embeddings import MovieEmbeddings, check_metric

DAMPING = 4
"""Ratings at the overall mean that a movie is thought to have beside its own, as in the bias baseline."""


@dataclass(frozen=True)
class RandomPairs:
    """How similar two movies are that have nothing to do with each other."""

    median: float
    top: float
    """95 of 100 random pairs are less similar than this."""


def random_pairs(
    embeddings: MovieEmbeddings, metric: str = "cosine", *, min_ratings: int = 0, n_pairs: int = 5_000, seed: int = 0
) -> RandomPairs:
    """Similarities as in `MovieEmbeddings.neighbors`, between random movies with at least `min_ratings` ratings.

    Movies without a vector take no part. Raises `QueryError` if fewer than two movies are left.
    """
    rows = np.flatnonzero((embeddings.n_ratings >= min_ratings) & embeddings.has_vector)
    if len(rows) < 2:
        raise QueryError(f"`min_ratings` must leave at least two movies. Received: {min_ratings}.")
    rng = np.random.default_rng(seed)
    first = rng.integers(len(rows), size=n_pairs)
    second = (first + rng.integers(1, len(rows), size=n_pairs)) % len(rows)
    points = embeddings.unit_vectors if check_metric(metric) == "cosine" else embeddings.vectors
    one, other = points[rows[first]], points[rows[second]]
    if metric == "euclidean":
        similarity = 1 / (1 + np.linalg.norm(one - other, axis=1))
    else:
        similarity = np.einsum("ij,ij->i", one, other)
    return RandomPairs(float(np.median(similarity)), float(np.quantile(similarity, 0.95)))


def damped_means(mean_rating: np.ndarray, n_ratings: np.ndarray, damping: float = DAMPING) -> np.ndarray:
    """Mean ratings drawn towards the overall mean, the more the fewer ratings there are: float64 `(n,)`.

    (n · mean + damping · overall) / (n + damping), where `overall` is the mean of all ratings.
    """
    mean_rating, n_ratings = np.asarray(mean_rating, np.float64), np.asarray(n_ratings, np.float64)
    return (n_ratings * mean_rating + damping * overall_mean(mean_rating, n_ratings)) / (n_ratings + damping)


def overall_mean(mean_rating: np.ndarray, n_ratings: np.ndarray) -> float:
    """The mean of all ratings, from the means and counts of groups; groups without ratings do not count."""
    rated = np.asarray(n_ratings) > 0
    return float(np.average(np.asarray(mean_rating, np.float64)[rated], weights=np.asarray(n_ratings)[rated]))


def means_as_offsets(means: np.ndarray, overall: float, output_range: tuple[float, float] | None) -> np.ndarray:
    """The bias that each mean alone would ask for: float64 `(n,)`.

    `means - overall`; with a sigmoid stretched over `output_range`, the difference of their logits, since such a bias
    is added before the sigmoid. Means at the ends of the range are drawn in by a hundredth of it.
    """
    if output_range is None:
        return np.asarray(means, np.float64) - overall
    low, high = output_range
    share = np.clip((np.append(np.asarray(means, np.float64), overall) - low) / (high - low), 0.01, 0.99)
    logits = np.log(share / (1 - share))
    return logits[:-1] - logits[-1]


def extremes(
    frame: pd.DataFrame, column: str, *, top: int = 10, min_ratings: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The `top` rows of `frame` with the highest `column` and those with the lowest, each most extreme first.

    Among rows with at least `min_ratings` in `n_ratings`; of equals, the more rated. No row is in both.
    """
    known = frame[(frame["n_ratings"] >= min_ratings) & frame[column].notna()]
    top = min(top, len(known) // 2)
    return (
        known.sort_values([column, "n_ratings"], ascending=[False, False], kind="stable").head(top),
        known.sort_values([column, "n_ratings"], ascending=[True, False], kind="stable").head(top),
    )
