"""Plotly figures of what two runs say of the same things: all against each other, and where they disagree most."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from ui.charts.compare import Entry
from ui.charts.palette import REFERENCE_COLOR, TRAINING_COLOR

_MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
_LEGEND = {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"}
MOST_DOTS = 4_000
"""Of more, some are drawn: the cloud looks the same."""
_NUMBER_COLOR = "#2F5FA8"
"""A dark `TRAINING_COLOR`, on which white is read."""
_NUMBER_SIZE = 17
"""Of a dot with a number in it, in px."""


def against_each_other(
    first: np.ndarray,
    second: np.ndarray,
    labels: Sequence[str],
    ids: Sequence[int],
    entries: tuple[Entry, Entry],
    *,
    numbered: Sequence[int],
    name: str,
    unit: str,
) -> go.Figure:
    """What the second run says against what the first says, a dot each.

    All `(n,)`, the farthest first: `labels` are names of the dots, and a dot's `customdata` begins with its id.
    numbered: the dots that `dumbbells` lists, in its order. They have its numbers, where they do not lie on each other.
    """
    drawn = _some(len(first))
    low, high = float(min(first.min(), second.min())), float(max(first.max(), second.max()))
    air = 0.06 * ((high - low) or 1.0)
    ends = [low - air, high + air]
    figure = go.Figure()
    figure.add_scatter(
        x=ends, y=ends, mode="lines", line={"color": REFERENCE_COLOR, "width": 1.5, "dash": "dash"}, hoverinfo="skip"
    )
    figure.add_scattergl(
        x=first[drawn],
        y=second[drawn],
        mode="markers",
        marker={"color": TRAINING_COLOR, "size": 6, "opacity": 0.45},
        customdata=[(int(ids[i]),) for i in drawn],
        hovertext=[escape(labels[i]) for i in drawn],
        hovertemplate="<b>%{hovertext}</b><br>"
        + f"{entries[0].letter} %{{x:.2f}}, {entries[1].letter} %{{y:.2f}}<extra></extra>",
    )
    shown = _apart(first, second, numbered, 0.055 * (ends[1] - ends[0]))
    there = [numbered[place] for place in shown]
    figure.add_scatter(
        x=first[there],
        y=second[there],
        mode="markers+text",
        text=[str(place + 1) for place in shown],
        textfont={"size": 10, "color": "white"},
        marker={"color": _NUMBER_COLOR, "size": _NUMBER_SIZE, "line": {"width": 1, "color": "white"}},
        customdata=[(int(ids[i]),) for i in there],
        hovertext=[escape(labels[i]) for i in there],
        hovertemplate="<b>%{hovertext}</b><br>"
        + f"{entries[0].letter} %{{x:.2f}}, {entries[1].letter} %{{y:.2f}}<extra></extra>",
        cliponaxis=False,
    )
    axis = {"range": ends, "zeroline": False, "constrain": "domain"}
    figure.update_layout(
        height=460,
        margin=_MARGIN,
        showlegend=False,
        hovermode="closest",
        xaxis={**axis, "title": f"{name} in {entries[0].letter} ({unit})"},
        yaxis={**axis, "title": f"{name} in {entries[1].letter} ({unit})", "scaleanchor": "x"},
    )
    return figure


def dumbbells(
    first: np.ndarray,
    second: np.ndarray,
    labels: Sequence[str],
    ids: Sequence[int],
    entries: tuple[Entry, Entry],
    *,
    title: str,
    truth: np.ndarray | None = None,
    truth_name: str = "",
) -> go.Figure:
    """A numbered line for each thing from what the first run says to what the second says, number 1 on top.

    All `(n,)`; `truth`: what it is, as a diamond. A dot's `customdata` begins with its id.
    """
    places = np.arange(len(first))
    figure = go.Figure()
    lines = np.stack([first, second, np.full(len(first), np.nan)], axis=1).ravel()
    figure.add_scatter(
        x=lines,
        y=np.repeat(places, 3),
        mode="lines",
        line={"color": REFERENCE_COLOR, "width": 3},
        opacity=0.5,
        hoverinfo="skip",
        showlegend=False,
    )
    series = [
        (entries[0].text, first, entries[0].color, "circle"),
        (entries[1].text, second, entries[1].color, "circle"),
    ]
    if truth is not None:
        series.append((truth_name, truth, REFERENCE_COLOR, "diamond"))
    for name, values, color, symbol in series:
        figure.add_scatter(
            x=values,
            y=places,
            mode="markers",
            name=name,
            marker={"color": color, "size": 12 if symbol == "circle" else 10, "symbol": symbol},
            customdata=[(int(each),) for each in ids],
            hovertext=[escape(label) for label in labels],
            hovertemplate=f"<b>%{{hovertext}}</b><br>{name} %{{x:.2f}}<extra></extra>",
        )
    figure.update_layout(
        height=90 + 27 * len(first),
        margin=_MARGIN,
        legend=_LEGEND,
        hovermode="closest",
        xaxis={"title": title, "zeroline": False},
        yaxis={
            "autorange": "reversed",
            "tickvals": places,
            "ticktext": [f"{escape(_short(label))} <b>{place + 1}</b> " for place, label in enumerate(labels)],
            "showgrid": False,
            "zeroline": False,
        },
    )
    return figure


def _some(n: int) -> np.ndarray:
    """At most `MOST_DOTS` of `n`, the first among them, evenly."""
    return np.arange(n) if n <= MOST_DOTS else np.unique(np.linspace(0, n - 1, MOST_DOTS).astype(int))


def _apart(x: np.ndarray, y: np.ndarray, numbered: Sequence[int], distance: float) -> list[int]:
    """Places in `numbered`, the first before the others, of those that are so far from one another."""
    shown: list[int] = []
    for place, i in enumerate(numbered):
        if all(np.hypot(x[i] - x[numbered[j]], y[i] - y[numbered[j]]) > distance for j in shown):
            shown.append(place)
    return shown


def _short(text: str, length: int = 38) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
