"""The one place where figures get their looks: colours with one meaning each, and Plotly figures from plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recsys_core.embeddings import title_labels
from recsys_core.yardsticks import overall_mean

GENRE_COLORS: dict[str, str] = {
    "Action": "#CC5277",
    "Adventure": "#967100",
    "Animation": "#A19E03",
    "Children": "#B37D57",
    "Comedy": "#F2BF2E",
    "Crime": "#874846",
    "Documentary": "#75D9B8",
    "Drama": "#5070EE",
    "Fantasy": "#8D76A6",
    "Film-Noir": "#387B6A",
    "Horror": "#D68F8B",
    "Musical": "#8D3B75",
    "Mystery": "#3F9FFF",
    "Romance": "#FF92CE",
    "Sci-Fi": "#0DD9FD",
    "Thriller": "#6342BC",
    "War": "#BACE85",
    "Western": "#88490F",
}
"""The 18 genres of MovieLens. tests/test_palette.py measures how far apart they are, for colour-blind eyes too."""

GENRES = tuple(GENRE_COLORS)
NO_GENRE_COLOR = "#9499A3"

SEQUENTIAL_SCALE = (
    "#393259", "#3F4C7C", "#3D6694", "#3B7FA5", "#4397B0", "#5BADB7", "#7DC1BC", "#A2D3C2", "#C5E2CB", "#E3EFD8",
)  # fmt: skip
"""Amounts, from little (dark) to much (light), in even steps of lightness."""

DIVERGING_SCALE = (
    "#2A86C8", "#5A9BCB", "#7FABCB", "#9FB4C4", "#ADB1B6", "#C3AD9C", "#D4A179", "#DE9052", "#E37D25",
)  # fmt: skip
"""Below zero, zero in the middle (a grey that shows on white and on black), above zero."""

BELOW_COLOR, ABOVE_COLOR = DIVERGING_SCALE[0], DIVERGING_SCALE[-1]
TRAINING_COLOR = "#5B8DD6"
VALIDATION_COLOR = "#E37D25"
REFERENCE_COLOR = "#8B929E"


def plotly_scale(colors: tuple[str, ...]) -> list[list[float | str]]:
    """`colors` as a Plotly `colorscale`: evenly spaced from 0 to 1."""
    return [[place, color] for place, color in zip(np.linspace(0, 1, len(colors)).tolist(), colors, strict=True)]


def genre_color(genre: str) -> str:
    """The colour of `genre`; grey if it is none of the 18."""
    return GENRE_COLORS.get(genre, NO_GENRE_COLOR)


def offset_bars(highest: pd.DataFrame, lowest: pd.DataFrame, column: str, *, name: str) -> go.Figure:
    """The highest and lowest values of `column` as bars to either side of zero, the highest on top.

    Frames: as `yardsticks.extremes` returns them, most extreme first, with movie_id, title, year, n_ratings and
    mean_rating. A clicked bar's `customdata` is its movie id. `name`: what the column is, such as "Movie bias".
    """
    rows = pd.concat([highest, lowest.iloc[::-1]])
    labels = [escape(shorten_title(label)) for label in title_labels(rows)]
    figure = go.Figure(
        go.Bar(
            x=rows[column],
            y=np.arange(len(rows)),
            orientation="h",
            marker={"color": [ABOVE_COLOR if value >= 0 else BELOW_COLOR for value in rows[column]], "cornerradius": 4},
            customdata=np.stack([rows["movie_id"], rows["n_ratings"], rows["mean_rating"]], axis=1),
            hovertext=[escape(label) for label in title_labels(rows)],
            hovertemplate="<b>%{hovertext}</b><br>"
            + f"{name} %{{x:+.2f}}<br>"
            + "%{customdata[1]:,} ratings, mean %{customdata[2]:.2f}<extra></extra>",
            text=[signed(value) for value in rows[column]],
            textposition="outside",
            cliponaxis=False,
        )
    )
    reach = 1.18 * float(rows[column].abs().max() if len(rows) else 1)
    figure.update_layout(
        height=24 * len(rows) + 70,
        bargap=0.28,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        xaxis={"title": f"{name} (stars)", "range": [-reach, reach], "zeroline": True},
        yaxis={"tickvals": np.arange(len(rows)), "ticktext": labels, "autorange": "reversed", "showgrid": False},
    )
    return figure


def offsets_against_means(
    rows: pd.DataFrame, column: str, means: np.ndarray, *, labels: Sequence[str], name: str, mean_name: str
) -> go.Figure:
    """Each movie's or user's `column` against a mean rating, coloured by the number of ratings.

    rows: with n_ratings and mean_rating; `means` `(n_rows,)` is the horizontal position. The dashed line is where the
    column says just what the mean says. A clicked point's `customdata` is the row's first column (an id).
    """
    counts = rows["n_ratings"].to_numpy(np.float64)
    logs = np.log10(np.maximum(counts, 1))
    ticks = [tick for tick in (1, 10, 100, 1_000, 10_000, 100_000) if tick <= max(counts.max(initial=1), 10)]
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
            customdata=np.stack([rows.iloc[:, 0], counts, rows["mean_rating"]], axis=1),
            hovertext=[escape(label) for label in labels],
            hovertemplate="<b>%{hovertext}</b><br>"
            + f"{name} %{{y:+.2f}}<br>"
            + "%{customdata[1]:,} ratings, mean %{customdata[2]:.2f}<extra></extra>",
        )
    )
    overall = overall_mean(rows["mean_rating"].to_numpy(), counts) if len(rows) else 0.0
    ends = np.array([np.min(means, initial=overall), np.max(means, initial=overall)])
    figure.add_scatter(
        x=ends, y=ends - overall, mode="lines", hoverinfo="skip",
        line={"color": REFERENCE_COLOR, "width": 1.5, "dash": "dash"},
    )  # fmt: skip
    figure.update_layout(
        height=520,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        hovermode="closest",
        xaxis={"title": f"{mean_name} (stars)", "zeroline": False},
        yaxis={"title": f"{name} (stars)", "zeroline": True},
    )
    return figure


def signed(value: float) -> str:
    """Two decimals with a sign, a real minus."""
    return f"{value:+.2f}".replace("-", "−")


def shorten_title(label: str, length: int = 34) -> str:
    """`label`, cut to `length` characters with an ellipsis, for an axis."""
    return label if len(label) <= length else label[: length - 1].rstrip() + "…"
