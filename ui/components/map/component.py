"""The map's Python side: what a page says to have a map, and what the map tells the page."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.explore.labels import TELLING
from recsys_core.maps.regions import regions
from ui.charts.palette import DIVERGING_SCALE, GENRE_COLORS, NO_GENRE_COLOR, SEQUENTIAL_SCALE, genre_color
from ui.components.map.points import ColorBy, MapPoints, Table, style_table
from ui.components.map.tables import forget_tables, is_new_here
from ui.components.served import LOADER, module_names, modules_url, plotly_url

_HERE = Path(__file__).parent

_numbers = itertools.count()
_columns = st.components.v2.component("movie_map_columns", js=LOADER, isolate_styles=False)
_map = st.components.v2.component(
    "movie_map",
    html='<div class="movie-map"></div>\n',
    css=(_HERE / "map.css").read_text(encoding="utf-8"),
    js=LOADER,
    isolate_styles=False,
)

_PALETTE = {
    "genres": list(GENRE_COLORS.items()),
    "telling": list(TELLING),
    "categories": list(GENRE_COLORS.values()),
    "none": NO_GENRE_COLOR,
    "sequential": list(SEQUENTIAL_SCALE),
    "diverging": list(DIVERGING_SCALE),
}


@dataclass(frozen=True)
class MapLabel:
    """A name at a place of the map, in the units of its coordinates."""

    text: str
    at: Sequence[float]
    detail: str = ""
    """A second line, smaller."""
    color: str = ""
    """Of a dot before the name; none if empty."""


@dataclass(frozen=True, eq=False)
class Glide:
    """Where the movies of a map may glide to."""

    coordinates: np.ndarray
    """float `(n_movies, 2 or 3)`, in the units of the map's own."""
    ends: tuple[str, str]
    """What the two pictures are called, from and to."""


def region_labels(movies: pd.DataFrame, coordinates: np.ndarray) -> list[MapLabel]:
    """The names of the places where genres are at home among `movies` at `coordinates` `(n, 2 or 3)`."""
    return _region_labels(movies["movie_id"].to_numpy(np.int64).tobytes(), np.asarray(coordinates, np.float32), movies)


@st.cache_data(max_entries=32, show_spinner=False)
def _region_labels(ids: bytes, coordinates: np.ndarray, _movies: pd.DataFrame) -> list[MapLabel]:
    return [
        MapLabel(region.name, region.at, region.known, genre_color(region.genre))
        for region in regions(coordinates, _movies)
    ]


@dataclass(frozen=True)
class MapEvents:
    """What the visitor did on the map."""

    selected: tuple[int, ...] = ()
    """Ids of the movies chosen with box, free line or search."""


def movie_map(
    points: MapPoints,
    *,
    key: str,
    color: ColorBy | None = None,
    size: np.ndarray | None = None,
    focus: int | None = None,
    neighbors: Sequence[int] = (),
    labels: Sequence[MapLabel] = (),
    marks: Sequence[MapLabel] = (),
    titles: bool = True,
    contours: bool = False,
    histograms: bool = False,
    controls: bool = True,
    link: bool = False,
    group: str = "",
    glide: Glide | None = None,
    extent: Sequence[tuple[float, float]] | None = None,
    height: int = 640,
    caption: str = "",
    among: str = "",
    on_click: Callable[[int | None], None] | None = None,
    on_select: Callable[[tuple[int, ...]], None] | None = None,
) -> MapEvents:
    """Draw the map of `points`, or bring the one with this `key` up to date; its view stays where the visitor left it.

    color: what the colors say; genres if left out.
    size: marker diameters in px, `(n_movies,)`, such as `sizes_by` makes; one size for all if left out.
    focus: id of the movie that is singled out; `neighbors`, ids of movies to which lines go from it (or from the first
        of `marks`).
    labels: names of regions; shown as far as they do not overlap. `marks`: stars, such as a result of arithmetic.
    titles: whether the most rated movies bear their titles.
    contours: whether lines of equal density are drawn (in two dimensions).
    histograms: whether to show the charts under the map that filter it.
    controls: whether there are a search field, tools and zooming; without, the map is a picture with tooltips.
    link: whether the page's address holds the view, search, selection and filters. For one map a page.
    group: maps of a page with the same name here share view, hover, search, selection and filters; one of them has
        `link`, and it alone tells what is selected.
    glide: a second place for each movie, and a slider that takes the movies there.
    extent: the lowest and highest coordinate of each axis, to keep scale while the points move; their own if left out.
    caption: what the map is of; heads the picture that visitors save.
    among: of how many movies those on the map are which, such as "of 9,066 with 20 ratings or more".
    on_click: gets the id of a clicked movie, or None for a click beside all, before the page runs again.
    on_select: gets the ids of the selected movies after a change, likewise.
    """
    color = color or ColorBy.genre()
    style = style_table(color, size)
    onto = None if glide is None else points.at(glide.coordinates).coordinate_table
    tables = {"movies": points.movie_table, "coordinates": points.coordinate_table, "style": style, "onto": onto}

    def told(what: str) -> dict | None:
        # A map that is not drawn any more may still have said something, and has no state by then.
        return (st.session_state.get(key) or {}).get(what)

    def clicked() -> None:
        event = told("clicked")
        if on_click is not None and event is not None:
            on_click(event["id"])

    def missing() -> None:
        event = told("missing")
        forget_tables(event["ids"] if event else ())

    def selected() -> None:
        if on_select is not None:
            on_select(selected_movies(key))

    with st.container(gap=None):
        for name, table in tables.items():
            if table is not None:
                _provide(table, f"{key}_{name}")
        result = _map(
            key=key,
            data={
                "modules": modules_url(),
                "module_names": module_names(),
                "plotly": plotly_url(),
                "tables": {name: table and table.id for name, table in tables.items()},
                "palette": _PALETTE,
                "dims": points.dims,
                "color": color.spec(),
                "focus": focus,
                "neighbors": [int(movie_id) for movie_id in neighbors],
                "labels": _labels(labels),
                "marks": _labels(marks),
                "titles": titles,
                "contours": contours,
                "histograms": histograms,
                "controls": controls,
                "link": link,
                "group": group,
                "ends": glide and list(glide.ends),
                "extent": extent and [[float(low), float(high)] for low, high in extent],
                "height": height,
                "caption": caption,
                "among": among,
                "few": MIN_RATINGS,
                "description": f"Map of {len(points.movies):,} movies in {points.dims} dimensions",
            },
            default={"selected": []},
            on_selected_change=selected,
            on_clicked_change=clicked,
            on_missing_change=missing,
        )
    return MapEvents(selected=tuple(int(movie_id) for movie_id in result.selected or ()))


def selected_movies(key: str) -> tuple[int, ...]:
    """Ids of the movies that are selected on the map `key`, also before it is drawn in this run of the page."""
    state = st.session_state.get(key) or {}
    return tuple(int(movie_id) for movie_id in state.get("selected") or ())


def _provide(table: Table, key: str) -> None:
    """Columns in a message of their own, once a session: the browser keeps them, and asks again should it miss any."""
    data = {"modules": modules_url(), "module_names": module_names(), "table": table.id}
    if is_new_here(table.id):
        # Numbered, since a component does not hear of a message that equals its last one.
        data |= {"columns": table.columns, "message": next(_numbers)}
    _columns(key=key, data=data)


def _labels(labels: Sequence[MapLabel]) -> list[dict]:
    return [
        {"text": label.text, "at": [float(value) for value in label.at], "detail": label.detail, "color": label.color}
        for label in labels
    ]
