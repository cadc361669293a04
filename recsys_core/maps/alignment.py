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


def laid_onto(points: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """`points` shifted, brought to the size of `reference`, and turned (or mirrored) to lie as near to it: float32.

    Both `(n, d)`. Size is the mean squared distance from the middle: a scale of least squares would shrink a picture
    the more, the less it is like the other.
    """
    sizes = [np.sqrt(np.mean(np.sum((each - each.mean(axis=0)) ** 2, axis=1))) for each in (points, reference)]
    return align(points * (sizes[1] / sizes[0] if sizes[0] > 0 else 1.0), reference)


def agreement(points: np.ndarray, reference: np.ndarray) -> float:
    """How far two pictures of the same movies, `(n, d)` each, agree: 1 for the same but for place, size and turn.

    The share of the one's squared distances that the other, laid onto it, explains: 1 - Procrustes disparity, as
    `scipy.spatial.procrustes` has it. 0 where one of them is a single point.
    """
    from scipy.spatial import procrustes  # A fifth of a second, which the app's start has no use for.

    if any(not np.ptp(each, axis=0).any() for each in (points, reference)):
        return 0.0
    return 1 - float(procrustes(np.asarray(reference, np.float64), np.asarray(points, np.float64))[2])


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
