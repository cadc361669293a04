"""Two maps side by side, laid onto each other: zoom, hover, search and selection of one are the other's too."""

from __future__ import annotations

import dataclasses

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys_core.compare.maps import STARTED, MapPair, draw_pair
from recsys_core.compare.neighbors import NeighborComparison
from recsys_core.errors import QueryError
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.jobs.work import Lane, Work, identity
from recsys_core.maps.spec import ProjectionSpec
from recsys_core.quality.report import NEIGHBORS
from ui.compare.choosing import Chosen
from ui.compare.lists import show_lists
from ui.compare.neighbors import comparison_of
from ui.compare.noise import measure_noise
from ui.components.map import ColorBy, Glide, movie_map, region_labels, selected_movies
from ui.shared.beside.naming import name_line
from ui.shared.focus import focus_movie
from ui.shared.format import format_count
from ui.shared.maps import painting, projecting
from ui.shared.maps.ordering import orderings_of, show_ordering
from ui.shared.run_picker import embeddings
from ui.shared.waiting import result_if_ready, result_of, show_progress

OVERLAP, MOVED = "Neighbors that stay", "Moved beyond noise"
_INSTANT = ("pca", "axes")
_HEIGHT = 540
_GROUP = "pair"
_FIRST_MAP = "pair_map_a"


def show_maps(first: Chosen, second: Chosen) -> None:
    """The whole of it, with what is chosen in the address."""
    chosen = first, second
    # What is compared are neighbors with era and popularity taken out, and so are the maps.
    both = tuple(embeddings(each.run, left_in=False) for each in chosen)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = projecting.choose_method()
        with st.popover("Settings", icon=":material/tune:"):
            settings_place = st.container()
        min_ratings = projecting.choose_least_ratings(both[0])
        with settings_place:
            spec = dataclasses.replace(projecting.choose_settings(method, both[0], min_ratings), era="out")
        color = _choose_color(both)
    comparison = comparison_of(first, second, NEIGHBORS)
    pair = _pair(first, second, spec)
    if pair is None:
        return
    lines = _neighbors_in_focus(comparison)
    under = []
    with st.grid(2, min_column_width=380, gap="medium"):
        for side, (each, own) in enumerate(zip(chosen, both, strict=True)):
            with st.container(gap="small"):
                name_line(each.letter, each.entry.label)
                rows, is_first = pair.shared.rows[side].astype(np.int32), side == 0
                movie_map(
                    projecting.map_points(each.run, rows, pair.places[side]),
                    key=_FIRST_MAP if is_first else "pair_map_b",
                    color=_paint(color, comparison, pair, own, rows),
                    focus=_focus(),
                    neighbors=lines[side],
                    labels=region_labels(own.movies.iloc[rows], pair.places[side]),
                    link=is_first,
                    group=_GROUP,
                    glide=Glide(pair.places[1], (first.letter, second.letter)) if is_first else None,
                    extent=pair.extent,
                    height=_HEIGHT,
                    caption=f"{each.letter} · {each.entry.label} · {projecting.METHODS[pair.spec.method]}",
                    on_click=focus_movie,
                )
                under.append(st.container())
    _explain(pair, first, second)
    _show_orderings(under, pair, chosen, both)
    if comparison is None:
        return
    if color == MOVED and not comparison.noise.is_measured:
        measure_noise(chosen)
    _show_selected(comparison)
    show_lists(comparison, first, second, 0)


def _choose_color(both: tuple[MovieEmbeddings, ...]) -> str:
    names = [OVERLAP, MOVED, *(name for name in painting.PAINTERS if name != "Bias" or all(e.has_biases for e in both))]
    return st.selectbox(
        "Color", names, key="pair_color", bind="query-params", width=190,
        help=f"{OVERLAP}: how much the {NEIGHBORS} nearest in both runs overlap (Jaccard). {MOVED}: whether they "
        "changed more than between any two seeds of the same settings. Gray: too few ratings to tell.",
    )  # fmt: skip


def _pair(first: Chosen, second: Chosen, spec: ProjectionSpec) -> MapPair | None:
    """What to draw: itself if it is there, else PCA meanwhile; says how far it is, or why there is none."""
    work = _work(first, second, spec)
    pair = result_if_ready(work)
    if pair is None and spec.method not in _INSTANT:
        pca = ProjectionSpec(method="pca", n_components=spec.n_components, min_ratings=spec.min_ratings, era=spec.era)
        pair = result_of(_work(first, second, pca))
        if pair is not None:
            st.caption("Meanwhile the maps show PCA.")
    show_progress(work)
    return pair


