"""Ratings of any size with a planted structure: skewed popularity and activity, low-rank truth, known noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core.split import Examples, Split

SHAPES = {
    "ml-small": (671, 9_066, 100_004),
    "ml-20m": (138_493, 26_744, 20_000_263),
    "ml-32m": (200_948, 87_585, 32_000_204),
}
"""Users, movies and ratings of the MovieLens editions."""

NOISE = 0.7
"""Standard deviation of a rating around the truth, in stars: no model can reach an MSE below its square."""
RANK = 6
_BLOCK = 2_000_000


@dataclass(frozen=True)
class _Truth:
    user_bias: np.ndarray
    movie_bias: np.ndarray
    user: np.ndarray
    movie: np.ndarray

    def rating(self, user: np.ndarray, movie: np.ndarray) -> np.ndarray:
        score = 0.5 + self.user_bias[user] + self.movie_bias[movie]
        score += np.einsum("ij,ij->i", self.user[user], self.movie[movie])
        return 0.5 + 4.5 / (1 + np.exp(-score))


def synthetic_split(n_users: int, n_movies: int, n_ratings: int, seed: int = 0, validation: float = 0.02) -> Split:
    """A split over `n_ratings` ratings. Everyone and everything has a share by a shifted power law, as in MovieLens."""
    rng = np.random.default_rng(seed)
    truth = _Truth(
        rng.normal(0, 0.4, n_users).astype(np.float32),
        rng.normal(0, 0.5, n_movies).astype(np.float32),
        rng.normal(0, 0.7, (n_users, RANK)).astype(np.float32),
        rng.normal(0, 0.7, (n_movies, RANK)).astype(np.float32),
    )
    user = _draw(rng, n_users, n_ratings, shift=0.02 * n_users, power=0.9)
    movie = _draw(rng, n_movies, n_ratings, shift=0.005 * n_movies, power=1.1)
    rating = np.empty(n_ratings, np.float32)
    for start in range(0, n_ratings, _BLOCK):
        part = slice(start, start + _BLOCK)
        rating[part] = truth.rating(user[part], movie[part])
        rating[part] += NOISE * rng.standard_normal(len(rating[part]), np.float32)
    n_train = int(n_ratings * (1 - validation))
    counts = np.bincount(movie[:n_train], minlength=n_movies).astype(np.int32)
    return Split(
        user_ids=np.arange(n_users, dtype=np.int32),
        movies=pd.DataFrame({"movie_id": np.arange(n_movies, dtype=np.int32), "n_train_ratings": counts}),
        train=Examples(user[:n_train], movie[:n_train], rating[:n_train]),
        validation=Examples(user[n_train:], movie[n_train:], rating[n_train:]),
        n_dropped=0,
        data={"rating_min": 0.5, "rating_max": 5.0},
        seed=seed,
    )


def _draw(rng: np.random.Generator, n: int, size: int, *, shift: float, power: float) -> np.ndarray:
    """`size` draws from 0 … n − 1 with shares ∝ (rank + shift)^−power, ranks in random order; int32."""
    share = (np.arange(n) + shift) ** -power
    edges = np.cumsum(rng.permutation(share))
    out = np.empty(size, np.int32)
    for start in range(0, size, _BLOCK):
        part = out[start : start + _BLOCK]
        part[:] = np.searchsorted(edges, rng.random(len(part)) * edges[-1]).clip(0, n - 1)
    return out
