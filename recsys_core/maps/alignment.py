"""Turning one picture so that it lies on another: what the eye follows from epoch to epoch."""

from __future__ import annotations

import numpy as np


def rotation_onto(points: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """The orthogonal matrix R, `(d, d)`, that makes `points @ R` lie as near to `reference` as it can; both `(n, d)`.

    It turns or mirrors and neither shifts nor scales: the orthogonal Procrustes problem (Schönemann 1966).
    """
    left, _, right = np.linalg.svd(points.T @ reference)
    return left @ right


def align(points: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """`points` shifted and turned (or mirrored), not scaled, to lie as near to `reference` as they can: float32.

    Both `(n, d)`.
    """
    center, reference_center = points.mean(axis=0), reference.mean(axis=0)
    rotation = rotation_onto(points - center, reference - reference_center)
    return ((points - center) @ rotation + reference_center).astype(np.float32)


def aligned_components(vectors: np.ndarray, previous: np.ndarray) -> np.ndarray:
    """float32 `(n, 2)`: principal components of mean squared length 1, turned or mirrored onto `previous` `(n, 2)`.

    Where the vectors, float `(n, size)`, are not all finite, as in a training that diverges, movies stay at `previous`.
    """
    largest = float(np.abs(vectors).max(initial=0.0))
    if not np.isfinite(largest):
        return previous.astype(np.float32)
    # Only the shape matters, and squares of large numbers would not be finite.
    centered = np.asarray(vectors, np.float32) / (largest or 1.0)
    centered -= centered.mean(axis=0, dtype=np.float64).astype(np.float32)
    if centered.shape[1] == 1:
        centered = np.hstack([centered, np.zeros_like(centered)])
    _, axes = np.linalg.eigh(centered.T @ centered)
    points = centered @ axes[:, :-3:-1]
    scale = np.sqrt(np.mean(np.sum(points**2, axis=1))) or 1.0
    return (points @ rotation_onto(points, previous) / scale).astype(np.float32)