def _work(first: Chosen, second: Chosen, spec: ProjectionSpec) -> Work:
    runs, is_instant = (first.run, second.run), spec.method in _INSTANT
    return Work(
        "map pair" if not is_instant else "instant map pair",
        (*identity(runs[0]), *identity(runs[1]), spec.key()),
        f"Drawing both maps by {projecting.METHODS[spec.method]}",
        lambda tell, should_stop: draw_pair(*runs, spec, on_progress=tell, should_stop=should_stop),
        Lane.QUICK if is_instant else Lane.PROJECTIONS,
        slot="map pair" if not is_instant else "",
    )


def _paint(
    color: str, comparison: NeighborComparison | None, pair: MapPair, own: MovieEmbeddings, rows: np.ndarray
) -> ColorBy:
    if color in painting.PAINTERS:
        return painting.PAINTERS[color](own, rows)
    if comparison is None:
        return ColorBy.genre()
    position = comparison.positions_of(pair.shared.movies["movie_id"].to_numpy())
    is_known = position >= 0
    if color == OVERLAP:
        values = np.where(is_known, comparison.overlap[position], np.nan)
        return ColorBy.amount("Overlap of the neighbors in both", values, decimals=1)
    is_known &= np.isfinite(comparison.noise.least_of_movie)[position]
    codes = np.where(is_known, np.where(comparison.is_beyond_noise[position], 0, 1), -1)
    return ColorBy.category("Neighbors", codes, ("moved beyond noise", "no more than noise"), "not known")


def _focus() -> int | None:
    asked = st.query_params.get("movie", "")
    return int(asked) if asked.isdecimal() else None


def _neighbors_in_focus(comparison: NeighborComparison | None) -> tuple[list[int], list[int]]:
    """Ids of the neighbors of the movie in focus, in either run."""
    focus = _focus()
    if comparison is None or focus is None:
        return [], []
    try:
        one, other = comparison.lists_of(comparison.position_of(focus))
    except QueryError:
        return [], []
    return one["movie_id"].tolist(), other["movie_id"].tolist()


def _explain(pair: MapPair, first: Chosen, second: Chosen) -> None:
    parts = [
        f"The two pictures agree to **{pair.agreement:.2f}** (1: the same, 0: nothing in common).",
        f"The slider glides {first.letter} into {second.letter}.",
    ]
    for each, n_left_out in zip((first, second), pair.n_left_out, strict=True):
        if n_left_out:
            parts.append(f"{format_count(n_left_out, 'movie')} of {each.letter} alone left out.")
    how = f"{second.letter} is shifted, scaled and turned to lie on {first.letter}."
    if pair.spec.method in STARTED:
        how = (
            f"{second.letter}'s movies start from where {first.letter} has them and go on from there: two maps drawn "
            f"apart would differ by chance alone. Then {how}"
        )
    st.caption(" ".join(parts), help=f"{how} Agreement is the share of the one's distances that the other explains.")


def _show_orderings(
    under: list[DeltaGenerator],
    pair: MapPair,
    chosen: tuple[Chosen, Chosen],
    both: tuple[MovieEmbeddings, ...],
) -> None:
    """A line on what each map is ordered by, in its place `under` the map."""
    pictures = [
        (places, own.movies.iloc[rows]) for places, own, rows in zip(pair.places, both, pair.shared.rows, strict=True)
    ]
    orderings = orderings_of((*(identity(each.run) for each in chosen), pair.spec.key()), pictures)
    for place, ordering in zip(under, orderings or (), strict=False):
        with place:
            show_ordering(ordering)


def _show_selected(comparison: NeighborComparison) -> None:
    """What became of the neighbors of the movies that are selected on the maps."""
    ids = np.array(selected_movies(_FIRST_MAP), np.int64)
    position = comparison.positions_of(ids)
    position = position[position >= 0]
    if not len(position):
        return
    of_all = f" of the {len(ids):,}" if len(ids) > len(position) else ""
    staying, all_staying = comparison.n_staying[position].mean(), comparison.n_staying.mean()
    moved = comparison.is_beyond_noise[position].mean()
    beyond = f"; {moved:.0%} of them moved beyond noise" if comparison.noise.is_measured else ""
    st.markdown(
        f":material/select: {len(position):,}{of_all} selected movies can be compared: on average **{staying:.1f}** of "
        f"{comparison.k} neighbors stay, of all movies {all_staying:.1f}{beyond}."
    )
