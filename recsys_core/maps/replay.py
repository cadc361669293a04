"""Learning, replayed: where each movie was on the map after each epoch, every picture lined up with the last."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recsys_core.errors import Cancelled, ProjectionError, RunError, quoted
from recsys_core.maps.alignment import align
from recsys_core.maps.pca import principal_axes
from recsys_core.maps.projection import ProjectionSpec, drawn_rows, project
from recsys_core.runs.run import Run
from recsys_core.runs.taste import taste_like

METHODS = ("pca", "umap", "tsne")


def has_snapshots(run: Run) -> bool:
    """Whether the run kept its embeddings epoch by epoch."""
    return run.has("snapshots.npy") and run.has("snapshot_epochs.npy")


def replay_run(
    run: Run,
    spec: ProjectionSpec,
    *,
    on_progress: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The map of `run` after each epoch that it kept.

    Returns the epochs, int32 `(n_snapshots,)`; the coordinates, float32 `(n_snapshots, n, n_components)`; and the rows
    of the run they belong to, int32 `(n,)`. Raises `RunError` if the run kept no snapshots, else as `replay`.
    """
    if not has_snapshots(run):
        raise RunError("A replay must come from a run that kept its embeddings after each epoch. This one did not.")
    rows = drawn_rows(run, spec)
    snapshots = np.asarray(run.array("snapshots.npy"), np.float32)
    if spec.era == "out":
        snapshots = np.stack([taste_like(run, snapshot) for snapshot in snapshots])
    snapshots = snapshots[:, rows]
    epochs = np.array(run.array("snapshot_epochs.npy"), np.int32)
    return epochs, replay(snapshots, spec, on_progress=on_progress, should_stop=should_stop), rows


def replay(
    snapshots: np.ndarray,
    spec: ProjectionSpec,
    *,
    on_progress: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """Draw `snapshots`, float `(n_snapshots, n_movies, size)`: float32 `(n_snapshots, n_movies, n_components)`.

    PCA: every snapshot on the axes of the last, so that movement is movement in the embedding. UMAP and t-SNE:
    each snapshot starts from the positions before it and is turned to fit them, so that the eye can follow. Their last
    picture is therefore not the one `project` draws. Raises `ProjectionError` for other methods, and what
    `project` raises.
    """
    if spec.method not in METHODS:
        raise ProjectionError(
            f"`method` must be one of {', '.join(METHODS)} for a replay. Received: {quoted(spec.method)}."
        )
    progress = on_progress or (lambda share: None)
    n_snapshots, n_movies, _ = snapshots.shape
    coordinates = np.empty((n_snapshots, n_movies, spec.n_components), np.float32)
    if spec.method == "pca":
        last = np.asarray(snapshots[-1], np.float32)
        project(last, spec)
        mean, directions, _ = principal_axes(last, spec.components)
        for step, snapshot in enumerate(snapshots):
            if should_stop is not None and should_stop():
                raise Cancelled("The replay was cancelled.")
            coordinates[step] = (np.asarray(snapshot, np.float32) - mean) @ directions
            progress((step + 1) / n_snapshots)
        return coordinates
    previous = None
    for step, snapshot in enumerate(snapshots):
        drawn = project(
            np.asarray(snapshot, np.float32),
            spec,
            init=previous,
            on_progress=lambda share, step=step: progress((step + share) / n_snapshots),
            should_stop=should_stop,
        ).coordinates
        previous = drawn if previous is None else align(drawn, previous)
        coordinates[step] = previous
    return coordinates
