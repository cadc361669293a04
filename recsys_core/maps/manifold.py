"""What UMAP and t-SNE have in common: neighbors, where the movies start from, and the lock on numba's threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from recsys_core.errors import Cancelled, ProjectionError
from recsys_core.explore.nearest import nearest_rows
from recsys_core.maps.pca import principal_components

MAX_EXACT = 40_000
"""Movies up to which the neighbors of a picture are exact; above, pynndescent finds nearly all of them."""

_START_WIDTH = 20.0

# numba's default threading layer aborts the process when two threads enter it at once.
_numba_lock = threading.Lock()

OnProgress = Callable[[float], None]
ShouldStop = Callable[[], bool]


def check_stop(stop: ShouldStop) -> None:
    """Raises `Cancelled` if `stop()` is true."""
    if stop():
        raise Cancelled("The projection was cancelled.")


def neighbors_of(points: np.ndarray, k: int, metric: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Neighbors int32 and distances float32, both `(n, k)`, without the point itself."""
    if len(points) <= MAX_EXACT:
        indices, scores = nearest_rows(points, k, euclidean=metric == "euclidean")
        return indices, scores if metric == "euclidean" else (1 - scores).clip(0)
    from pynndescent import NNDescent

    found = NNDescent(points, metric=metric, n_neighbors=k + 1, random_state=seed).neighbor_graph
    if found is None:
        raise ProjectionError("pynndescent must find neighbors. Received: none; try PCA instead.")
    indices, distances = found
    others = indices != np.arange(len(points))[:, None]
    # A point that is missing from its own list gives up its farthest neighbor instead.
    others[others.all(axis=1), -1] = False
    shape = (len(points), k)
    return indices[others].reshape(shape).astype(np.int32), distances[others].reshape(shape).astype(np.float32)


def pca_start(points: np.ndarray, n_components: int, seed: int) -> np.ndarray:
    """float32 `(n, n_components)`: PCA, 20 wide, with a little noise so that equal movies can part."""
    start, _ = principal_components(points, tuple(range(1, n_components + 1)))
    start *= _START_WIDTH / max(float(np.ptp(start, axis=0).max()), 1e-12)
    return start + np.random.default_rng(seed).normal(0, 1e-3, start.shape).astype(np.float32)


@contextmanager
def numba_to_itself(stop: ShouldStop) -> Iterator[None]:
    """Hold the process-wide lock. Raises `Cancelled` when `stop()` becomes true while it waits."""
    while not _numba_lock.acquire(timeout=0.2):
        check_stop(stop)
    try:
        yield
    finally:
        _numba_lock.release()
