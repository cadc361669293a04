"""What a person would choose to watch: a vector of theirs, fitted to what they rated as models learn it of their users.

Predicted ratings alone rank badly: the best of them belong to movies that few would choose. What people watch is the
better half of what they will like.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recsys_core.explore.nearest import unit_rows
from recsys_core.runs.run import Run
from recsys_core.runs.taste import taste_of, train_counts

PENALTY = 3.0
"""Of the squared length of the vector, beside the sum over the ratings: chosen on held-out users of seeds 10 and 11 of
`python -m benchmarks.recommend`."""
LIKING = 0.5
"""A rating counts by e^(liking · stars above the person's mean), as in `models.watching_in_time`."""
MOST_STEPS = 50


def choice_scores(run: Run, rated: Mapping[int, float], rows: np.ndarray) -> np.ndarray:
    """How likely somebody who rated the movies `rated` (row -> stars) is to choose each of `rows` `(n,)` next.

    float64 `(n,)`, the logarithm of a share: log popularity + w·q, q the movies' vectors and w the one that minimizes
    −Σ c·log softmax(log popularity + w·q) + λ/2·‖w‖² over the rated movies among `rows`, by L-BFGS; λ is `PENALTY`.
    That is what a model of watching learns of a user, with all movies instead of those of a batch. Without such movies
    it is log popularity alone.
    """
    popularity = np.log(np.maximum(train_counts(run)[rows], 1).astype(np.float64))
    popularity -= _log_sum(popularity)
    place = {row: place for place, row in enumerate(rows.tolist())}
    known = {place[row]: stars for row, stars in rated.items() if row in place}
    if not known:
        return popularity
    vectors = np.asarray(run.movie_vectors[rows], np.float64)
    weight = _weights(known)
    pulled = weight @ vectors[list(known)]

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        scores = popularity + vectors @ w
        total = _log_sum(scores)
        share = np.exp(scores - total)
        value = weight.sum() * total - pulled @ w + PENALTY / 2 * (w @ w)
        return float(value), weight.sum() * (share @ vectors) - pulled + PENALTY * w

    from scipy.optimize import minimize  # Half a second, as in recommend.py.

    found = minimize(loss, np.zeros(vectors.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS})
    scores = popularity + vectors @ found.x
    return scores - _log_sum(scores)


def closeness(run: Run, rated: Mapping[int, float], rows: np.ndarray) -> np.ndarray:
    """Mean cosine, in taste, of each of `rows` `(n,)` with the movies `rated` (row -> stars), the liked ones first.

    float64 `(n,)`; zero for somebody who rated nothing. Each rating counts as in `choice_scores`.
    """
    if not rated:
        return np.zeros(len(rows))
    vectors = taste_of(run).vectors
    weight = _weights(rated)
    toward = (weight / weight.sum()) @ unit_rows(vectors[list(rated)])
    return (unit_rows(vectors[rows]) @ toward).astype(np.float64)


def _weights(rated: Mapping[int, float]) -> np.ndarray:
    stars = np.fromiter(rated.values(), np.float64)
    return np.exp(LIKING * (stars - stars.mean()))


def _log_sum(scores: np.ndarray) -> float:
    highest = float(scores.max())
    return highest + float(np.log(np.exp(scores - highest).sum()))
