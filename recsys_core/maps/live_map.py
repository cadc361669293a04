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
    """float32 `(n_movies, 2)`, of mean squared length 1: the shape is what changes, not the scale."""

    @classmethod
    def before_training(cls, movies: pd.DataFrame) -> LiveMap:
        return cls(movies, 0, np.zeros((len(movies), 2), np.float32))

    def moved(self, epoch: int, vectors: np.ndarray) -> LiveMap:
        """The first two principal components of `vectors` `(n_movies, size)`, aligned with this map."""
        return LiveMap(self.movies, epoch, aligned_components(vectors, self.coordinates))


def aligned_components(vectors: np.ndarray, previous: np.ndarray) -> np.ndarray:
    """float32 `(n, 2)`: principal components of mean squared length 1, rotated or mirrored onto `previous` `(n, 2)`.

    The rotation is the orthogonal Procrustes solution (Schönemann 1966): from the singular vectors of XᵀY.
    """
    centered = vectors.astype(np.float32) - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    if centered.shape[1] == 1:
        centered = np.hstack([centered, np.zeros_like(centered)])
    _, axes = np.linalg.eigh(centered.T @ centered)
    points = centered @ axes[:, :-3:-1]
    left, _, right = np.linalg.svd(points.T @ previous)
    scale = np.sqrt(np.mean(np.sum(points**2, axis=1))) or 1.0
    return (points @ (left @ right) / scale).astype(np.float32)
