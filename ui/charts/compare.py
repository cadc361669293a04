"""Plotly figures of runs side by side: loss curves, figures as bars, and one figure against another over all runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recsys_core.compare.figures import Figure
from ui.charts.palette import REFERENCE_COLOR, RUN_COLORS

_MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
AXES = {"epoch": "Epoch", "step": "Step", "elapsed": "Seconds"}
METRICS = {"mse": "MSE (stars²)", "mae": "MAE (stars)"}
HINTS = {"higher": " ↑", "lower": " ↓", "": ""}


@dataclass(frozen=True)
class Entry:
    """A run as it stands in a comparison."""

    letter: str
    label: str

    @property
    def color(self) -> str:
        return RUN_COLORS["ABCDEFGH".index(self.letter)]

    @property
    def text(self) -> str:
        """ "A · default, size 16", escaped for Plotly."""
        return f"{self.letter} · {escape(self.label)}"


def loss_curves(
    entries: Sequence[Entry],
    curves: Sequence[pd.DataFrame],
    *,
    by: str,
    metric: str,
    training: bool,
    kept_epochs: Sequence[int],
    log: bool = False,
) -> go.Figure:
    """Validation loss of each run as a line, training loss dotted, over a column of `AXES`; the kept epoch is ringed.

    curves: as `compare.figures.curve_of` returns them. A loss that has exploded leaves the frame.
    """
    figure = go.Figure()
    for entry, curve, kept_epoch in zip(entries, curves, kept_epochs, strict=True):
        kept = curve[curve["epoch"] == kept_epoch]
        parts = [("validation", curve, "solid", 2.4)] + ([("training", curve, "dot", 1.5)] if training else [])
        for name, rows, dash, width in parts:
            column = f"{'val' if name == 'validation' else 'train'}_{metric}"
            figure.add_scatter(
                x=rows[by],
                y=rows[column],
                name=entry.text,
                legendgroup=entry.letter,
                showlegend=name == "validation",
                mode="lines+markers" if len(rows) < 40 else "lines",
                line={"color": entry.color, "width": width, "dash": dash},
                marker={"size": 6 if name == "validation" else 4},
                customdata=rows["epoch"],
                hovertemplate=f"{entry.letter}, {name}, epoch %{{customdata}}: %{{y:.3f}}<extra></extra>",
            )
        figure.add_scatter(
            x=kept[by],
            y=kept[f"val_{metric}"],
            legendgroup=entry.letter,
            showlegend=False,
            mode="markers+text",
            text=[entry.letter] * len(kept),
            textposition="top center",
            textfont={"color": entry.color},
            marker={"size": 13, "symbol": "circle-open", "color": entry.color, "line": {"width": 2.2}},
            hovertemplate=f"{entry.letter}, kept: epoch {kept_epoch}, %{{y:.3f}}<extra></extra>",
        )
    figure.update_layout(
        height=380,
        margin=_MARGIN,
        legend=_LEGEND,
        hovermode="closest",
        xaxis={"title": AXES[by], "rangemode": "tozero"},
        yaxis={"title": METRICS[metric], "type": "log" if log else "linear"},
    )
    top = _top([curve[f"val_{metric}"].to_numpy(np.float64) for curve in curves])
    if top is not None and not log:
        figure.update_yaxes(range=top)
    return figure


def figure_bar(entries: Sequence[Entry], values: pd.DataFrame, figure: Figure) -> go.Figure:
    """One of the figures as a bar for each run, the best one's number bold.

    values: a row an entry, a column for each figure. An arrow behind the name says which way is better, where one is.
    """
    own = values[figure.name].to_numpy(np.float64)
    hovers = [f"{entry.text}<br>{figure.title} {figure.text(value)}" for entry, value in zip(entries, own, strict=True)]
    picture = go.Figure(
        go.Bar(
            x=own,
            y=[entry.letter for entry in entries],
            orientation="h",
            marker={"color": [entry.color for entry in entries], "cornerradius": 4},
            text=_texts(figure, own),
            textposition="outside",
            cliponaxis=False,
            hovertext=hovers,
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    low, high = min(0.0, float(np.nanmin(own))), max(0.0, float(np.nanmax(own)))
    # Room for the numbers beside the bars.
    span = 0.5 * ((high - low) or 1.0)
    picture.update_layout(
        title={
            "text": f"{figure.title}{HINTS[figure.better]}",
            "font": {"size": 13},
            "x": 0,
            "y": 0.98,
            "yanchor": "top",
        },
        height=44 + 28 * len(entries),
        margin={"l": 8, "r": 8, "t": 30, "b": 4},
        showlegend=False,
        bargap=0.3,
        xaxis={"visible": False, "range": [low - (span if low < 0 else 0), high + (span if high > 0 else 0)]},
        yaxis={
            "autorange": "reversed",
            "showgrid": False,
            "ticksuffix": " ",
            "type": "category",
            # Each row has its letter, however low the picture is.
            "tickmode": "array",
            "tickvals": [entry.letter for entry in entries],
        },
    )
    return picture


def figure_scatter(
    table: pd.DataFrame, labels: dict[str, str], chosen: dict[str, Entry], x: Figure, y: Figure
) -> go.Figure:
    """One figure against another, a dot a run: those compared in their colors with their letters, the others gray.

    table: as `figures_table` returns it. labels: of each run by name. A dot's `customdata` is its run's name.
    """
    known = table[table[x.name].notna() & table[y.name].notna()]
    others, own = known[~known["run"].isin(list(chosen))], known[known["run"].isin(list(chosen))]
    figure = go.Figure()
    for rows, is_own in ((others, False), (own, True)):
        entries = [chosen.get(name) for name in rows["run"]]
        figure.add_scatter(
            x=rows[x.name],
            y=rows[y.name],
            mode="markers+text" if is_own else "markers",
            text=[entry.letter if entry else "" for entry in entries],
            textposition="top center",
            marker={
                "size": 15 if is_own else 9,
                "color": [entry.color if entry else REFERENCE_COLOR for entry in entries],
                "opacity": 1 if is_own else 0.55,
                "line": {"width": 1, "color": REFERENCE_COLOR},
            },
            customdata=rows["run"].tolist(),
            hovertext=[
                f"<b>{escape(labels.get(run, run))}</b><br>{x.title} {x.text(a)}<br>{y.title} {y.text(b)}"
                for run, a, b in zip(rows["run"], rows[x.name], rows[y.name], strict=True)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    figure.update_layout(
        height=380,
        margin=_MARGIN,
        showlegend=False,
        hovermode="closest",
        xaxis={"title": f"{x.title}{HINTS[x.better]}", "zeroline": False, "type": _axis_type(x)},
        yaxis={"title": f"{y.title}{HINTS[y.better]}", "zeroline": False, "type": _axis_type(y)},
    )
    return figure


def _texts(figure: Figure, values: np.ndarray) -> list[str]:
    texts = [figure.text(value) for value in values]
    known = values[np.isfinite(values)]
    if not figure.better or len(known) < 2 or known.min() == known.max():
        return texts
    best = known.min() if figure.better == "lower" else known.max()
    return [f"<b>{text}</b>" if value == best else text for text, value in zip(texts, values, strict=True)]


def _axis_type(figure: Figure) -> str:
    return "log" if figure.name in ("n_parameters", "learning_rate", "movie_embedding_size") else "linear"


_DIVERGED = 10
"""A run that ends up at so many times its own best loss has diverged; one that is merely worse has not."""


def _top(losses: Sequence[np.ndarray]) -> list[float] | None:
    """A frame that one run which diverged does not flatten: it reaches twice as far as the best run, and as far as any
    other that has learned, be it on ratings of another scale."""
    finite = [own[np.isfinite(own)] for own in losses]
    finite = [own for own in finite if len(own)]
    if not finite:
        return None
    low = min(float(own.min()) for own in finite)
    high = max(float(own.max()) for own in finite)
    steady = [own for own in finite if own.max() < _DIVERGED * own.min()]
    most = max(2 * min(own.max() for own in finite), *(min(own.max(), 2 * own.min()) for own in steady), 0)
    pad = 0.08 * (min(high, most) - low) or 0.05 * low
    return None if high <= most else [low - pad, most + pad]
