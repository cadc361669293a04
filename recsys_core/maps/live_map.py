"""The map while it is being learned: each epoch's movies in two dimensions, turned so that they move little."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from recsys_core.maps.alignment import aligned_components


@dataclass(frozen=True)
class LiveMap:
    """Where the movies are after an epoch, or within one."""

    movies: pd.DataFrame = field(repr=False)
    """Row i describes point i: movie_id, title, year, genres, n_ratings, …"""
    epoch: int
    coordinates: np.ndarray = field(repr=False)
    """float32 `(n_movies, 2)`, of mean squared length 1: the shape is what changes, not the scale."""
    is_within: bool = False
    """Whether the epoch goes on."""

    @classmethod
    def before_training(cls, movies: pd.DataFrame) -> LiveMap:
        return cls(movies, 0, np.zeros((len(movies), 2), np.float32))

    def moved(self, epoch: int, vectors: np.ndarray) -> LiveMap:
        """The first two principal components of `vectors` `(n_movies, size)`, aligned with this map."""
        return LiveMap(self.movies, epoch, aligned_components(vectors, self.coordinates))
