"""Which projection the map shows: its settings, and asking for, watching and cancelling one that takes a while."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from recsys_core.errors import ProjectionError
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.evidence import least_ratings
from recsys_core.jobs.work import Lane, Work, identity, works_ahead
from recsys_core.maps.projection import Projection, ProjectionSpec, cached_projection, project_run
from recsys_core.runs.run import Run
from ui.components.map import MapPoints
from ui.shared.format import format_count
from ui.shared.maps.choosing import choose_movies
from ui.shared.messages import error_text
from ui.shared.run_picker import era_in_view, run_stamp
from ui.shared.waiting import offered
from ui.warm_up import warm_up_maps

METHODS = {"umap": "UMAP", "pca": "PCA", "tsne": "t-SNE", "axes": "Custom axes"}
_INSTANT = ("pca", "axes")
_LAST = "map_last_spec"
_MOST_KNOWN = 24


def choose_method() -> str:
    return st.selectbox(
        "Projection",
        METHODS,
        format_func=METHODS.get,
        key="projection",
        bind="query-params",
        width=140,
        help="How a movie's many numbers become a place on the map. UMAP and t-SNE keep neighbors together; "
        "PCA keeps large distances and is instant; custom axes are your own.",
    )


def choose_least_ratings(embeddings: MovieEmbeddings) -> int:
    """How many ratings a movie has at least to be on the map."""
    return int(
        st.number_input(
            "At least … ratings", 0, 100_000, least_ratings(embeddings.movies), step=5, key="min_ratings",
            bind="query-params", width=165,
            help="Which movies are on the map. Those with few ratings are placed with little evidence: they are drawn "
            "small and faint. 0 shows all.",
        )
    )  # fmt: skip


def among(embeddings: MovieEmbeddings, min_ratings: int, n_shown: int) -> str:
    """Of how many movies those on the map are which; empty if it shows them all."""
    if n_shown == len(embeddings):
        return ""
    least = f" with {format_count(min_ratings, 'rating')} or more" if min_ratings else ""
    return f"of {len(embeddings):,}{least}"


def choose_settings(method: str, embeddings: MovieEmbeddings, min_ratings: int) -> ProjectionSpec:
    """The widgets of `method`'s settings, and what they say. Raises `ProjectionError`."""
    settings: dict = {"method": method, "n_components": 2, "min_ratings": min_ratings, "era": era_in_view()}
    if method != "tsne":
        flat = st.segmented_control("Dimensions", ["2-D", "3-D"], default="2-D", key="dims", bind="query-params")
        settings["n_components"] = 3 if flat == "3-D" else 2
    more = {"umap": _umap, "tsne": _tsne, "pca": _pca, "axes": _axes}[method]
    chosen = more(settings["n_components"], embeddings)
    if method == "axes" and not all(start and end for start, end in chosen["axes"]):
        st.info("Choose movies for both ends of each axis; until then the map shows PCA.", icon=":material/info:")
        return ProjectionSpec(**(settings | {"method": "pca"}))
    return ProjectionSpec(**settings, **chosen)


def _umap(n_components: int, embeddings: MovieEmbeddings) -> dict:
    return {
        "n_neighbors": st.slider(
            "Neighbors", 2, 100, ProjectionSpec().n_neighbors, key="umap_neighbors", bind="query-params",
            help="How many movies count as near. Few show fine detail, many the large shape.",
        ),
        "min_dist": st.slider(
            "Minimum distance", 0.0, 1.0, 0.1, 0.05, key="min_dist", bind="query-params",
            help="How close together movies may be drawn. Small values make tight clumps.",
        ),
        "metric": _metric(embeddings),
        "seed": _seed(),
    }  # fmt: skip


def _tsne(n_components: int, embeddings: MovieEmbeddings) -> dict:
    return {
        "perplexity": float(
            st.slider(
                "Perplexity", 5, 100, 30, key="perplexity", bind="query-params",
                help="About how many movies count as near.",
            )
        ),
        "metric": _metric(embeddings),
        "seed": _seed(),
    }  # fmt: skip


def _pca(n_components: int, embeddings: MovieEmbeddings) -> dict:
    chosen = st.multiselect(
        f"Components ({n_components} of the first ten)", range(1, 11), default=list(range(1, n_components + 1)),
        key=f"components{n_components}", bind="query-params", max_selections=n_components,
        help="The first component is the direction in which movies differ most.",
    )  # fmt: skip
    return {"components": tuple(chosen) if len(chosen) == n_components else ()}


