"""Plotly figures about recommendations: the parts of each prediction, and where a person lands on the map."""

from __future__ import annotations

import html
from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ui.charts.palette import ABOVE_COLOR, BELOW_COLOR, REFERENCE_COLOR, SEQUENTIAL_SCALE, TRAINING_COLOR

_PARTS = {
    "user_bias": ("User bias", REFERENCE_COLOR),
    "movie_bias": ("Movie bias", SEQUENTIAL_SCALE[5]),
    "dot": ("Taste (dot product)", ABOVE_COLOR),
}

_MANY_RATINGS = 60
"""More than these are drawn small, so that the map stays in sight."""


def rating_parts(found: pd.DataFrame, labels: list[str]) -> go.Figure:
    """What user bias, movie bias and dot product add to the mean, in stars, for each recommended movie; best on top.

    found: columns rating, mean, user_bias, movie_bias, dot, see `recommendations.recommend`.
    """
    figure = go.Figure()
    y = [html.escape(label) for label in labels][::-1]
    # A plain dot product has neither mean nor biases.
    parts = {part: shown for part, shown in _PARTS.items() if part == "dot" or found[part].any()}
    for part, (name, color) in parts.items():
        figure.add_bar(
            x=found[part][::-1],
            y=y,
            orientation="h",
            name=name,
            marker_color=color,
            hovertemplate="%{y}: %{x:+.2f} stars<extra>" + name + "</extra>",
        )
    mean = float(found["mean"].iloc[0])
    most = found[list(_PARTS)].clip(lower=0).sum(axis=1)
    least = found[list(_PARTS)].clip(upper=0).sum(axis=1)
    figure.add_scatter(
        x=most[::-1],
        y=y,
        mode="text",
        text=[f" {rating:.2f}" for rating in found["rating"]][::-1],
        textposition="middle right",
        showlegend=False,
        hoverinfo="skip",
        cliponaxis=False,
    )
    figure.add_vline(x=0, line={"color": REFERENCE_COLOR, "width": 1})
    figure.update_layout(
        barmode="relative",
        bargap=0.3,
        height=90 + 30 * len(found),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "traceorder": "normal"},
        xaxis={
            "title": f"Stars above the mean of {mean:.2f}" if mean else "Stars",
            "range": [min(-0.05, 1.1 * float(least.min())), 1.18 * max(0.1, float(most.max()))],
        },
        yaxis={"ticksuffix": "  ", "automargin": True},
    )
    return figure


def landing_map(
    points: np.ndarray,
    titles: list[str],
    place: np.ndarray,
    who: str,
    rated: Mapping[int, float],
    recommended: np.ndarray,
) -> go.Figure:
    """All movies as a backdrop, a person's ratings and recommendations on it, and where the person lands.

    points: `(n, 2)`; place: `(2,)`, of the person called `who`; rated: row of `points` -> stars; recommended: rows of
    `points`.
    """
    # All by WebGL: its canvas lies above what is drawn as SVG, whatever the order.
    figure = go.Figure()
    safe = [html.escape(title) for title in titles]
    hover = "%{text}<extra>%{fullData.name}</extra>"
    figure.add_scattergl(
        x=points[:, 0],
        y=points[:, 1],
        mode="markers",
        name="Movies",
        marker={"size": 4, "color": REFERENCE_COLOR, "opacity": 0.28},
        text=safe,
        hovertemplate=hover,
    )
    small = len(rated) > _MANY_RATINGS
    middle = float(np.mean(list(rated.values()))) if rated else 0.0
    for name, symbol, color, rows in (
        ("Rated high", "triangle-up", ABOVE_COLOR, [row for row, stars in rated.items() if stars >= middle]),
        ("Rated low", "triangle-down", BELOW_COLOR, [row for row, stars in rated.items() if stars < middle]),
        ("Recommended", "circle", TRAINING_COLOR, list(recommended)),
    ):
        figure.add_scattergl(
            x=points[rows, 0],
            y=points[rows, 1],
            mode="markers",
            name=name,
            marker={
                "size": 6 if small and name != "Recommended" else 10,
                "symbol": symbol,
                "color": color,
                "line": {"width": 0.5 if small else 1, "color": "white"},
            },
            text=[safe[row] for row in rows],
            hovertemplate=hover,
        )
    figure.add_scattergl(
        x=[place[0]],
        y=[place[1]],
        mode="markers+text",
        name=who,
        text=[who],
        textposition="top center",
        textfont={"size": 15},
        marker={"size": 22, "symbol": "star", "color": "#F2BE2D", "line": {"width": 1.5, "color": "#4A3B05"}},
        hovertemplate="%{text}<extra></extra>",
    )
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_layout(
        height=460,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"},
        xaxis=hidden,
        yaxis={**hidden, "scaleanchor": "x"},
    )
    return figure
