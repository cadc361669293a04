"""Plotly figures of the quality report: a run beside its yardsticks, popularity, and the spectrum of its vectors."""

from __future__ import annotations

import html
import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from recsys_core.quality.judged.agreement import GENRES, Outcome
from recsys_core.quality.measures import BANDS, band_name
from recsys_core.quality.report import ALL, BIASES, ITEM_COSINE, LEFT_IN, MEAN, MEASURES, RANDOM, RUN, QualityReport
from ui.charts.palette import ABOVE_COLOR, REFERENCE_COLOR, SEQUENTIAL_SCALE, TRAINING_COLOR, plotly_scale

LEFT_IN_COLOR = "rgba(91, 141, 214, 0.45)"
SOURCE_COLORS = {
    RUN: TRAINING_COLOR,
    LEFT_IN: LEFT_IN_COLOR,
    ITEM_COSINE: REFERENCE_COLOR,
    BIASES: REFERENCE_COLOR,
    MEAN: "rgba(139, 146, 158, 0.6)",
    RANDOM: "rgba(139, 146, 158, 0.35)",
}
SOURCE_NAMES = {
    RUN: "This run",
    LEFT_IN: "Era left in",
    ITEM_COSINE: "Item-item cosine",
    BIASES: "Damped biases",
    MEAN: "Training mean",
    RANDOM: "Random",
}
JUDGED_NAMES = {**SOURCE_NAMES, GENRES: "Genre overlap"}
_HINTS = {"higher": "↑", "lower": "↓", "": ""}
_ROUND_COUNTS = [digit * 10**power for power in range(6) for digit in (1, 2, 5)]
_SMALL_MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}


def yardstick_bars(report: QualityReport, measures: tuple[str, ...], columns: int = 3) -> go.Figure:
    """A small bar chart for each of `measures`: the run on top, what simple answers reach below.

    An arrow behind a measure's name says which way is better, where one is.
    """
    chosen = [measure for measure in MEASURES if measure.name in measures and _is_measured(report, measure.name)]
    n_rows = math.ceil(len(chosen) / columns)
    titles = [f"<b>{measure.title}</b> {_HINTS[measure.better]}".rstrip() for measure in chosen]
    shown = [
        name
        for source, name in SOURCE_NAMES.items()
        if any(np.isfinite(report.value(measure.name, source)) for measure in chosen)
    ]
    figure = make_subplots(
        n_rows, columns, subplot_titles=titles, horizontal_spacing=0.07, vertical_spacing=0.3 / n_rows
    )
    for i, measure in enumerate(chosen):
        sources = [source for source in SOURCE_NAMES if np.isfinite(report.value(measure.name, source))]
        values = [report.value(measure.name, source) for source in sources]
        figure.add_bar(
            x=values[::-1],
            y=[SOURCE_NAMES[source] for source in sources][::-1],
            orientation="h",
            marker_color=[SOURCE_COLORS[source] for source in sources][::-1],
            text=[_short(value) for value in values][::-1],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.3f}<extra>" + measure.title + "</extra>",
            row=i // columns + 1,
            col=i % columns + 1,
        )
        row, column = i // columns + 1, i % columns + 1
        figure.update_xaxes(range=[min(0, *values), 1.25 * max(values)], row=row, col=column)
        figure.update_yaxes(showticklabels=column == 1, row=row, col=column)
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False)
    # A place for each in all of them: what has no value in one leaves its own empty.
    figure.update_yaxes(categoryorder="array", categoryarray=shown[::-1], range=[-0.5, len(shown) - 0.5])
    figure.update_yaxes(ticksuffix=" ", showgrid=False)
    figure.update_annotations(font_size=12)
    figure.update_layout(
        margin={"l": 8, "r": 30, "t": 34, "b": 8}, height=44 + 165 * n_rows, showlegend=False, bargap=0.28
    )
    return figure


def by_popularity(report: QualityReport, measure: str) -> go.Figure:
    """One measure for movies with few to many training ratings: the run and its yardsticks."""
    frame = report.figures[(report.figures["measure"] == measure) & (report.figures["band"] != ALL)]
    bands = [band_name(band) for band in BANDS if band_name(band) in set(frame["band"])]
    figure = go.Figure()
    for source, name in SOURCE_NAMES.items():
        rows = frame[frame["source"] == source].set_index("band").reindex(bands)
        if rows["value"].notna().any():
            figure.add_bar(
                x=bands,
                y=rows["value"],
                name=name,
                marker_color=SOURCE_COLORS[source],
                customdata=rows["n"],
                hovertemplate="%{x} ratings: %{y:.3f}, over %{customdata:,}<extra>" + name + "</extra>",
            )
    title = next(known.title for known in MEASURES if known.name == measure)
    figure.update_layout(
        margin=_SMALL_MARGIN,
        height=320,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        xaxis={"title": "Training ratings of the movie", "type": "category"},
        yaxis={"title": title},
        bargap=0.3,
    )
    return figure


