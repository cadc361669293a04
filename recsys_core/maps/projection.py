"""From a movie's many numbers to two or three: PCA, UMAP, t-SNE or axes of one's own; cached with the run."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from recsys_core.errors import ProjectionError
from recsys_core.explore.evidence import least_ratings
from recsys_core.maps.manifold import OnProgress, ShouldStop
from recsys_core.maps.pca import custom_axes, principal_axes, principal_components
from recsys_core.maps.spec import ProjectionSpec
from recsys_core.maps.tsne import tsne_coordinates
from recsys_core.maps.umap import umap_coordinates
from recsys_core.runs.atomic import replacing
from recsys_core.runs.run import Run
from recsys_core.runs.taste import taste_of

CACHE_VERSION = 2
"""To be raised when the same settings start to give another picture."""

_NAMES = {"umap": "UMAP", "pca": "PCA", "tsne": "t-SNE", "axes": "custom axes"}
_MIN_MOVIES = {"umap": 4, "tsne": 4, "pca": 2, "axes": 1}
_MAX_UNSAVED = 16
_unsaved: dict[str, Projection] = {}
_unsaved_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class Projection:
    """Where a picture puts the movies."""

    spec: ProjectionSpec
    coordinates: np.ndarray
    """float32 `(n, n_components)`."""
    rows: np.ndarray
    """int32 `(n,)`: the run's rows that are drawn, ascending; all of them unless `min_ratings` leaves some out."""
    explained_variance: np.ndarray | None = None
    """PCA: float64, share of the variance explained by each of the first ten components."""


