"""Values of trials as figures show them: where they are on an axis, how they are written, and frames that fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from recsys_core.quality.trial_figures import TrialFigure
from recsys_core.settings.sweep_space import Dimension
from recsys_core.sweeps.view import TrialView
from ui.charts.palette import RUN_COLORS, VALIDATION_COLOR

BEST_COLOR = VALIDATION_COLOR
CHOSEN_COLOR = RUN_COLORS[3]
HOLDOUT_COLOR = RUN_COLORS[2]
HINTS = {"higher": " ↑", "lower": " ↓", "": ""}
LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
KEPT = {"uirevision": "kept", "hovermode": "closest", "margin": {"l": 8, "r": 8, "t": 8, "b": 8}}
"""Of every layout: the view stays where the visitor left it, however often the figure changes."""
_MOST_TIMES_MIDDLE = 3
"""A frame reaches so many times as far beyond the middle trial as the best one is from it."""


def value_of(trial: TrialView, figure: TrialFigure) -> float:
    """A figure of a trial; NaN where it has none (yet)."""
    return trial.figures.get(figure.name, math.nan)


def finite(value: float) -> float | None:
    """None for what cannot be drawn."""
    return value if math.isfinite(value) else None


def text_of(figure: TrialFigure, value: float) -> str:
    """A figure as people write it: three decimals, of seconds one, or two digits below 1; an en dash where there is
    none."""
    if not math.isfinite(value):
        return "–"
    if figure.name != "seconds":
        return f"{value:.3f}"
    return f"{value:.1f} s" if value >= 1 else f"{value:.2g} s"


def place(dimension: Dimension, value: Any) -> float | None:
    """Where `value` is on the dimension's axis, 0 to 1; None where it has none."""
    if value is None:
        return None
    if dimension.kind == "choice":
        choices = list(dimension.choices)
        return choices.index(value) / max(len(choices) - 1, 1) if value in choices else None
    low, high = dimension.low, dimension.high
    if low is None or high is None or high == low:
        return 0.5
    if dimension.log:
        return (math.log(value) - math.log(low)) / (math.log(high) - math.log(low)) if value > 0 else None
    return (value - low) / (high - low)


def written(value: Any) -> str:
    """A value as people read it: 0.0123, on, he normal."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:.3g}"
    return "–" if value is None else str(value).replace("_", " ")


def shown(dimension: Dimension, value: Any) -> Any:
    """A value as an axis takes it."""
    return written(value) if dimension.kind == "choice" else value


def whole_axis(title: str, first: int, last: int) -> dict[str, Any]:
    """An axis of whole numbers: no more ticks than a dozen, and none between two of them."""
    last = max(last, first + 1)
    pad = 0.1 + 0.02 * (last - first)
    step = next(
        each for each in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000) if (last - first) / each <= 12
    )
    return {"title": title, "tickformat": "d", "dtick": step, "range": [first - pad, last + pad]}


def frame_of(values: Sequence[float], figure: TrialFigure) -> list[float] | None:
    """The range of an axis for `values`: a few that are wildly bad do not flatten the others."""
    known = np.array([value for value in values if math.isfinite(value)])
    if not len(known):
        return None
    low, high, middle = float(known.min()), float(known.max()), float(np.median(known))
    if figure.better == "lower":
        high = min(high, middle + _MOST_TIMES_MIDDLE * max(middle - low, 0.02 * abs(middle)))
    elif figure.better == "higher":
        low = max(low, middle - _MOST_TIMES_MIDDLE * max(high - middle, 0.02 * abs(middle)))
    pad = 0.06 * (high - low) or 0.05 * abs(high) or 1.0
    return [low - pad, high + pad]


def placed(values: Sequence[float], frame: Sequence[float] | None) -> list[float]:
    """Where points stand that must be seen: what lies beyond the frame, just inside its edge."""
    if frame is None:
        return list(values)
    low, high = frame
    inset = 0.02 * (high - low)
    return [min(max(value, low + inset), high - inset) if math.isfinite(value) else value for value in values]


def symbols(
    trials: Sequence[TrialView],
    y: TrialFigure,
    y_frame: Sequence[float] | None,
    x: TrialFigure | None = None,
    x_frame: Sequence[float] | None = None,
) -> list[str]:
    """Of each trial's point: a circle, or a triangle toward its place beyond a frame; hollow where it breaks a
    constraint."""
    return [_symbol(each, ((y, y_frame, "down", "up"), (x, x_frame, "left", "right"))) for each in trials]


def _symbol(trial: TrialView, axes: Sequence[tuple[TrialFigure | None, Sequence[float] | None, str, str]]) -> str:
    shape = "circle"
    for figure, frame, below, above in axes:
        if figure is None or frame is None:
            continue
        value = value_of(trial, figure)
        if not frame[0] <= value <= frame[1]:
            shape = f"triangle-{above if value > frame[1] else below}"
    return shape if trial.is_feasible else f"{shape}-open"