def _axes(n_components: int, embeddings: MovieEmbeddings) -> dict:
    st.caption("An axis leads from one movie, or the mean of several, to another.")
    axes = []
    for name in "xyz"[:n_components]:
        start = choose_movies(f"{name} from", embeddings, key=f"{name}_from")
        end = choose_movies(f"{name} to", embeddings, key=f"{name}_to")
        axes.append((tuple(start), tuple(end)))
    return {"axes": tuple(axes)}


def _metric(embeddings: MovieEmbeddings) -> str:
    names = ["cosine", "euclidean"] if embeddings.size > 1 else ["euclidean"]
    return st.selectbox(
        "Metric", names, key="umap_metric", bind="query-params",
        help="Cosine compares directions alone; Euclidean also how long the vectors are.",
    )  # fmt: skip


def _seed() -> int:
    return int(
        st.number_input(
            "Seed", 0, 2**31 - 1, 0, key="seed", bind="query-params", help="The same seed gives the same map."
        )
    )


def shown_projection(run: Run, spec: ProjectionSpec) -> Projection:
    """What to draw for `spec`: itself if it is known or instant; else what was shown before, and an offer.

    Raises `ProjectionError` and `RunError`.
    """
    try:
        found = _projection(run, spec)
    except ProjectionError as error:
        if spec.method != "axes":
            raise
        st.error(error_text(error), icon=":material/error:")
        return _projection(run, _first_look(spec)) or project_run(run, _first_look(spec))
    if found is not None:
        st.session_state[_LAST] = (run.name, spec)
        return found
    last_run, last = st.session_state.get(_LAST, (None, None))
    alike = ("n_components", "min_ratings", "era")
    if last_run != run.name or any(getattr(last, name) != getattr(spec, name) for name in alike):
        last = _first_look(spec)
    return _offer(run, spec, last) or _projection(run, last) or project_run(run, last)


def _first_look(spec: ProjectionSpec) -> ProjectionSpec:
    """The instant map of the same movies in as many dimensions."""
    return ProjectionSpec(method="pca", n_components=spec.n_components, min_ratings=spec.min_ratings, era=spec.era)


def explain_size(spec: ProjectionSpec, size: int) -> None:
    """Say so where the embeddings have hardly more numbers than the map has dimensions."""
    if size > spec.n_components:
        return
    numbers = format_count(size, "number")
    if spec.method == "pca" and max(spec.components) > size:
        text = f"This run's embeddings have only {numbers}: the map has no more directions than that, the rest is flat."
    else:
        text = f"This run's embeddings have only {numbers}: PCA shows them as they are, nothing is lost."
    st.info(text, icon=":material/straighten:")


def map_points(run: Run, rows: np.ndarray, coordinates: np.ndarray) -> MapPoints:
    """These rows of the run's movies at their places."""
    path, stamp = str(run.path), run_stamp(run)
    return _movies_on_map(path, stamp, rows.tobytes()).at(coordinates)


@st.cache_resource(max_entries=8, show_spinner=False)
def _movies_on_map(path: str, stamp: int, rows: bytes) -> MapPoints:
    movies = Run(Path(path)).movies.iloc[np.frombuffer(rows, np.int32)].reset_index(drop=True)
    return MapPoints(movies, np.zeros((len(movies), 2), np.float32))


def _projection(run: Run, spec: ProjectionSpec) -> Projection | None:
    """From memory, from the run's cache, or at once if it is instant; else None."""
    known = _known_projections()
    key = (str(run.path), run_stamp(run), spec.key())
    if key not in known:
        found = project_run(run, spec) if spec.method in _INSTANT else cached_projection(run, spec)
        if found is None:
            return None
        while len(known) >= _MOST_KNOWN:
            known.pop(next(iter(known)), None)
        known[key] = found
    return known[key]


@st.cache_resource(max_entries=1)
def _known_projections() -> dict[tuple, Projection]:
    return {}


def _offer(run: Run, spec: ProjectionSpec, instead: ProjectionSpec) -> Projection | None:
    """A button that draws `spec`, or how far that is; the projection once it is there. Raises `RunError`."""
    if spec.method == "umap" and works_ahead():
        warm_up_maps()
    name = METHODS[spec.method]
    work = Work(
        "projection",
        (*identity(run), spec.key()),
        f"Drawing the map by {name}",
        lambda tell, should_stop: project_run(run, spec, on_progress=tell, should_stop=should_stop),
        Lane.PROJECTIONS,
    )
    return offered(
        work,
        f"Compute {name}",
        key="compute_projection",
        text=f"This {name} has not been computed yet. Meanwhile the map shows {METHODS[instead.method]}.",
        help=f"{format_count(run.info.data.n_movies, 'movie')}; a few seconds. It is kept with the run.",
    )
