"""Plotly figure of what was taken out of the vectors: the movies along era and along popularity, the ends named."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ui.charts.palette import ABOVE_COLOR, BELOW_COLOR, REFERENCE_COLOR

N_NAMED = 3
"""Movies named at each end of an axis."""
_LONGEST_TITLE = 26
_ROUND_COUNTS = [digit * 10**power for power in range(6) for digit in (1, 2, 5)]


def taken_out_figure(movies: pd.DataFrame) -> go.Figure:
    """`movies` as `quality.taken_out.taken_out_axes` gives them: a plot for each axis, side by side.

    Position along the axis against what it stands for: when a movie was rated (or came out, where that is not known),
    and how often.
    """
    plots = []
    if "along_era" in movies:
        knows_times = "median_time" in movies and movies["median_time"].notna().any()
        when = pd.to_datetime(movies["median_time"], unit="s") if knows_times else movies["year"]
        plots.append(("Era", "along_era", when, "rated around" if knows_times else "came out", "date"))
    plots.append(("Popularity", "along_popularity", movies["n_ratings"], "ratings", "log"))
    figure = make_subplots(1, len(plots), subplot_titles=[plot[0] for plot in plots], horizontal_spacing=0.1)
    for column, (_, position, values, name, kind) in enumerate(plots, 1):
        along = movies[position].to_numpy()
        figure.add_scattergl(
            x=along,
            y=values,
            mode="markers",
            marker={"size": 4, "opacity": 0.4, "color": REFERENCE_COLOR},
            text=_titles(movies),
            hovertemplate="%{text}<br>" + ("%{y|%Y}" if kind == "date" else "%{y:,}") + f" {name}<extra></extra>",
            row=1,
            col=column,
        )
        order = np.argsort(along, kind="stable")
        for ends, color, side in ((order[:N_NAMED], BELOW_COLOR, "right"), (order[-N_NAMED:], ABOVE_COLOR, "left")):
            figure.add_scatter(
                x=along[ends],
                y=values.iloc[ends],
                mode="markers+text",
                marker={"size": 8, "color": color},
                text=[_short(title) for title in _titles(movies.iloc[ends])],
                textposition=[f"{height} {side}" for height in _heights(values.iloc[ends])],
                hoverinfo="skip",
                cliponaxis=False,
                row=1,
                col=column,
            )
        figure.update_yaxes(title=name.capitalize(), row=1, col=column)
        if kind == "log":
            figure.update_yaxes(type="log", tickvals=_ROUND_COUNTS, tickformat=",", row=1, col=column)
    figure.update_xaxes(title="Position on it (cosine)", zeroline=False)
    figure.update_layout(margin={"l": 8, "r": 8, "t": 34, "b": 8}, height=430, showlegend=False)
    return figure


def _heights(values: pd.Series) -> list[str]:
    """Where each name stands beside its dot, so that those of dots at about one height do not cover each other."""
    rank = np.argsort(np.argsort(values.to_numpy(), kind="stable"), kind="stable")
    return np.array(["bottom", "middle", "top"])[rank * 3 // len(values)].tolist()


def _titles(movies: pd.DataFrame) -> list[str]:
    return [html.escape(str(title)) for title in movies["title"]]


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1].rstrip()}…"
