"""Ratings of any size with a planted structure: skewed popularity and activity, low-rank truth, known noise.

What decides how hard the structure is to find resembles MovieLens: how unevenly ratings fall on users and movies, and
how much they vary. How much of that is taste and how much is noise nobody knows of MovieLens; here it is chosen.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
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
GENRES = ("Action", "Adventure", "Comedy", "Crime", "Drama", "Fantasy", "Horror", "Romance", "Sci-Fi", "Thriller")
_BLOCK = 2_000_000


@dataclass(frozen=True)
class _Truth:
    user_bias: np.ndarray
    movie_bias: np.ndarray
    user: np.ndarray
    movie: np.ndarray

    @classmethod
    def drawn(cls, rng: np.random.Generator, shape: Shape) -> _Truth:
        return cls(
            rng.normal(0, 0.4, shape.n_users).astype(np.float32),
            rng.normal(0, 0.5, shape.n_movies).astype(np.float32),
            rng.normal(0, 0.5, (shape.n_users, RANK)).astype(np.float32),
            rng.normal(0, 0.5, (shape.n_movies, RANK)).astype(np.float32),
        )

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
    truth = _Truth.drawn(rng, shape)
    user = _draw(rng, rng.permutation(user_activity(shape)), n)
    movie = _draw(rng, rng.permutation(movie_popularity(shape)), n)
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


def write_movielens(folder: Path, shape: Shape, seed: int = 0) -> Path:
    """ratings.csv and movies.csv of `shape` in `folder`, with columns, order and values as published.

    Sorted by user and movie, each pair once; half stars; ids of movies with gaps; a user rates in sittings.
    """
    rng = np.random.default_rng(seed)
    key = np.empty(0, np.int64)
    activity, popularity = (rng.permutation(each) for each in (user_activity(shape), movie_popularity(shape)))
    while len(key) < shape.n_ratings:
        n_missing = int(1.3 * (shape.n_ratings - len(key))) + 100
        user, movie = _draw(rng, activity, n_missing), _draw(rng, popularity, n_missing)
        key = np.union1d(key, user * np.int64(shape.n_movies) + movie)
    kept = np.ones(len(key), bool)
    kept[rng.choice(len(key), len(key) - shape.n_ratings, replace=False)] = False
    user, movie = (part.astype(np.int32) for part in np.divmod(key[kept], shape.n_movies))
    del key, kept
    truth = _Truth.drawn(rng, shape)
    moment = _moments(rng, user)
    movie_ids = np.sort(rng.choice(np.arange(1, 10 * shape.n_movies // 3), shape.n_movies, replace=False))
    stars = pa.array([f"{halves / 2:.1f}" for halves in range(11)])
    folder.mkdir(parents=True, exist_ok=True)
    names = ["userId", "movieId", "rating", "timestamp"]
    kinds = pa.schema(list(zip(names, (pa.int32(), pa.int64(), pa.string(), pa.int64()), strict=True)))
    # The names of the columns would be quoted.
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
    with (
        (folder / "ratings.csv").open("wb") as file,
        pyarrow.csv.CSVWriter(file, kinds, write_options=options) as writer,
    ):
        file.write(f"{','.join(names)}\n".encode())
        for start in range(0, shape.n_ratings, _BLOCK):
            part = slice(start, start + _BLOCK)
            rating = truth.rating(user[part], movie[part]) + NOISE * rng.standard_normal(len(user[part]))
            halves = np.clip(np.round(2 * rating), 1, 10).astype(np.int32)
            columns = (user[part] + 1, movie_ids[movie[part]], stars.take(pa.array(halves)), moment[part])
            writer.write_table(pa.table(dict(zip(names, columns, strict=True)), schema=kinds))
    with (folder / "movies.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("movieId", "title", "genres"))
        for movie_id in movie_ids.tolist():
            some = rng.choice(GENRES, rng.integers(1, 4), replace=False)
            table.writerow((movie_id, f"Film {movie_id}, The ({rng.integers(1920, 2024)})", "|".join(sorted(some))))
    return folder


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
    """`size` draws from 0 … len(expected) − 1 with shares ∝ `expected`; int32."""
    edges = np.cumsum(expected)
    out = np.empty(size, np.int32)
    for start in range(0, size, _BLOCK):
        part = out[start : start + _BLOCK]
        part[:] = np.searchsorted(edges, rng.random(len(part)) * edges[-1]).clip(0, len(edges) - 1)
    return out


def _moments(rng: np.random.Generator, user: np.ndarray) -> np.ndarray:
    """int64 `(n,)`, seconds since 1970: each of `user`, ascending, begins at some time since 1996, rates a movie every
    ten seconds or so, and comes back after weeks for every fiftieth."""
    n = len(user)
    gap = rng.exponential(10, n)
    comes_back = rng.random(n) < 0.02
    gap[comes_back] = rng.exponential(40 * 86_400, int(comes_back.sum()))
    begins = np.flatnonzero(np.append(True, user[1:] != user[:-1]))
    gap[begins] = 0
    since = np.cumsum(gap)
    counts = np.diff(np.append(begins, n))
    since -= np.repeat(since[begins], counts)
    since += np.repeat(rng.integers(820_454_400, 1_690_000_000, len(begins)), counts)
    # Which of a user's movies came when has nothing to do with their ids.
    order = np.lexsort((rng.random(n, np.float32), user))
    moment = np.empty(n, np.int64)
    moment[order] = since
    return moment


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
