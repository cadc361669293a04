"""Plotly figures of what a sweep varied: parallel coordinates, what matters, and the objective over each setting.

Every point that stands for a trial bears the trial's number as its `customdata`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale
from plotly.subplots import make_subplots

from recsys_core.quality.trial_figures import TrialFigure
from recsys_core.settings.sweep_space import Dimension
from recsys_core.sweeps.view import TrialView
from ui.charts.palette import REFERENCE_COLOR, SEQUENTIAL_SCALE, TRAINING_COLOR, plotly_scale
from ui.charts.sweep.values import (
    BEST_COLOR,
    CHOSEN_COLOR,
    HINTS,
    KEPT,
    frame_of,
    place,
    placed,
    shown,
    symbols,
    text_of,
    value_of,
    written,
)

_SHADES = 8
"""Lines of so many colors, a trace each, however many trials there are: from gray, the worst, to the color of the best,
which shows on both themes."""


def parallel_coordinates(
    trials: Sequence[TrialView],
    dimensions: Sequence[Dimension],
    objective: TrialFigure,
    *,
    best: int | None,
    chosen: int | None,
) -> go.Figure:
    """A line a trial through its values, each on an axis of its own, to the objective; colored by the objective.

    Trials without one (pruned, running) end before that axis, gray.
    """
    finished = sorted(
        (each for each in trials if math.isfinite(value_of(each, objective))),
        key=lambda each: value_of(each, objective), reverse=objective.better != "higher",
    )  # fmt: skip
    ended = [each for each in trials if not math.isfinite(value_of(each, objective))]
    low, high = frame_of([value_of(each, objective) for each in finished], objective) or (0.0, 1.0)

    def points(trial: TrialView) -> tuple[list[float | None], list[str]]:
        places: list[float | None] = [place(each, trial.values.get(each.name)) for each in dimensions]
        texts = [f"{each.label} {written(trial.values.get(each.name))}" for each in dimensions]
        value = value_of(trial, objective)
        at = min(max((value - low) / (high - low), -0.04), 1.04) if math.isfinite(value) else None
        return [*places, at], [*texts, f"{objective.title} {text_of(objective, value)}"]

    figure = go.Figure()

    def add(some: Sequence[TrialView], color: str, width: float, opacity: float) -> None:
        y: list[float | None] = []
        texts: list[str] = []
        for each in some:
            own, words = points(each)
            y += [*own, None]
            texts += [*words, ""]
        n = len(dimensions) + 1
        figure.add_scatter(
            x=[*range(n), None] * len(some), y=y, opacity=opacity, showlegend=False,
            mode="lines+markers" if width > 2 else "lines",
            line={"color": color, "width": width}, marker={"size": 7, "color": color},
            customdata=[each.number for each in some for _ in range(n + 1)], hovertext=texts,
            hovertemplate="Trial %{customdata}: %{hovertext}<extra></extra>",
        )  # fmt: skip

    if ended:
        add(ended, REFERENCE_COLOR, 0.8, 0.25)
    # From the worst to the best, which lies on top.
    shades = sample_colorscale([[0, REFERENCE_COLOR], [0.6, REFERENCE_COLOR], [1, BEST_COLOR]], _SHADES)
    for shade, some in enumerate(np.array_split(np.arange(len(finished)), _SHADES)):
        if len(some):
            add([finished[index] for index in some], shades[shade], 1.2, 0.2 + 0.5 * shade / (_SHADES - 1))
    for number, color in ((chosen, CHOSEN_COLOR), (best, BEST_COLOR)):
        own = [each for each in trials if each.number == number]
        if own:
            add(own, color, 3, 1.0)
    titles = [*(each.label for each in dimensions), f"{objective.title}{HINTS[objective.better]}"]
    ticks = [_tick(at, y, text) for at, each in enumerate(dimensions) for y, text in _ends(each)]
    ticks += [_tick(len(dimensions), y, text_of(objective, end)) for y, end in ((0.0, low), (1.0, high))]
    figure.update_layout(
        **KEPT,
        annotations=ticks,
        xaxis={
            "tickvals": list(range(len(titles))), "ticktext": [_folded(title) for title in titles], "side": "top",
            "range": [-0.4, len(dimensions) + 0.4], "showgrid": True, "tickangle": 0,
        },
        yaxis={"visible": False, "range": [-0.12, 1.12]},
    )  # fmt: skip
    return figure


def importance_bars(importance: Mapping[str, float], labels: Mapping[str, str]) -> go.Figure:
    """How much of what makes a trial good is due to each setting, the most on top. importance: shares by name."""
    ordered = sorted(importance.items(), key=lambda item: item[1])
    figure = go.Figure(
        go.Bar(
            x=[share for _, share in ordered],
            y=[labels.get(name, name) for name, _ in ordered],
            orientation="h",
            marker={"color": TRAINING_COLOR, "cornerradius": 4},
            text=[f"{share:.0%}" for _, share in ordered],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )
    most = max(importance.values(), default=1.0)
    figure.update_layout(
        **KEPT,
        bargap=0.35,
        xaxis={"visible": False, "range": [0, 1.2 * (most or 1.0)]},
        yaxis={"showgrid": False, "ticksuffix": " ", "type": "category"},
    )
    return figure


def slices(
    trials: Sequence[TrialView],
    dimensions: Sequence[Dimension],
    objective: TrialFigure,
    *,
    columns: int,
    best: int | None,
    chosen: int | None,
) -> go.Figure:
    """The objective over each setting that was varied, a point a trial: later trials are lighter."""
    known = [each for each in trials if math.isfinite(value_of(each, objective))]
    n_rows = math.ceil(len(dimensions) / columns)
    figure = make_subplots(
        rows=n_rows, cols=columns, shared_yaxes=True, horizontal_spacing=0.02, vertical_spacing=0.3 / max(n_rows, 1)
    )
    values = [value_of(each, objective) for each in known]
    frame = frame_of(values, objective)
    shapes = symbols(known, objective, frame)
    for at, dimension in enumerate(dimensions):
        row, column = at // columns + 1, at % columns + 1
        figure.add_scatter(
            x=[shown(dimension, each.values.get(dimension.name)) for each in known], y=placed(values, frame),
            mode="markers",
            marker={
                "color": [each.number for each in known], "colorscale": plotly_scale(SEQUENTIAL_SCALE), "opacity": 0.85,
                "size": [12 if each.number in (best, chosen) else 7 for each in known],
                "symbol": ["star" if each.number == best else shape for each, shape in zip(known, shapes, strict=True)],
                "line": {
                    "width": [2 if each.number in (best, chosen) else 0 for each in known],
                    "color": [BEST_COLOR if each.number == best else CHOSEN_COLOR for each in known],
                },
            },
            customdata=[each.number for each in known], hovertext=[text_of(objective, value) for value in values],
            hovertemplate=f"Trial %{{customdata}}: {dimension.label} %{{x}}, %{{hovertext}}<extra></extra>",
            row=row, col=column,
        )  # fmt: skip
        kind = "log" if dimension.log else "category" if dimension.kind == "choice" else "linear"
        figure.update_xaxes(title=dimension.label, type=kind, nticks=5, row=row, col=column)
    figure.update_yaxes(range=frame)
    figure.update_yaxes(title=f"{objective.title}{HINTS[objective.better]}", col=1)
    figure.update_layout(**KEPT, showlegend=False)
    return figure


def _ends(dimension: Dimension) -> list[tuple[float, str]]:
    """Where an axis is labelled, and with what: its ends, or its choices."""
    if dimension.kind == "choice":
        return [(place(dimension, choice) or 0.0, written(choice)) for choice in dimension.choices]
    return [(0.0, written(dimension.low)), (1.0, written(dimension.high))]


def _tick(x: float, y: float, text: str) -> dict[str, Any]:
    """An annotation. Ends stand clear of the lines, what is between them beside its axis."""
    outside = {0.0: "top", 1.0: "bottom"}.get(y)
    return {
        "x": x, "y": y, "text": escape(text), "showarrow": False, "font": {"size": 11},
        "yanchor": outside or "middle", "xanchor": "center" if outside else "left", "xshift": 0 if outside else 5,
    }  # fmt: skip


def _folded(title: str) -> str:
    """On lines of a few letters: axes stand close."""
    return "<br>".join(map(escape, wrap(title, 12)))
