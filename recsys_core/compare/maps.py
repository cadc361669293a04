"""Two maps of the same movies, one of either run, laid onto each other: what moved between them has moved in truth.

A map by UMAP or t-SNE is one of many that are as good. Two of them drawn apart differ in far more than the runs do, and
no turning brings them together. So the second one is not drawn anew: it starts where the first one has the movies, and
they go from there to where the second run wants them (`benchmarks/aligned_maps.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from recsys_core.compare.movies import SharedMovies, shared_movies
from recsys_core.errors import ProjectionError
from recsys_core.explore.nearest import blocks, unit_rows
from recsys_core.maps.alignment import agreement, laid_onto
from recsys_core.maps.manifold import OnProgress, ShouldStop
from recsys_core.maps.projection import Projection, ProjectionSpec, drawn_rows, looked_at, project_run
from recsys_core.runs.run import Run

STARTED = ("umap", "tsne")
"""Methods whose second map starts from the first."""
LEAST_SHARED = 4
_NEAREST = 5
_EDGE = 0.01


@dataclass(frozen=True, eq=False)
class MapPair:
    """Where two runs have the movies that are on the maps of both."""

    spec: ProjectionSpec
    shared: SharedMovies
    """The movies, `n`."""
    places: tuple[np.ndarray, np.ndarray] = field(repr=False)
    """float32 `(n, n_components)` each; the second laid onto the first."""
    n_left_out: tuple[int, int]
    """Movies on the map of the one run that are not on the other's."""

    @property
    def agreement(self) -> float:
        """How far the two pictures agree, 0 to 1: `alignment.agreement`."""
        return agreement(self.places[1], self.places[0])

    @property
    def extent(self) -> list[tuple[float, float]]:
        """What is between the 1st and the 99th of a hundred movies of both maps, for each axis: a frame for either."""
        low, high = np.quantile(np.concatenate(self.places), [_EDGE, 1 - _EDGE], axis=0)
        air = 0.04 * (high - low)
        return list(zip((low - air).tolist(), (high + air).tolist(), strict=True))


def draw_pair(
    first: Run,
    second: Run,
    spec: ProjectionSpec,
    *,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> MapPair:
    """Draw both runs by `spec`; each is kept with its run, as `project_run` does.

    The first map is the very one that `project_run` draws. By UMAP and t-SNE the second starts from it: shared movies
    from their places there, others from amid their nearest shared ones. Then, but for axes of one's own, which mean the
    same in both, it is shifted, turned and scaled onto the first. `on_progress` receives the share done, 0 to 1. Raises
    what `project_run` raises, and `QueryError` or `ProjectionError` for runs that share too few movies.
    """
    progress = on_progress or (lambda share: None)
    one = project_run(first, spec, on_progress=lambda share: progress(0.6 * share), should_stop=should_stop)
    init = start_from(one, first, second) if spec.method in STARTED else None
    other = project_run(
        second, spec, init=init, on_progress=lambda share: progress(0.6 + 0.4 * share), should_stop=should_stop
    )
    shared = _on_both(first, one.rows, second, other.rows)
    if len(shared) < LEAST_SHARED:
        raise ProjectionError(
            f"Two maps must have at least {LEAST_SHARED} movies in common to be laid onto each other. "
            f"Received: {len(shared)}."
        )
    at = [
        each.coordinates[np.searchsorted(each.rows, rows)] for each, rows in zip((one, other), shared.rows, strict=True)
    ]
    second_places = at[1] if spec.method == "axes" else laid_onto(at[1], at[0])
    left_out = len(one.rows) - len(shared), len(other.rows) - len(shared)
    return MapPair(spec, shared, (at[0], second_places.astype(np.float32)), left_out)


def start_from(drawn: Projection, first: Run, second: Run) -> np.ndarray:
    """Where the movies that `second` would draw by the same settings start from, float32 `(n, n_components)`.

    Shared movies start from where `drawn`, a map of `first`, has them; others amid the five shared ones that are
    nearest by cosine in `second`. Raises `ProjectionError` if too few are shared.
    """
    rows = drawn_rows(second, drawn.spec)
    shared = _on_both(first, drawn.rows, second, rows)
    if len(shared) < LEAST_SHARED:
        raise ProjectionError(f"Two maps must have at least {LEAST_SHARED} movies in common. Received: {len(shared)}.")
    places = np.empty((len(rows), drawn.coordinates.shape[1]), np.float32)
    known = np.searchsorted(rows, shared.rows[1])
    places[known] = drawn.coordinates[np.searchsorted(drawn.rows, shared.rows[0])]
    new = np.setdiff1d(np.arange(len(rows)), known, assume_unique=True)
    directions = unit_rows(looked_at(second, drawn.spec)[rows])
    k = min(_NEAREST, len(known))
    for block in blocks(len(new), 4 * len(known)):
        cosine = directions[new[block]] @ directions[known].T
        nearest = np.argpartition(-cosine, k - 1, axis=1)[:, :k]
        places[new[block]] = places[known[nearest]].mean(axis=1)
    return places


def _on_both(first: Run, first_rows: np.ndarray, second: Run, second_rows: np.ndarray) -> SharedMovies:
    """The shared movies among those rows of either run, with their rows in the whole runs."""
    shared = shared_movies(first.movies, second.movies)
    return shared.taken(np.isin(shared.rows[0], first_rows) & np.isin(shared.rows[1], second_rows))
