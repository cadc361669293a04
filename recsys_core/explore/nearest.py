"""Exact nearest neighbors of the rows of a matrix, in blocks of bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_BLOCK_BYTES = 64 * 2**20


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """float32 rows of `vectors` scaled to length 1; zero rows stay zero."""
    vectors = np.asarray(vectors, np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


def nearest_rows(
    points: np.ndarray, k: int, *, euclidean: bool, rows: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The `k` rows nearest to each row of `points` (`(n, size)`), or to those numbered `rows`, itself left out.

    Returns indices int32 and scores float32, both `(n or len(rows), k)`. Scores are dot products, largest first, or
    with `euclidean` distances, smallest first. Exact; memory is bounded. `k` shrinks to `n - 1`.
    """
    n_rows = len(points)
    k = max(0, min(k, n_rows - 1))
    rows = np.arange(n_rows) if rows is None else rows
    indices = np.empty((len(rows), k), np.int32)
    scores = np.empty((len(rows), k), np.float32)
    if k < 1:
        return indices, scores
    if euclidean:
        # Differences are what counts; centered numbers lose fewer digits when squared.
        points = points - points.mean(axis=0)
    # |a-b|² = |a|² + |b|² - 2ab, so the nearest b to a is the one with the largest ab - |b|²/2.
    half_squares = 0.5 * np.einsum("ij,ij->i", points, points) if euclidean else None
    for block in blocks(len(rows), 4 * n_rows):
        queries = points[rows[block]]
        block_scores = queries @ points.T
        if half_squares is not None:
            block_scores -= half_squares
        block_scores[np.arange(len(queries)), rows[block]] = -np.inf
        best = np.argpartition(block_scores, n_rows - k, axis=1)[:, n_rows - k :]
        if euclidean:
            values = -np.stack([np.linalg.norm(points[best[:, j]] - queries, axis=1) for j in range(k)], axis=1)
        else:
            values = np.take_along_axis(block_scores, best, axis=1)
        order = np.lexsort((best, -values), axis=1)
        indices[block] = np.take_along_axis(best, order, axis=1)
        scores[block] = np.take_along_axis(values, order, axis=1)
    return indices, -scores if euclidean else scores


def blocks(n_rows: int, bytes_per_row: int) -> Iterator[slice]:
    """Slices that cover `n_rows` rows, each of rows that together take about 64 MB."""
    block_size = max(1, _BLOCK_BYTES // max(1, bytes_per_row))
    for start in range(0, n_rows, block_size):
        yield slice(start, min(start + block_size, n_rows))
