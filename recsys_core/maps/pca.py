"""Straight projections: principal components, and axes from one group of movies to another."""

from __future__ import annotations

import numpy as np

from recsys_core.errors import ProjectionError

N_PCA_COMPONENTS = 10
"""How many principal components can be chosen from."""

Axis = tuple[tuple[int, ...], tuple[int, ...]]
"""(movie ids an axis starts at, movie ids it leads to)."""


def principal_components(vectors: np.ndarray, components: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of `vectors` (`(n, size)`) on principal `components`, counted from 1: float32 `(n, len(components))`.

    Also returns the share of variance that each of the first ten explains, float64. Zeros beyond the vectors' own size.
    """
    mean, directions, explained = principal_axes(vectors, components)
    return ((vectors - mean) @ directions).astype(np.float32), explained


def principal_axes(vectors: np.ndarray, components: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The mean `(size,)`, the directions `(size, len(components))` and the explained shares `(10,)`, all float64."""
    mean = vectors.mean(axis=0, dtype=np.float64)
    centered = vectors - mean
    variances, directions = np.linalg.eigh(centered.T @ centered)
    variances, directions = variances[::-1].clip(0), directions[:, ::-1]
    # An eigenvector's sign is arbitrary; fixing it keeps the picture the same on every machine.
    strongest = directions[np.abs(directions).argmax(axis=0), np.arange(directions.shape[1])]
    directions = directions * np.where(strongest < 0, -1, 1)
    size = vectors.shape[1]
    chosen = np.zeros((size, len(components)))
    for column, component in enumerate(components):
        if component <= size:
            chosen[:, column] = directions[:, component - 1]
    explained = np.zeros(N_PCA_COMPONENTS)
    n_known = min(N_PCA_COMPONENTS, size)
    explained[:n_known] = variances[:n_known] / max(variances.sum(), np.finfo(float).tiny)
    return mean, chosen, explained


def custom_axes(vectors: np.ndarray, axes: tuple[Axis, ...], movie_ids: np.ndarray | None) -> np.ndarray:
    """On each axis, 0 is the mean of its first group of movies and 1 the mean of its second."""
    row_of_id = {int(movie_id): row for row, movie_id in enumerate(() if movie_ids is None else movie_ids)}
    unknown = [movie_id for axis in axes for group in axis for movie_id in group if movie_id not in row_of_id]
    if unknown:
        raise ProjectionError(
            f"`axes` must name movies of this map. Received: {', '.join(map(str, unknown[:5]))}, not among them."
        )
    coordinates = np.empty((len(vectors), len(axes)), np.float32)
    for column, groups in enumerate(axes):
        start, end = (vectors[[row_of_id[movie_id] for movie_id in group]].mean(axis=0) for group in groups)
        direction = (end - start).astype(np.float64)
        length = direction @ direction
        if length == 0:
            raise ProjectionError(
                f"`axes` must lead from one place to another. Received: axis {column + 1}, which ends where it starts."
            )
        coordinates[:, column] = (vectors - start) @ direction / length
    return coordinates
