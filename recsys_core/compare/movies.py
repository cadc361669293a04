"""The movies that two runs share: rows of either that mean the same movie, whatever else is in their vocabularies."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from recsys_core.errors import QueryError
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.evidence import MIN_RATINGS, has_few_ratings
from recsys_core.quality.report import MIN_MOVIES
from recsys_core.runs.run import Run


@dataclass(frozen=True, eq=False)
class SharedMovies:
    """Movies of two runs, row by row the same movie in all arrays."""

    movies: pd.DataFrame = field(repr=False)
    """As the first run describes them: movie_id, title, year, genres, n_ratings, mean_rating, bias, …"""
    rows: tuple[np.ndarray, np.ndarray]
    """intp `(n,)` each: their rows in the first and in the second run."""

    def __len__(self) -> int:
        return len(self.movies)

    def taken(self, chosen: np.ndarray) -> SharedMovies:
        """Some of them: `chosen` is a bool mask or positions."""
        first, second = self.rows
        return SharedMovies(self.movies.iloc[chosen].reset_index(drop=True), (first[chosen], second[chosen]))


def shared_movies(first: pd.DataFrame, second: pd.DataFrame) -> SharedMovies:
    """The movies in both tables (`Run.movies`), by id, ascending. Raises `QueryError` if there is none."""
    ids, *rows = np.intersect1d(
        first["movie_id"].to_numpy(), second["movie_id"].to_numpy(), assume_unique=True, return_indices=True
    )
    if not len(ids):
        raise QueryError("Two runs must have movies in common to be compared. Received: runs without one.")
    return SharedMovies(first.iloc[rows[0]].reset_index(drop=True), (rows[0], rows[1]))


def judged_movies(first: Run, second: Run) -> tuple[SharedMovies, tuple[np.ndarray, np.ndarray]]:
    """The shared movies with at least `MIN_RATINGS` training ratings in both runs, and their vectors in either.

    Of the others, neighbors are mostly chance. Raises `QueryError` if too few are left to judge neighbors by, and
    `RunError` for vectors that are not finite.
    """
    shared = shared_movies(first.movies, second.movies)
    embeddings = MovieEmbeddings.from_run(first), MovieEmbeddings.from_run(second)
    is_judged = np.ones(len(shared), bool)
    for run, found, rows in zip((first, second), embeddings, shared.rows, strict=True):
        is_judged &= ~has_few_ratings(run.movies)[rows] & found.has_vector[rows]
    judged = shared.taken(is_judged)
    if len(judged) < MIN_MOVIES:
        raise QueryError(
            f"Two runs must share at least {MIN_MOVIES} movies with {MIN_RATINGS} training ratings each for their "
            f"neighbors to be compared. Received: {len(judged)}."
        )
    return judged, (embeddings[0].vectors[judged.rows[0]], embeddings[1].vectors[judged.rows[1]])
