"""UMAP: umap-learn's graph of neighbors, seeded, with progress, cancellable at any time.

umap-learn and numba are imported when first used.
"""

from __future__ import annotations

import sys
import types
from contextlib import suppress

import numpy as np

from recsys_core.explore.nearest import unit_rows
from recsys_core.maps.manifold import (
    OnProgress,
    ShouldStop,
    check_stop,
    neighbors_of,
    numba_to_itself,
    pca_start,
)

_EPOCHS = 200
_EPOCHS_FROM_INIT = 60


def umap_coordinates(
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
    with numba_to_itself(stop):
        umap_learn = import_umap()
        from recsys_core.maps.umap_layout import optimize_layout

        indices, distances = neighbors_of(points, min(n_neighbors, len(points)) - 1, metric, seed)
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
            pca_start(points, n_components, seed) if init is None else init,
            a=a,
            b=b,
            seed=seed,
            n_epochs=_EPOCHS if init is None else _EPOCHS_FROM_INIT,
            learning_rate=1.0 if init is None else 0.3,
            on_progress=lambda share: progress(0.2 + 0.8 * share),
            should_stop=stop,
        )


def import_umap() -> types.ModuleType:
    """umap-learn's own module, without ParametricUMAP: importing that one costs TensorFlow's 3 s and 0.7 GB.

    What its graph compiles is kept on disk, where there is a place for it: each later process saves 3 s.
    """
    if "umap" in sys.modules:
        return sys.modules["umap.umap_"]
    sys.modules["umap.parametric_umap"] = types.ModuleType("umap.parametric_umap")
    try:
        import umap.umap_ as umap_learn
    finally:
        del sys.modules["umap.parametric_umap"]
    for compiled in (umap_learn.smooth_knn_dist, umap_learn.compute_membership_strengths):
        # numba finds no folder that it may write in, such as in a container that is read-only.
        with suppress(RuntimeError):
            compiled.enable_caching()
    return umap_learn
