"""Plotly figures of how neighbors differ between two runs, beside what two seeds differ by."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recsys_core.compare.neighbors import NeighborComparison
from ui.charts.palette import REFERENCE_COLOR, TRAINING_COLOR

RUNS_NAME, NOISE_NAME = "These two runs", "Two seeds of the same settings"
_MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}


def staying_histogram(comparison: NeighborComparison) -> go.Figure:
    """How many movies keep 0, 1, … k of their neighbors; as a line what share would between two seeds, where known."""
    k = comparison.k
    counts = np.bincount(comparison.n_staying, minlength=k + 1)
    figure = go.Figure()
    figure.add_bar(
        x=np.arange(k + 1),
        y=counts / counts.sum(),
        name=RUNS_NAME,
        marker={"color": TRAINING_COLOR, "cornerradius": 3},
        customdata=counts,
        hovertemplate=f"%{{x}} of {k} stay: %{{customdata:,}} movies, %{{y:.1%}}<extra>{RUNS_NAME}</extra>",
    )
    overlaps = comparison.noise.overlaps[np.isfinite(comparison.noise.overlaps)]
    if len(overlaps):
        # Of lists of k, an overlap (Jaccard) of j means that 2j / (1 + j) of them stay.
        by_seed = np.bincount(np.rint(2 * overlaps / (1 + overlaps) * k).astype(int), minlength=k + 1)
        figure.add_scatter(
            x=np.arange(k + 1),
            y=by_seed / by_seed.sum(),
            name=NOISE_NAME,
            mode="lines+markers",
            line={"color": REFERENCE_COLOR, "width": 2.5, "shape": "hvh"},
            marker={"size": 5},
            hovertemplate=f"%{{x}} of {k} stay: %{{y:.1%}}<extra>{NOISE_NAME}</extra>",
        )
    figure.update_layout(
        height=320,
        margin=_MARGIN,
        legend=_LEGEND,
        bargap=0.15,
        xaxis={"title": f"Neighbors of {k} that stay", "dtick": 1 if k <= 12 else 5},
        yaxis={"title": "Share of movies", "tickformat": ".0%"},
    )
    return figure


def overlap_by_group(groups: pd.DataFrame, *, title: str) -> go.Figure:
    """The mean overlap of each group as a bar, and a mark at that of two seeds, where it is known.

    groups: as `compare.groups` returns them, the first on top.
    """
    names = [escape(str(name)) for name in groups["group"]]
    figure = go.Figure()
    figure.add_bar(
        x=groups["overlap"],
        y=names,
        orientation="h",
        name=RUNS_NAME,
        marker={"color": TRAINING_COLOR, "cornerradius": 3},
        customdata=groups["n"],
        hovertemplate="%{y}: overlap %{x:.2f}, over %{customdata:,} movies<extra>" + RUNS_NAME + "</extra>",
    )
    if groups["noise"].notna().any():
        figure.add_scatter(
            x=groups["noise"],
            y=names,
            name=NOISE_NAME,
            mode="markers",
            marker={"symbol": "line-ns-open", "size": 15, "color": REFERENCE_COLOR, "line": {"width": 3}},
            hovertemplate="%{y}: overlap %{x:.2f}<extra>" + NOISE_NAME + "</extra>",
        )
    figure.update_layout(
        height=70 + 23 * max(4, len(groups)),
        margin=_MARGIN,
        legend=_LEGEND,
        bargap=0.3,
        xaxis={"title": "Overlap of the lists (Jaccard)", "rangemode": "tozero"},
        yaxis={"autorange": "reversed", "title": title, "type": "category", "ticksuffix": " "},
    )
    return figure
