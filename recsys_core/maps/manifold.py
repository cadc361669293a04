"""Pictures that keep neighbors together: UMAP and t-SNE, seeded, with progress, cancellable at any time.

umap-learn, openTSNE and numba are imported when first used.
"""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from recsys_core.errors import Cancelled, ProjectionError
from recsys_core.explore.nearest import nearest_rows, unit_rows
from recsys_core.maps.pca import principal_components

MAX_EXACT = 40_000
"""Movies up to which the neighbors of a picture are exact; above, pynndescent finds nearly all of them."""

_INIT_WIDTH = 20.0
_UMAP_EPOCHS = 200
_UMAP_EPOCHS_FROM_INIT = 60
_TSNE_ITERATIONS = 250
_TSNE_ITERATIONS_FROM_INIT = 60

# numba's default threading layer aborts the process when two threads enter it at once.
_numba_lock = threading.Lock()

OnProgress = Callable[[float], None]
ShouldStop = Callable[[], bool]


def umap_layout(
    vectors: np.ndarray,
    *,
    n_components: int,
    n_neighbors: int,
    min_dist: float,
    metric: str,
    seed: int,
    init: np.ndarray | None,
    progress: OnProgress,
    stop: ShouldStop,
) -> np.ndarray:
    """float32 `(n, n_components)`: umap-learn's graph of exact neighbors, laid out on every core from a PCA or `init`.

    Raises `Cancelled` soon after `stop()` becomes true.
    """
    points = unit_rows(vectors) if metric == "cosine" else vectors
    with _numba(stop):
        umap_learn = import_umap()
        from recsys_core.maps.umap_layout import optimize_layout

        indices, distances = _neighbors(points, min(n_neighbors, len(points)) - 1, metric, seed)
        progress(0.15)
        check_stop(stop)
        # umap-learn counts a movie as its own first neighbor.
        indices = np.column_stack([np.arange(len(points), dtype=np.int32), indices])
        distances = np.column_stack([np.zeros(len(points), np.float32), distances])
        graph = umap_learn.fuzzy_simplicial_set(
            points,
            indices.shape[1],
            np.random.RandomState(seed),
            metric,
            knn_indices=indices,
            knn_dists=distances,
        )[0]
        progress(0.2)
        a, b = umap_learn.find_ab_params(1.0, min_dist)
        return optimize_layout(
            graph,
            _pca_start(points, n_components, seed) if init is None else init,
            a=a,
            b=b,
            seed=seed,
            n_epochs=_UMAP_EPOCHS if init is None else _UMAP_EPOCHS_FROM_INIT,
            learning_rate=1.0 if init is None else 0.3,
            on_progress=lambda share: progress(0.2 + 0.8 * share),
            should_stop=stop,
        )


def tsne_layout(
    vectors: np.ndarray,
    *,
    perplexity: float,
    metric: str,
    seed: int,
    init: np.ndarray | None,
    progress: OnProgress,
    stop: ShouldStop,
) -> np.ndarray:
    """float32 `(n, 2)`: openTSNE (FIt-SNE) on exact neighbors, early exaggeration and then as many iterations again.

    From positions `init` there are fewer iterations and no exaggeration, which would gather the movies anew.
    Raises `Cancelled` soon after `stop()` becomes true.
    """
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    points = unit_rows(vectors) if metric == "cosine" else vectors
    perplexity = min(perplexity, (len(points) - 1) / 3)
    with _numba(stop):
        indices, distances = _neighbors(points, min(int(3 * perplexity), len(points) - 1), metric, seed)
    progress(0.1)
    check_stop(stop)
    affinities = PerplexityBasedNN(
        perplexity=perplexity,  # pyright: ignore[reportArgumentType] (documented as a float)
        knn_index=PrecomputedNeighbors(indices.astype(np.int64), distances.astype(np.float64)),
        n_jobs=-1,
    )
    if init is None:
        start = _pca_start(points, 2, seed).astype(np.float64)
        # Small, so that the early forces are gentle: the scale that openTSNE's own initializations have.
        start *= 1e-4 / start.std(axis=0).max()
        phases = ((12, _TSNE_ITERATIONS), (1, _TSNE_ITERATIONS))
    else:
        start = init.astype(np.float64)
        phases = ((1, _TSNE_ITERATIONS_FROM_INIT),)
    embedding = TSNEEmbedding(
        start,
        affinities,
        negative_gradient_method="fft" if len(points) > 1_000 else "bh",
        random_state=seed,
        n_jobs=-1,
    )
    for phase, (exaggeration, n_iterations) in enumerate(phases):

        def on_iteration(
            iteration: int, error: float, positions: np.ndarray, done: int = phase, n_iterations: int = n_iterations
        ) -> None:
            check_stop(stop)
            progress(0.1 + 0.9 * (done + iteration / n_iterations) / len(phases))

        embedding = embedding.optimize(
            n_iterations, exaggeration=exaggeration, momentum=0.8, callbacks=on_iteration, callbacks_every_iters=5
        )
    return np.asarray(embedding, np.float32)


def check_stop(stop: ShouldStop) -> None:
    """Raises `Cancelled` if `stop()` is true."""
    if stop():
        raise Cancelled("The projection was cancelled.")


def _neighbors(points: np.ndarray, k: int, metric: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
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


def _pca_start(points: np.ndarray, n_components: int, seed: int) -> np.ndarray:
    """float32 `(n, n_components)`: PCA, 20 wide, with a little noise so that equal movies can part."""
    start, _ = principal_components(points, tuple(range(1, n_components + 1)))
    start *= _INIT_WIDTH / max(float(np.ptp(start, axis=0).max()), 1e-12)
    return start + np.random.default_rng(seed).normal(0, 1e-3, start.shape).astype(np.float32)


def import_umap() -> types.ModuleType:
    """umap-learn's own module, without ParametricUMAP: importing that one costs TensorFlow's 3 s and 0.7 GB."""
    if "umap" not in sys.modules:
        sys.modules["umap.parametric_umap"] = types.ModuleType("umap.parametric_umap")
        try:
            import umap.umap_
        finally:
            del sys.modules["umap.parametric_umap"]
    import umap.umap_

    return umap.umap_


@contextmanager
def _numba(stop: ShouldStop) -> Iterator[None]:
    """Hold the process-wide lock; gives up waiting when stopped."""
    while not _numba_lock.acquire(timeout=0.2):
        check_stop(stop)
    try:
        yield
    finally:
        _numba_lock.release()
