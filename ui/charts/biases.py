"""Plotly figures of biases: the highest and lowest as bars, and each against a mean rating."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recsys_core.explore.labels import title_labels
from ui.charts.palette import ABOVE_COLOR, BELOW_COLOR, REFERENCE_COLOR, SEQUENTIAL_SCALE, plotly_scale
from ui.shared.format import format_bias

_COUNT_TICKS = tuple(digit * 10**power for power in range(7) for digit in (1, 3))


def offset_bars(
    highest: pd.DataFrame, lowest: pd.DataFrame, column: str, *, name: str, unit: str = "stars"
) -> go.Figure:
    """The highest and lowest values of `column` as bars to either side of zero, the highest on top.

    Frames: as `yardsticks.extremes` returns them, most extreme first, with movie_id, title, year, n_ratings and
    mean_rating. A clicked bar's `customdata` begins with its movie id. `name`: what the column is, such as
    "Movie bias".
    """
    rows = pd.concat([highest, lowest.iloc[::-1]])
    values, places = rows[column].to_numpy(np.float64), np.arange(len(rows))
    is_above = values >= 0
    figure = go.Figure(
        go.Bar(
            x=values,
            y=places,
            orientation="h",
            marker={"color": np.where(is_above, ABOVE_COLOR, BELOW_COLOR), "cornerradius": 4},
            customdata=_rows_of(rows["movie_id"], rows["n_ratings"], rows["mean_rating"]),
            hovertext=[escape(label) for label in title_labels(rows)],
            hovertemplate="<b>%{hovertext}</b><br>"
            + f"{name} %{{x:+.2f}}<br>"
            + "%{customdata[1]:,} ratings, mean %{customdata[2]:.2f}<extra></extra>",
            text=[format_bias(value) for value in values],
            textposition="outside",
            cliponaxis=False,
        )
    )
    # A title stands where its bar is not, so that bars and titles both have half the width.
    figure.add_scatter(
        x=np.zeros(len(rows)),
        y=places,
        mode="text",
        text=[f" {escape(label)} " for label in short_labels(rows)],
        textposition=np.where(is_above, "middle left", "middle right"),
        hoverinfo="skip",
        cliponaxis=False,
    )
    reach = 1.25 * float(np.abs(values).max(initial=1e-3))
    figure.update_layout(
        height=24 * len(rows) + 70,
        bargap=0.28,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        hovermode="closest",
        xaxis={"title": f"{name} ({unit})", "range": [-reach, reach], "zeroline": True},
        yaxis={"visible": False, "autorange": "reversed"},
    )
    return figure


def offsets_against_means(
    rows: pd.DataFrame,
    column: str,
    means: np.ndarray,
    *,
    labels: Sequence[str],
    name: str,
    mean_name: str,
    unit: str = "stars",
    expected: np.ndarray | None = None,
) -> go.Figure:
    """Each movie's or user's `column` against a mean rating, colored by the number of ratings.

    rows: with n_ratings and mean_rating. means: `(n_rows,)`, the horizontal position. expected: `(n_rows,)`, what the
    mean alone would say, see `yardsticks.means_as_offsets`; drawn as a dashed line. A clicked point's `customdata`
    begins with the row's first column, an id.
    """
    counts = rows["n_ratings"].to_numpy(np.float64)
    logs = np.log10(np.maximum(counts, 1))
    ticks = [tick for tick in _COUNT_TICKS if counts.min(initial=np.inf) <= tick <= counts.max(initial=0)]
    figure = go.Figure(
        go.Scattergl(
            x=means,
            y=rows[column],
            mode="markers",
            marker={
                "size": 4 + 2.2 * logs,
                "opacity": 0.8,
                "color": logs,
                "colorscale": plotly_scale(SEQUENTIAL_SCALE),
                "line": {"width": 0.4, "color": REFERENCE_COLOR},
                "colorbar": {
                    "title": {"text": "Ratings", "side": "top"},
                    "tickvals": np.log10(ticks),
                    "ticktext": [f"{tick:,}" for tick in ticks],
                    "thickness": 10,
                    "outlinewidth": 0,
                },
            },
            customdata=_rows_of(rows.iloc[:, 0], rows["n_ratings"], rows["mean_rating"]),
            hovertext=[escape(label) for label in labels],
            hovertemplate="<b>%{hovertext}</b><br>"
            + f"{name} %{{y:+.2f}}<br>"
            + "%{customdata[1]:,} ratings, mean %{customdata[2]:.2f}<extra></extra>",
        )
    )
    if expected is not None:
        order = np.argsort(means)
        figure.add_scatter(
            x=np.asarray(means)[order],
            y=np.asarray(expected)[order],
            mode="lines",
            hoverinfo="skip",
            line={"color": REFERENCE_COLOR, "width": 1.5, "dash": "dash"},
        )
    figure.update_layout(
        height=520,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        hovermode="closest",
        xaxis={"title": f"{mean_name} (stars)", "zeroline": False},
        yaxis={"title": f"{name} ({unit})", "zeroline": True},
    )
    return figure


def short_labels(movies: pd.DataFrame, length: int = 27) -> list[str]:
    """Titles cut to `length` characters with an ellipsis, each with its whole year."""
    titles = [title if len(title) <= length else title[: length - 1].rstrip() + "…" for title in movies["title"]]
    return title_labels(movies.assign(title=titles))


def _rows_of(*columns: pd.Series) -> list[tuple]:
    """A tuple a row. As an array, a clicked row would come back from the browser as a dict of its places."""
    return list(zip(*(column.tolist() for column in columns), strict=True))
