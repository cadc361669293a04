"""Ratings of any size with a planted structure: skewed popularity and activity, low-rank truth, known noise.

What decides how hard the structure is to find resembles MovieLens: how unevenly ratings fall on users and movies, and
how much they vary. How much of that is taste and how much is noise nobody knows of MovieLens; here it is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from recsys_core.data.split import Examples, Split


@dataclass(frozen=True)
class Shape:
    """How many users, movies and ratings, and how unevenly the movies share the ratings."""

    n_users: int
    n_movies: int
    n_ratings: int
    spread: float = 125.0
    """Expected ratings of the most popular movie over those of the least popular are e^√spread."""


SHAPES = {
    "ml-small": Shape(671, 9_066, 100_004, spread=50),
    "ml-20m": Shape(138_493, 26_744, 20_000_263, spread=125),
    "ml-32m": Shape(200_948, 87_585, 32_000_204, spread=260),
}
"""The MovieLens editions. The spreads give their movies' Gini coefficients: 0.72 (`data/`), 0.903 and 0.952
(codex.lenskit.org, "MovieLens")."""

NOISE = 0.7
"""Standard deviation of a rating around the truth, in stars: no model can reach an MSE below its square."""
RANK = 3
"""Numbers in a user's and in a movie's true vector, beside their biases."""
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


def synthetic_split(shape: Shape, seed: int = 0, validation: float = 0.02) -> Split:
    """A split over ratings of `shape`, `validation` of them held out.

    A user may rate a movie twice, but never once in training and once in validation: such validation ratings are left
    out, and not counted as dropped.
    """
    rng = np.random.default_rng(seed)
    n = shape.n_ratings
    truth = _Truth(
        rng.normal(0, 0.4, shape.n_users).astype(np.float32),
        rng.normal(0, 0.5, shape.n_movies).astype(np.float32),
        rng.normal(0, 0.5, (shape.n_users, RANK)).astype(np.float32),
        rng.normal(0, 0.5, (shape.n_movies, RANK)).astype(np.float32),
    )
    user = _draw(rng, user_activity(shape), n)
    movie = _draw(rng, movie_popularity(shape), n)
    rating = np.empty(n, np.float32)
    for start in range(0, n, _BLOCK):
        part = slice(start, start + _BLOCK)
        rating[part] = truth.rating(user[part], movie[part])
        rating[part] += NOISE * rng.standard_normal(len(rating[part]), np.float32)
    n_train = int(n * (1 - validation))
    train = Examples(user[:n_train], movie[:n_train], rating[:n_train])
    rest = Examples(user[n_train:], movie[n_train:], rating[n_train:])
    new = ~_rated_in(train, rest)
    counts = np.bincount(train.movie, minlength=shape.n_movies).astype(np.int32)
    return Split(
        user_ids=np.arange(shape.n_users, dtype=np.int32),
        movies=pd.DataFrame({"movie_id": np.arange(shape.n_movies, dtype=np.int32), "n_train_ratings": counts}),
        train=train,
        validation=Examples(rest.user[new], rest.movie[new], rest.rating[new]),
        n_dropped=0,
        data={"rating_min": 0.5, "rating_max": 5.0},
    )


def user_activity(shape: Shape) -> np.ndarray:
    """(n_users,) ratings that each user is expected to give: 20, as MovieLens asks for, and a log-normal number more.

    Its σ of 1.4 gives the built-in ratings' median of 71 and Gini coefficient of 0.58. Where there are fewer than 40
    ratings a user, half of them take the place of the 20.
    """
    mean = shape.n_ratings / shape.n_users
    least = min(20, mean / 2)
    more = np.exp(1.4 * ndtri((np.arange(shape.n_users) + 0.5) / shape.n_users))
    return least + (mean - least) * more / more.mean()


def movie_popularity(shape: Shape) -> np.ndarray:
    """(n_movies,) ratings that each movie is expected to get: a stretched exponential of its rank.

    With the spread of "ml-20m" the quartiles are 3, 18 and 180 ratings.
    """
    share = np.exp(-np.sqrt(shape.spread * (np.arange(shape.n_movies) + 0.5) / shape.n_movies))
    return share * (shape.n_ratings / share.sum())


def _draw(rng: np.random.Generator, expected: np.ndarray, size: int) -> np.ndarray:
    """`size` draws from 0 … len(expected) − 1 with shares ∝ `expected`, dealt out in random order; int32."""
    edges = np.cumsum(rng.permutation(expected))
    out = np.empty(size, np.int32)
    for start in range(0, size, _BLOCK):
        part = out[start : start + _BLOCK]
        part[:] = np.searchsorted(edges, rng.random(len(part)) * edges[-1]).clip(0, len(edges) - 1)
    return out


def _rated_in(train: Examples, rest: Examples) -> np.ndarray:
    """(len(rest),) bool: whether the same user rated the same movie in `train`."""
    n_movies = np.int64(max(train.movie.max(), rest.movie.max()) + 1)
    pair = rest.user * n_movies + rest.movie
    pairs = np.unique(pair)
    found = np.zeros(len(pairs), bool)
    for start in range(0, len(train), _BLOCK):
        part = slice(start, start + _BLOCK)
        trained = train.user[part] * n_movies + train.movie[part]
        place = np.searchsorted(pairs, trained).clip(max=len(pairs) - 1)
        found[place[pairs[place] == trained]] = True
    return np.isin(pair, pairs[found])
