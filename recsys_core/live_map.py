"""The map while it is being learned: each epoch's movies in two dimensions, turned so that they move little."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class LiveMap:
    """Where the movies are after an epoch."""

    movies: pd.DataFrame = field(repr=False)
    """Row i describes point i: movie_id, title, year, genres, n_ratings, …"""
    epoch: int
    coordinates: np.ndarray = field(repr=False)
    """float32 `(n_movies, 2)`."""

    @classmethod
    def before_training(cls, movies: pd.DataFrame) -> LiveMap:
        return cls(movies, 0, np.zeros((len(movies), 2), np.float32))

    def moved(self, epoch: int, vectors: np.ndarray) -> LiveMap:
        """The first two principal components of `vectors` `(n_movies, size)`, aligned with this map."""
        return LiveMap(self.movies, epoch, aligned_components(vectors, self.coordinates))


def aligned_components(vectors: np.ndarray, previous: np.ndarray) -> np.ndarray:
    """float32 `(n, 2)`: principal components, rotated or mirrored onto `previous` `(n, 2)`.

    The rotation is the orthogonal Procrustes solution (Schönemann 1966): from the singular vectors of XᵀY.
    """
    centered = vectors.astype(np.float32) - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    if centered.shape[1] == 1:
        centered = np.hstack([centered, np.zeros_like(centered)])
    _, axes = np.linalg.eigh(centered.T @ centered)
    points = centered @ axes[:, :-3:-1]
    left, _, right = np.linalg.svd(points.T @ previous)
    return (points @ (left @ right)).astype(np.float32)
