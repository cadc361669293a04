"""Plotly figures about training: the loss curve and the learning-rate sweep."""

from __future__ import annotations

import math
from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from ui.charts.palette import REFERENCE_COLOR, TRAINING_COLOR, VALIDATION_COLOR

_NAMES = {"mse": "MSE (stars²)", "mae": "MAE (stars)"}


def loss_curve(
    history: pd.DataFrame,
    baselines: dict[str, float] | None,
    *,
    notebook: float | None = None,
    metric: Literal["mse", "mae"] = "mse",
    log: bool = False,
    kept_epoch: int | None = None,
    n_epochs: int | None = None,
    so_far: tuple[int, float] | None = None,
) -> go.Figure:
    """Training and validation loss by epoch, with the baselines as labelled lines.

    history: columns epoch, train_mse, train_mae, val_mse, val_mae; may be empty.
    baselines: `mean_mse`, `bias_mse`, …, see `baselines.baselines`.
    notebook: validation figure that the preset's notebook printed, in stars².
    kept_epoch: the epoch whose weights were saved; ringed.
    n_epochs: the last epoch planned, so that the axis does not grow while training.
    so_far: the epoch that is being trained and its training loss until now: the curve's open end.
    """
    figure = go.Figure()
    epochs = history["epoch"]
    if so_far:
        before = history.tail(1)
        figure.add_scatter(
            x=[*before["epoch"], so_far[0]],
            y=[*before[f"train_{metric}"], so_far[1]],
            name="Training, so far",
            showlegend=False,
            mode="lines+markers",
            line={"color": TRAINING_COLOR, "width": 1.5, "dash": "dot"},
            marker={
                "size": [*(0 for _ in before.index), 9],
                "symbol": "diamond-open",
                "color": TRAINING_COLOR,
                "line": {"width": 2},
            },
            hovertemplate="Training, epoch %{x} so far: %{y:.3f}<extra></extra>",
        )
    for name, column, color, dash in (
        ("Training", f"train_{metric}", TRAINING_COLOR, "dot"),
        ("Validation", f"val_{metric}", VALIDATION_COLOR, "solid"),
    ):
        figure.add_scatter(
            x=epochs,
            y=history[column],
            name=name,
            mode="lines+markers",
            line={"color": color, "width": 2.5, "dash": dash},
            marker={"size": 7, "symbol": "circle" if name == "Validation" else "diamond"},
            hovertemplate=f"{name}, epoch %{{x}}: %{{y:.3f}}<extra></extra>",
        )
    kept = history[epochs == kept_epoch]
    if len(kept):
        figure.add_scatter(
            x=kept["epoch"],
            y=kept[f"val_{metric}"],
            name="Kept epoch",
            showlegend=False,
            mode="markers",
            marker={"size": 15, "symbol": "circle-open", "color": VALIDATION_COLOR, "line": {"width": 2.5}},
            hovertemplate="Kept: epoch %{x}, %{y:.3f}<extra></extra>",
        )
    for label, value in _references(baselines, notebook, metric):
        at_left = label == "Notebook"
        figure.add_hline(
            y=value,
            line={"color": REFERENCE_COLOR, "width": 1.2, "dash": "dash"},
            annotation={
                "text": f"{label} {value:.3f}",
                "font": {"size": 11, "color": REFERENCE_COLOR},
                "x": 0 if at_left else 1,
                "xanchor": "left" if at_left else "right",
                "yanchor": "top" if at_left else "bottom",
            },
        )
    seen = [int(epoch) for epoch in (*epochs, *(so_far or ())[:1])]
    first = min(seen, default=1)
    last = max(n_epochs or 0, *seen, 2 if history.empty else 0)
    pad = max(0.35, 0.02 * (last - first))
    figure.update_layout(
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        xaxis={"title": "Epoch", "range": [first - pad, last + pad], "tickformat": "d", "dtick": _step(last - first)},
        yaxis={"title": _NAMES[metric], "type": "log" if log else "linear", "showticklabels": bool(seen)},
        hovermode="closest",
    )
    if not log:
        losses = [*history[f"train_{metric}"], *history[f"val_{metric}"].dropna(), *(so_far or ())[1:]]
        figure.update_yaxes(range=_range(losses, baselines[f"mean_{metric}"] if baselines else math.nan))
    return figure


def learning_rate_sweep(sweep: pd.DataFrame, suggested: float) -> go.Figure:
    """Smoothed loss against learning rate (columns learning_rate, mse), the suggested rate marked."""
    figure = go.Figure()
    figure.add_scatter(
        x=sweep["learning_rate"],
        y=sweep["mse"],
        name="Training",
        mode="lines",
        line={"color": TRAINING_COLOR, "width": 2.5},
        hovertemplate="rate %{x:.2g}: MSE %{y:.3f}<extra></extra>",
    )
    figure.add_vline(
        x=suggested,
        line={"color": VALIDATION_COLOR, "width": 2, "dash": "dash"},
        annotation={"text": f"suggested {suggested:.2g}", "font": {"color": VALIDATION_COLOR}},
    )
    figure.update_layout(
        margin={"l": 8, "r": 8, "t": 24, "b": 8},
        xaxis={"title": "Learning rate", "type": "log"},
        yaxis={"title": _NAMES["mse"], "type": "log"},
        showlegend=False,
    )
    return figure


def _references(baselines: dict[str, float] | None, notebook: float | None, metric: str) -> list[tuple[str, float]]:
    found = []
    if baselines:
        found = [("Training mean", baselines[f"mean_{metric}"]), ("Damped biases", baselines[f"bias_{metric}"])]
    if notebook is not None and metric == "mse":
        found.append(("Notebook", notebook))
    return [(label, value) for label, value in found if math.isfinite(value)]


def _range(losses: list[float], reference: float) -> list[float] | None:
    """From zero to a little above what matters: a wild first epoch must not flatten the rest."""
    if not (math.isfinite(reference) and reference > 0):
        return None
    return [0, min(max([reference, *filter(math.isfinite, losses)]), 2.2 * reference) * 1.08]


def _step(span: int) -> int:
    return next(step for step in (1, 2, 5, 10, 20, 50, 100, 200) if span / step <= 12)
