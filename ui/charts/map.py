"""The map as a Plotly figure, for a notebook, and as a web page of its own that needs no network."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recsys_core.errors import QueryError
from recsys_core.explore.labels import NO_GENRE, genres_of, telling_genres, title_labels
from ui.charts.palette import GENRE_COLORS, NO_GENRE_COLOR


def movie_map(
    movies: pd.DataFrame,
    coordinates: np.ndarray,
    *,
    groups: Sequence[str] | None = None,
    colors: Mapping[str, str] | None = None,
    title: str = "Movie embeddings",
) -> go.Figure:
    """Movies as points, by group (the genre that says most by default), with hover and legend.

    `movies`: title, year, genres and n_ratings of each; `coordinates` `(n, 2 or 3)`, their places; `groups` `(n,)`;
    `colors`: the CSS color of each group, of those that it leaves out Plotly chooses. Raises `QueryError`.
    """
    if groups is None:
        groups = telling_genres(movies)
        colors = colors or GENRE_COLORS | {NO_GENRE: NO_GENRE_COLOR}
    if not len(coordinates) == len(groups) == len(movies):
        raise QueryError(
            f"`coordinates` and `groups` must have a row for each of {len(movies)} movies. "
            f"Received: {len(coordinates)} and {len(groups)}."
        )
    about = zip(title_labels(movies), genres_of(movies), movies["n_ratings"], strict=True)
    hover = np.array(
        [
            f"{html.escape(label)}<br>{html.escape(', '.join(genres))}<br>{n_ratings:,} ratings"
            for label, genres, n_ratings in about
        ],
        object,
    )
    figure = go.Figure()
    kinds, group_of = np.unique(np.array(groups, object).astype(str), return_inverse=True)
    is_flat = coordinates.shape[1] == 2
    for index, kind in enumerate(kinds):
        mask = group_of == index
        points = dict(zip("xyz", np.asarray(coordinates, np.float32)[mask].T, strict=False))
        marker = {"size": 5 if is_flat else 3, "opacity": 0.8}
        if colors and str(kind) in colors:
            marker["color"] = colors[str(kind)]
        trace = go.Scattergl if is_flat else go.Scatter3d
        figure.add_trace(
            trace(
                **points,
                mode="markers",
                marker=marker,
                name=html.escape(str(kind)),
                hovertext=hover[mask],
                hoverinfo="text",
            )
        )
    axis = {"visible": False}
    figure.update_layout(
        title={"text": html.escape(title)},
        template="plotly_white",
        margin={"l": 10, "r": 10, "t": 50, "b": 10},
        xaxis=axis,
        yaxis={**axis, "scaleanchor": "x"},
        scene={"xaxis": axis, "yaxis": axis, "zaxis": axis},
        legend={"itemsizing": "constant"},
        dragmode="pan" if is_flat else "turntable",
    )
    return figure


def as_web_page(figure: go.Figure) -> bytes:
    """One HTML file with all that it needs, titled as the figure is."""
    page = figure.to_html(
        include_plotlyjs=True, full_html=True, default_height="100vh", config={"scrollZoom": True, "displaylogo": False}
    )
    # The figure's title is escaped already.
    return page.replace("<head>", f"<head><title>{figure.layout.title.text}</title>", 1).encode()