def project(
    vectors: np.ndarray,
    spec: ProjectionSpec,
    *,
    movie_ids: np.ndarray | None = None,
    init: np.ndarray | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Projection:
    """Draw `vectors` (float `(n_movies, size)`) as `spec` says; `min_ratings` is the caller's to apply.

    `movie_ids` (`(n_movies,)`) is needed for custom axes. UMAP and t-SNE can start from the positions
    `init` (`(n_movies, n_components)`), to stay near them. `on_progress` receives the share done, 0 to 1. Raises
    `ProjectionError` if the vectors cannot be drawn so, and `Cancelled` soon after `should_stop()` becomes true.
    """
    vectors = _check_vectors(vectors, spec)
    progress = on_progress or (lambda share: None)
    stop = should_stop or (lambda: False)
    init = None if init is None else _check_init(init, len(vectors), spec)
    explained_variance = None
    if spec.method == "pca":
        coordinates, explained_variance = principal_components(vectors, spec.components)
    elif spec.method == "axes":
        coordinates = custom_axes(vectors, spec.axes, movie_ids)
    elif spec.method == "umap":
        coordinates = umap_coordinates(
            vectors,
            n_components=spec.n_components,
            n_neighbors=spec.n_neighbors,
            min_dist=spec.min_dist,
            metric=spec.metric,
            seed=spec.seed,
            init=init,
            progress=progress,
            stop=stop,
        )
    else:
        coordinates = tsne_coordinates(
            vectors,
            perplexity=spec.perplexity,
            metric=spec.metric,
            seed=spec.seed,
            init=init,
            progress=progress,
            stop=stop,
        )
    if not np.isfinite(coordinates).all():
        raise ProjectionError(f"{_NAMES[spec.method]} must give finite coordinates. Received: NaN; try PCA instead.")
    progress(1.0)
    return Projection(spec, coordinates, np.arange(len(vectors), dtype=np.int32), explained_variance)


def project_run(
    run: Run,
    spec: ProjectionSpec,
    *,
    init: np.ndarray | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Projection:
    """The movies of `run` that `drawn_rows` names, drawn as `spec` says; from its cache if they were drawn before.

    UMAP and t-SNE can start from the positions `init` of these movies. Raises what `project` raises, and `RunError` if
    the run is gone.
    """
    known = cached_projection(run, spec, init)
    if known is not None:
        return known
    vectors, movie_ids = looked_at(run, spec), run.movies["movie_id"].to_numpy()
    rows = drawn_rows(run, spec)
    if spec.method == "axes":
        # An axis may start at movies that the map leaves out.
        everything = project(vectors, spec, movie_ids=movie_ids, on_progress=on_progress)
        found = replace(everything, coordinates=everything.coordinates[rows], rows=rows)
    else:
        drawn = project(vectors[rows], spec, init=init, on_progress=on_progress, should_stop=should_stop)
        found = replace(drawn, rows=rows)
    _save(run, found, init)
    return found


def first_map(run: Run, method: str = "umap", era: str = "out") -> ProjectionSpec:
    """The map that `run` is first seen on: of the movies with ratings enough to have a place of their own."""
    return ProjectionSpec(method=method, min_ratings=least_ratings(run.movies), era=era)


def looked_at(run: Run, spec: ProjectionSpec) -> np.ndarray:
    """The vectors that `spec` draws, float32 `(n_movies, size)`. Raises `RunError` if the run is gone."""
    return np.asarray(run.movie_vectors if spec.era == "in" else taste_of(run).vectors)


def drawn_rows(run: Run, spec: ProjectionSpec) -> np.ndarray:
    """The rows of `run` that a map by `spec` draws, int32, ascending: movies with at least `min_ratings` ratings.

    By cosine, UMAP and t-SNE leave out movies that had no training rating. Raises `RunError` if the run is gone.
    """
    shown = run.movies["n_ratings"].to_numpy() >= spec.min_ratings
    if spec.method in ("umap", "tsne") and spec.metric == "cosine":
        # The zero vector of a movie without a training rating points nowhere: it has no neighbors to be drawn beside.
        shown &= np.asarray(run.movie_vectors).any(axis=1)
    return np.flatnonzero(shown).astype(np.int32)


def cached_projection(run: Run, spec: ProjectionSpec, init: np.ndarray | None = None) -> Projection | None:
    """What `project_run` drew before, or None. Raises `RunError` if the run is gone."""
    name = _cache_name(run, spec, init)
    with _unsaved_lock:
        if str(run.path / name) in _unsaved:
            return _unsaved[str(run.path / name)]
    file = run.cache_dir / name
    try:
        return _read(file, spec, len(run.movie_vectors)) if file.is_file() else None
    except Exception:
        # However it is damaged, and whatever its reader raises then: it can be computed again.
        return None


def place_vector(
    projection: Projection, vector: np.ndarray, vectors: np.ndarray, *, movie_ids: np.ndarray
) -> np.ndarray | None:
    """Where `projection` puts a `vector` (`(size,)`) that is no movie's: float32 `(n_components,)`.

    `vectors` `(n_movies, size)` and `movie_ids` `(n_movies,)` are those of the whole run. None for UMAP and t-SNE,
    which have places for what they were given only.
    """
    spec = projection.spec
    if spec.method == "pca":
        mean, directions, _ = principal_axes(vectors[projection.rows], spec.components)
        return ((vector - mean) @ directions).astype(np.float32)
    if spec.method == "axes":
        # The vector takes part as one more movie; ids of movies are never negative.
        return custom_axes(np.vstack([vectors, vector]), spec.axes, np.append(movie_ids, -1))[-1]
    return None


def warm_up() -> None:
    """Import and compile what UMAP needs, on a few random points. For a background thread."""
    points = np.random.default_rng(0).normal(size=(64, 4)).astype(np.float32)
    project(points, ProjectionSpec(n_neighbors=5))


def _check_vectors(vectors: np.ndarray, spec: ProjectionSpec) -> np.ndarray:
    vectors = np.asarray(vectors, np.float32)
    if vectors.ndim != 2 or vectors.shape[1] == 0:
        raise ProjectionError(f"`vectors` must have shape (n_movies, size). Received: {vectors.shape}.")
    least = _MIN_MOVIES[spec.method]
    if len(vectors) < least:
        raise ProjectionError(
            f"A map by {_NAMES[spec.method]} must have at least {least} movies. Received: {len(vectors)}"
            f"{f' with {spec.min_ratings} ratings or more' if spec.min_ratings else ''}."
        )
    if not np.isfinite(vectors).all():
        raise ProjectionError("`vectors` must be finite. Received: NaN or infinite numbers; the training diverged.")
    if spec.method == "axes":
        return vectors
    if (vectors == vectors[0]).all():
        raise ProjectionError("`vectors` must differ. Received: the same vector for every movie.")
    if spec.method != "pca" and spec.metric == "cosine" and vectors.shape[1] == 1:
        raise ProjectionError('`metric` must be "euclidean" for embedding size 1. Received: "cosine".')
    return vectors


def _check_init(init: np.ndarray, n_movies: int, spec: ProjectionSpec) -> np.ndarray:
    init = np.asarray(init, np.float32)
    if init.shape != (n_movies, spec.n_components) or not np.isfinite(init).all():
        raise ProjectionError(
            f"`init` must be finite positions of shape ({n_movies}, {spec.n_components}). Received: shape {init.shape}."
        )
    return init


def _cache_name(run: Run, spec: ProjectionSpec, init: np.ndarray | None) -> str:
    """A file name that changes with all that the picture depends on: settings, vectors, numbers of ratings, start."""
    digest = hashlib.sha256(f"{CACHE_VERSION} {spec.key()}".encode())
    digest.update(looked_at(run, spec).tobytes())
    digest.update(run.movies["n_ratings"].to_numpy(np.int64).tobytes())
    if init is not None:
        digest.update(np.asarray(init, np.float32).tobytes())
    return f"projection-{spec.method}-{digest.hexdigest()[:24]}.npz"


def _read(file: Path, spec: ProjectionSpec, n_movies: int) -> Projection:
    with np.load(file, allow_pickle=False) as saved:
        coordinates, rows, explained_variance = (saved[name] for name in ("coordinates", "rows", "explained_variance"))
    if coordinates.shape != (len(rows), spec.n_components) or not np.isfinite(coordinates).all():
        raise ValueError(f"coordinates of shape {coordinates.shape}")
    ascends = rows.dtype.kind == "i" and rows.ndim == 1 and bool((np.diff(rows) > 0).all())
    if not ascends or rows[0] < 0 or rows[-1] >= n_movies:
        raise ValueError("rows that are not those of the run")
    return Projection(spec, coordinates, rows, explained_variance if explained_variance.size else None)


def _save(run: Run, found: Projection, init: np.ndarray | None) -> None:
    """Into the run's cache folder, whole or not at all; kept in memory where the folder cannot be written."""
    name = _cache_name(run, found.spec, init)
    explained_variance = np.empty(0) if found.explained_variance is None else found.explained_variance
    try:
        run.cache_dir.mkdir(exist_ok=True)
        with replacing(run.cache_dir / name) as temporary:
            np.savez(
                temporary,
                key=np.array(found.spec.key()),
                coordinates=found.coordinates,
                rows=found.rows,
                explained_variance=explained_variance,
            )
    except OSError:
        with _unsaved_lock:
            while len(_unsaved) >= _MAX_UNSAVED:
                _unsaved.pop(next(iter(_unsaved)))
            _unsaved[str(run.path / name)] = found
