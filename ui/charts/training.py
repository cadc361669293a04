"""Plotly figures about training: the loss curve and the learning-rate sweep."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recsys_core.settings.numbers import show_number
from ui.charts.palette import REFERENCE_COLOR, TRAINING_COLOR, VALIDATION_COLOR

_NAMES = {"mse": "MSE (stars²)", "mae": "MAE (stars)"}
_MOST_TIMES_REFERENCE = 8
"""The frame never reaches further above the loss of predicting the mean: its line must stay off the ground."""
_FRAMES_UP = 4
"""What is further above the frame than this is drawn here: its line is seen leaving, and no number is too large."""


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
    # Validation may be missing; a training loss that is no number has grown beyond all of them.
    train = history[f"train_{metric}"].fillna(math.inf).to_numpy(float)
    validation = history[f"val_{metric}"].to_numpy(float)
    epochs, now = history["epoch"], so_far[1:] if so_far else ()
    reference = baselines[f"mean_{metric}"] if baselines else math.nan
    top = _top([*train, *validation, *now], reference, log)
    highest = None if top is None else top if log else _FRAMES_UP * top
    figure = go.Figure()
    if so_far:
        before = history.tail(1)
        figure.add_scatter(
            x=[*before["epoch"], so_far[0]],
            y=_within([*train[-1:], so_far[1]], highest),
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
    for name, losses, color, dash in (
        ("Training", train, TRAINING_COLOR, "dot"),
        ("Validation", validation, VALIDATION_COLOR, "solid"),
    ):
        figure.add_scatter(
            x=epochs,
            y=_within(losses, highest),
            name=name,
            mode="lines+markers",
            line={"color": color, "width": 2.5, "dash": dash},
            marker={"size": 7, "symbol": "circle" if name == "Validation" else "diamond"},
            hovertemplate=f"{name}, epoch %{{x}}: %{{y:.3f}}<extra></extra>",
        )
    if top is not None:
        _add_arrows(figure, "Validation", epochs, validation, top, VALIDATION_COLOR)
        _add_arrows(figure, "Training", [*epochs, *(so_far or ())[:1]], [*train, *now], top, TRAINING_COLOR)
    kept = history[epochs == kept_epoch]
    if len(kept):
        figure.add_scatter(
            x=kept["epoch"],
            y=_within(kept[f"val_{metric}"], highest),
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
    if top is not None and not log:
        figure.update_yaxes(range=[0, top])
    return figure


def learning_rate_sweep(sweep: pd.DataFrame, suggested: float | None, span: tuple[float, float]) -> go.Figure:
    """Smoothed loss against learning rate (columns learning_rate, mse), the suggested rate marked once there is one.

    span: the lowest and highest rate of the whole search, so that the axis stays while it is under way.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=sweep["learning_rate"],
        y=sweep["mse"],
        name="Training",
        mode="lines",
        line={"color": TRAINING_COLOR, "width": 2.5},
        hovertemplate="rate %{x:.2g}: MSE %{y:.3f}<extra></extra>",
    )
    if suggested is not None:
        figure.add_vline(x=suggested, line={"color": VALIDATION_COLOR, "width": 2, "dash": "dash"})
        figure.add_annotation(
            # On a logarithmic axis lines stand at values, annotations at their logarithms.
            x=math.log10(suggested),
            y=1,
            yref="paper",
            yanchor="bottom",
            showarrow=False,
            text=f"suggested {show_number(suggested)}",
            font={"color": VALIDATION_COLOR},
        )
    figure.update_layout(
        margin={"l": 8, "r": 8, "t": 24, "b": 8},
        xaxis={
            "title": "Learning rate",
            "type": "log",
            "dtick": 1,
            "exponentformat": "power",
            "range": [math.log10(rate) for rate in span],
        },
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


def _top(losses: Sequence[float], reference: float, log: bool) -> float | None:
    """Where the frame ends: a little above what matters, so that a wild epoch does not flatten the others.

    None leaves it to Plotly. reference: the loss of predicting the mean; NaN or 0 where nothing can be held against it.
    """
    finite = [loss for loss in losses if math.isfinite(loss)]
    if log:
        return 1.5 * max(finite) if finite and max(finite) > 0 and math.inf in losses else None
    if not (math.isfinite(reference) and reference > 0):
        return None
    # Where every loss is wild, the frame reaches to the mildest one, as far as the lines below can still be told apart.
    mildest = min(1.15 * min(finite, default=0.0), _MOST_TIMES_REFERENCE * reference)
    return max(min(max([reference, *finite]), 2.2 * reference), mildest) * 1.08


def _within(losses: Sequence[float] | np.ndarray | pd.Series, highest: float | None) -> np.ndarray:
    """The losses, none above `highest`; NaN stays a gap."""
    values = np.asarray(losses, float)
    return values if highest is None else np.minimum(values, highest)


def _add_arrows(
    figure: go.Figure, name: str, epochs: Iterable[int], losses: Iterable[float], top: float, color: str
) -> None:
    """Arrows at the upper edge of the frame where a loss is above it; their text says how far."""
    above = [(int(epoch), loss) for epoch, loss in zip(epochs, losses, strict=True) if loss > top]
    if not above:
        return
    words = [_huge(loss) for _, loss in above]
    worst = max(loss for _, loss in above)
    is_training = name == "Training"
    figure.add_scatter(
        x=[epoch for epoch, _ in above],
        y=[0.97 * top] * len(above),
        name=f"{name}, above the frame",
        showlegend=False,
        mode="markers+text",
        # Where both are above it, the smaller arrow stands on the larger one.
        marker={"symbol": "arrow-up", "size": 10 if is_training else 17, "color": color},
        text=[word if is_training and loss == worst else "" for word, (_, loss) in zip(words, above, strict=True)],
        textposition="bottom center",
        textfont={"color": color},
        customdata=words,
        hovertemplate=f"{name}, epoch %{{x}}: %{{customdata}}, above the frame<extra></extra>",
    )


def _huge(loss: float) -> str:
    if math.isinf(loss):
        return "infinite"
    return f"{loss:.1f}" if loss < 1_000 else f"{loss:.1e}".replace("e+0", "e").replace("e+", "e")


def _step(span: int) -> int:
    return next(step for step in (1, 2, 5, 10, 20, 50, 100, 200) if span / step <= 12)
