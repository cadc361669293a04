"""What neighbors, or places on a map, are ordered by: rating time, release year, popularity, genres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core.explore.evidence import has_few_ratings
from recsys_core.explore.nearest import nearest_rows
from recsys_core.quality.measures import genre_matrix, genre_overlap, random_genre_overlap

NEIGHBORS = 10
MIN_MOVIES = 3 * NEIGHBORS


@dataclass(frozen=True)
class Ordering:
    """How far a movie's ten neighbors tell what it is itself."""

    rating_time: float
    """R², at most 1: share of the variance of the median rating time that the neighbors' mean explains; NaN if unknown.
    About 0, or slightly below, for random neighbors."""
    release_year: float
    """The same of the year in which the movie came out."""
    popularity: float
    """The same of the logarithm of its number of ratings."""
    genres: float
    """Mean overlap of a movie's genres with its neighbors', 0 to 1."""
    random_genres: float
    """The same of random neighbors."""
    n_movies: int
    """Movies with ratings enough to be judged, which are also the neighbors."""

    def sentence(self) -> str:
        """What it is ordered by, in plain words."""
        parts = [
            f"{name} **{max(0.0, share):.0%}**"
            for name, share in (
                ("rating time", self.rating_time),
                ("release year", self.release_year),
                ("popularity", self.popularity),
            )
            if np.isfinite(share)
        ]
        if self.random_genres > 0:
            parts.insert(0, f"genres **{self.genres / self.random_genres:.1f}×** as alike as random ones")
        return " · ".join(parts)


def ordering_of(neighbors: np.ndarray, movies: pd.DataFrame) -> Ordering:
    """What `neighbors`, rows `(n_movies, k)` of `movies`, are ordered by. `median_time` may be missing."""
    genres = genre_matrix(movies["genres"].tolist())
    times = movies["median_time"].to_numpy(np.float64) if "median_time" in movies else np.full(len(movies), np.nan)
    return Ordering(
        rating_time=explained(neighbors, times),
        release_year=explained(neighbors, movies["year"].to_numpy(np.float64)),
        popularity=explained(neighbors, np.log1p(movies["n_ratings"].to_numpy(np.float64))),
        genres=float(genre_overlap(neighbors, genres).mean()),
        random_genres=float(random_genre_overlap(genres).mean()),
        n_movies=len(movies),
    )


def ordering_of_places(coordinates: np.ndarray, movies: pd.DataFrame) -> Ordering | None:
    """What the places `(n_movies, 2 or 3)` of `movies` are ordered by, among those with ratings enough.

    None if these are too few to say anything.
    """
    judged = np.flatnonzero(~has_few_ratings(movies))
    if len(judged) < MIN_MOVIES:
        return None
    near, _ = nearest_rows(np.asarray(coordinates, np.float32)[judged], NEIGHBORS, euclidean=True)
    return ordering_of(near, movies.iloc[judged])


def explained(neighbors: np.ndarray, values: np.ndarray) -> float:
    """R² of predicting each movie's value `(n_movies,)` by the mean of its neighbors'; unknown ones take no part.

    NaN where fewer than two values are known, or all are equal.
    """
    known = np.isfinite(values)
    theirs = np.where(known, values, 0.0)[neighbors].sum(axis=1)
    counts = known[neighbors].sum(axis=1)
    judged = known & (counts > 0)
    if judged.sum() < 2 or values[judged].std() == 0:
        return float("nan")
    misses = values[judged] - theirs[judged] / counts[judged]
    return float(1 - (misses**2).mean() / values[judged].var())
