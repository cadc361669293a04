"""t-SNE: openTSNE on exact neighbors, seeded, with progress, cancellable at any time.

openTSNE is imported when first used.
"""

from __future__ import annotations

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

_ITERATIONS = 250
_ITERATIONS_FROM_INIT = 60


def tsne_coordinates(
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
    with numba_to_itself(stop):
        indices, distances = neighbors_of(points, min(int(3 * perplexity), len(points) - 1), metric, seed)
    progress(0.1)
    check_stop(stop)
    affinities = PerplexityBasedNN(
        perplexity=perplexity,  # pyright: ignore[reportArgumentType] (documented as a float)
        knn_index=PrecomputedNeighbors(indices.astype(np.int64), distances.astype(np.float64)),
        n_jobs=-1,
    )
    if init is None:
        start = pca_start(points, 2, seed).astype(np.float64)
        # Small, so that the early forces are gentle: the scale that openTSNE's own initializations have.
        start *= 1e-4 / start.std(axis=0).max()
        phases = ((12, _ITERATIONS), (1, _ITERATIONS))
    else:
        start = init.astype(np.float64)
        phases = ((1, _ITERATIONS_FROM_INIT),)
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
