"""Plotly figures of a sweep's trials: their curves, the best so far, and the Pareto front.

Every point that stands for a trial bears the trial's number as its `customdata`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from recsys_core.quality.trial_figures import TrialFigure
from recsys_core.sweeps.view import TrialView
from ui.charts.palette import REFERENCE_COLOR, TRAINING_COLOR
from ui.charts.sweep.values import (
    BEST_COLOR,
    CHOSEN_COLOR,
    HINTS,
    HOLDOUT_COLOR,
    KEPT,
    LEGEND,
    finite,
    frame_of,
    placed,
    symbols,
    text_of,
    value_of,
    whole_axis,
)


def trial_curves(trials: Sequence[TrialView], *, best: int | None, chosen: int | None) -> go.Figure:
    """Validation MSE by epoch: every trial thin, pruned ones dotted, the best and the chosen one thick."""
    figure = go.Figure()
    special = {best, chosen}
    for name, states, line in (
        ("finished", ("finished",), {"color": REFERENCE_COLOR, "width": 1}),
        ("pruned, failed", ("pruned", "failed", "interrupted"), {"color": REFERENCE_COLOR, "dash": "dot"}),
        ("running", ("running",), {"color": TRAINING_COLOR, "width": 1.6}),
    ):
        some = [each for each in trials if each.state in states and each.number not in special and each.curve]
        if some:
            is_running = name == "running"
            _add_curves(figure, some, name, {"width": 1, **line}, 1.0 if is_running else 0.45)
    for number, name, color, width in (
        (chosen, "trial", CHOSEN_COLOR, 2.6), (best, "best: trial", BEST_COLOR, 3.2),
    ):  # fmt: skip
        own = [each for each in trials if each.number == number and each.curve]
        if own and (number != best or name != "trial"):
            _add_curves(figure, own, f"{name} {number}", {"color": color, "width": width}, 1.0)
    last = max((len(each.curve) for each in trials), default=0)
    figure.update_layout(
        **KEPT,
        legend=LEGEND,
        xaxis=whole_axis("Epoch", 1, last),
        yaxis={"title": "Validation MSE (stars²)", "range": _curves_frame(trials)},
    )
    return figure


def best_so_far(trials: Sequence[TrialView], objective: TrialFigure) -> go.Figure:
    """The objective of each trial in its order, and the best so far as a stair; likewise on the second holdout, where
    the objective is the validation MSE. Hollow points break a constraint and cannot be the best."""
    known = [each for each in trials if math.isfinite(value_of(each, objective))]
    values = [value_of(each, objective) for each in known]
    frame = frame_of(values, objective)
    figure = go.Figure()
    if objective.name == "val_mse":
        cut = [each for each in trials if each.state == "pruned" and each.curve]
        figure.add_scatter(
            x=[each.number for each in cut], y=placed([each.curve[-1] for each in cut], frame), mode="markers",
            name="pruned",
            marker={"symbol": "x-thin", "size": 6, "line": {"width": 1.2, "color": REFERENCE_COLOR}},
            customdata=[each.number for each in cut], hovertext=[text_of(objective, each.curve[-1]) for each in cut],
            hovertemplate="Trial %{customdata}, pruned at %{hovertext}<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=[each.number for each in known], y=placed(values, frame), mode="markers", name="trials",
        marker={
            "size": 7, "color": REFERENCE_COLOR, "opacity": 0.7, "line": {"width": 1.4, "color": REFERENCE_COLOR},
            "symbol": symbols(known, objective, frame),
        },
        customdata=[each.number for each in known], hovertext=[text_of(objective, value) for value in values],
        hovertemplate=f"Trial %{{customdata}}: {objective.title} %{{hovertext}}<extra></extra>",
    )  # fmt: skip
    records = _records(known, objective)
    last = max((each.number for each in trials), default=0)
    stairs = [("best so far", objective.name, BEST_COLOR, "solid")]
    if objective.name == "val_mse":
        stairs.append(("on the second holdout", "holdout_mse", HOLDOUT_COLOR, "dash"))
    for name, of, color, dash in stairs:
        own = [(each.number, finite(each.figures.get(of, math.nan))) for each in records]
        own += [(last, own[-1][1])] if own else []
        figure.add_scatter(
            x=[number for number, _ in own], y=[value for _, value in own], name=name, mode="lines",
            line={"shape": "hv", "color": color, "width": 2.6, "dash": dash}, hoverinfo="skip",
        )  # fmt: skip
    figure.update_layout(
        **KEPT,
        legend=LEGEND,
        xaxis=whole_axis("Trial", 0, last),
        yaxis={"title": f"{objective.title}{HINTS[objective.better]}", "range": frame},
    )
    return figure


def pareto_front(
    trials: Sequence[TrialView], front: Sequence[int], x: TrialFigure, y: TrialFigure, *, chosen: int | None
) -> go.Figure:
    """Two objectives against each other: the trials that no other beats in both, joined; the others gray, hollow where
    they break a constraint. Those far worse than most stand at the edge, as triangles that point there."""
    known = [each for each in trials if math.isfinite(value_of(each, x)) and math.isfinite(value_of(each, y))]
    x_frame, y_frame = (frame_of([value_of(each, of) for each in known], of) for of in (x, y))
    first = sorted((each for each in known if each.number in front), key=lambda each: value_of(each, x))
    others = [each for each in known if each.number not in front]
    figure = go.Figure()
    for some, name, color, mode in (
        (others, "other trials", REFERENCE_COLOR, "markers"),
        (first, "no trial is better in both", BEST_COLOR, "lines+markers"),
    ):
        figure.add_scatter(
            x=placed([value_of(each, x) for each in some], x_frame),
            y=placed([value_of(each, y) for each in some], y_frame), mode=mode, name=name,
            line={"color": color, "width": 1.5, "dash": "dot"},
            marker={
                "size": 11 if some is first else 8, "color": color, "opacity": 1 if some is first else 0.6,
                "symbol": symbols(some, y, y_frame, x, x_frame),
            },
            customdata=[each.number for each in some],
            hovertext=["<br>".join(f"{of.title} {text_of(of, value_of(each, of))}" for of in (x, y)) for each in some],
            hovertemplate="Trial %{customdata}<br>%{hovertext}<extra></extra>",
        )  # fmt: skip
    own = [each for each in known if each.number == chosen]
    figure.add_scatter(
        x=placed([value_of(each, x) for each in own], x_frame), y=placed([value_of(each, y) for each in own], y_frame),
        mode="markers", hoverinfo="skip",
        marker={"size": 18, "symbol": "circle-open", "color": CHOSEN_COLOR, "line": {"width": 2.5}}, showlegend=False,
    )  # fmt: skip
    figure.update_layout(
        **KEPT,
        legend=LEGEND,
        xaxis={"title": f"{x.title}{HINTS[x.better]}", "range": x_frame},
        yaxis={"title": f"{y.title}{HINTS[y.better]}", "range": y_frame},
    )
    return figure


def _add_curves(
    figure: go.Figure, trials: Sequence[TrialView], name: str, line: dict[str, Any], opacity: float
) -> None:
    """One trace, however many trials: a gap after each."""
    x, y, numbers = [], [], []
    for trial in trials:
        x += [*range(1, len(trial.curve) + 1), None]
        y += [*map(finite, trial.curve), None]
        numbers += [trial.number] * (len(trial.curve) + 1)
    figure.add_scatter(
        x=x, y=y, name=name, mode="lines+markers", line=line, opacity=opacity,
        marker={"size": 7 if line["width"] > 2 else 4, "color": line["color"]}, customdata=numbers,
        hovertemplate="Trial %{customdata}, epoch %{x}: %{y:.3f}<extra></extra>",
    )  # fmt: skip


def _curves_frame(trials: Sequence[TrialView]) -> list[float] | None:
    """As far up as the mildest trial's worst epoch, and half as far again: those that diverged leave the frame."""
    curves = [[loss for loss in each.curve if math.isfinite(loss)] for each in trials]
    curves = [curve for curve in curves if curve]
    if not curves:
        return None
    low, high = min(map(min, curves)), max(map(max, curves))
    firsts = sorted(map(max, curves))
    high = min(high, low + 1.5 * (firsts[(len(firsts) - 1) // 2] - low) or high)
    pad = 0.06 * (high - low) or 0.05 * high
    return [low - pad, high + pad]


def _records(trials: Sequence[TrialView], objective: TrialFigure) -> list[TrialView]:
    """The trials that were the best when they ended, in their order; those that break a constraint never are."""
    records: list[TrialView] = []
    for trial in sorted(trials, key=lambda each: each.number):
        value = value_of(trial, objective)
        before = value_of(records[-1], objective) if records else None
        is_better = before is None or (value > before if objective.better == "higher" else value < before)
        if trial.is_feasible and is_better:
            records.append(trial)
    return records