def agreement_bars(outcome: Outcome) -> go.Figure:
    """AUC against people's judgement with 95% intervals: the run and its yardsticks, and the run by popularity."""
    bands = {f"{band} ratings": each for band, each in outcome.by_band.items()}
    parts = [
        {JUDGED_NAMES[source]: (each, SOURCE_COLORS.get(source, REFERENCE_COLOR)) for source, each in
         outcome.by_source.items()},
        {name: (each, SOURCE_COLORS[RUN]) for name, each in bands.items() if np.isfinite(each.auc)},
    ]  # fmt: skip
    parts = [part for part in parts if part]
    titles = ["<b>Agreement with people</b> ↑", "<b>This run, by popularity</b>"]
    figure = make_subplots(1, 2, subplot_titles=titles[: len(parts)], horizontal_spacing=0.16)
    for column, part in enumerate(parts, 1):
        found = [each for each, _ in part.values()]
        auc = np.array([each.auc for each in found])
        above, below = (np.array([getattr(each, end) for each in found]) for end in ("high", "low"))
        figure.add_scatter(
            x=auc[::-1],
            y=list(part)[::-1],
            mode="markers",
            marker={"size": 11, "color": [color for _, color in part.values()][::-1]},
            error_x={
                "array": np.nan_to_num(above - auc)[::-1],
                "arrayminus": np.nan_to_num(auc - below)[::-1],
                "color": REFERENCE_COLOR,
                "thickness": 1.5,
                "width": 4,
            },
            customdata=[each.n for each in found][::-1],
            hovertemplate="%{y}: %{x:.3f}, over %{customdata:,} pairs<extra></extra>",
            row=1,
            col=column,
        )
        figure.add_vline(x=0.5, line={"color": REFERENCE_COLOR, "width": 1, "dash": "dot"}, row=1, col=column)
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], showgrid=False, zeroline=False)
    figure.update_yaxes(ticksuffix=" ", showgrid=False, automargin=True)
    figure.update_annotations(font_size=12)
    figure.update_layout(
        margin={"l": 8, "r": 16, "t": 34, "b": 8}, height=90 + 34 * max(map(len, parts)), showlegend=False
    )
    return figure


def norm_against_popularity(movies: pd.DataFrame, norms: np.ndarray, named: np.ndarray) -> go.Figure:
    """Length of each movie's vector against its number of ratings; the rows `named` carry their titles."""
    figure = go.Figure()
    counts = movies["n_ratings"].to_numpy()
    figure.add_scattergl(
        x=counts,
        y=norms,
        mode="markers",
        marker={
            "size": 5,
            "opacity": 0.55,
            "color": movies["mean_rating"],
            "colorscale": plotly_scale(SEQUENTIAL_SCALE),
            "colorbar": {"title": {"text": "Mean rating"}, "thickness": 12},
        },
        text=[html.escape(str(title)) for title in movies["title"]],
        hovertemplate="%{text}<br>%{x:,} ratings, norm %{y:.2f}<extra></extra>",
    )
    figure.add_scattergl(
        x=counts[named],
        y=norms[named],
        mode="markers",
        marker={"size": 10, "symbol": "circle-open", "color": ABOVE_COLOR, "line": {"width": 2}},
        text=[html.escape(str(title)) for title in movies["title"].iloc[named]],
        hovertemplate="%{text}<br>%{x:,} ratings, norm %{y:.2f}<extra></extra>",
    )
    figure.update_layout(
        margin=_SMALL_MARGIN,
        height=420,
        showlegend=False,
        xaxis={"title": "Ratings of the movie", "type": "log", "tickvals": _ROUND_COUNTS, "tickformat": ","},
        yaxis={"title": "Norm of its vector", "rangemode": "tozero"},
    )
    return figure


def spectrum_curve(shares: np.ndarray, random_shares: np.ndarray) -> go.Figure:
    """Share of the variance along each principal axis, beside that of random vectors of the same shape."""
    figure = go.Figure()
    axes = np.arange(1, len(shares) + 1)
    figure.add_bar(
        x=axes,
        y=shares,
        name=SOURCE_NAMES[RUN],
        marker_color=SOURCE_COLORS[RUN],
        hovertemplate="axis %{x}: %{y:.1%}<extra>This run</extra>",
    )
    figure.add_scatter(
        x=axes,
        y=random_shares,
        name="Random vectors",
        mode="lines",
        line={"color": REFERENCE_COLOR, "width": 2, "dash": "dash"},
        hovertemplate="axis %{x}: %{y:.1%}<extra>Random vectors</extra>",
    )
    figure.update_layout(
        margin=_SMALL_MARGIN,
        height=340,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        xaxis={"title": "Principal axis"},
        yaxis={"title": "Share of the variance", "tickformat": ".0%"},
        bargap=0.15,
    )
    return figure


def agreement_grid(first_stars: np.ndarray, second_stars: np.ndarray, first: str, second: str) -> go.Figure:
    """How the users who rated two movies rated each: a dot for each pair of stars, as large as there are users."""
    pairs = pd.DataFrame({"x": first_stars, "y": second_stars}).value_counts().reset_index(name="n")
    figure = go.Figure()
    figure.add_scatter(x=[0.5, 5], y=[0.5, 5], mode="lines", line={"color": REFERENCE_COLOR, "width": 1, "dash": "dot"},
                       hoverinfo="skip")  # fmt: skip
    figure.add_scatter(
        x=pairs["x"],
        y=pairs["y"],
        mode="markers",
        marker={"size": 8 + 26 * np.sqrt(pairs["n"] / pairs["n"].max()), "color": TRAINING_COLOR, "opacity": 0.75},
        customdata=pairs["n"],
        hovertemplate="%{x} and %{y} stars: %{customdata}<extra></extra>",
    )
    stars = {"range": [0.1, 5.4], "dtick": 1}
    figure.update_layout(
        margin=_SMALL_MARGIN,
        height=300,
        showlegend=False,
        xaxis={"title": f"Stars for {html.escape(first)}", **stars},
        yaxis={"title": f"Stars for {html.escape(second)}", **stars},
    )
    return figure


def _is_measured(report: QualityReport, measure: str) -> bool:
    return bool(np.isfinite(report.value(measure)))


def _short(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.0f}"
