"""The one place where figures get their looks: colours with one meaning each, and Plotly figures from plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recsys_core.explore.embeddings import title_labels

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
    "#46377A", "#434E89", "#3F6397", "#3D77A1", "#3F8AAA", "#4D9FB3", "#69B5B9", "#8AC7BB", "#A9D5B5", "#C6DDA9",
)  # fmt: skip
"""Amounts, from little (dark) to much (light), in even steps of lightness."""

DIVERGING_SCALE = (
    "#2A86C8", "#5D8CBB", "#7791B1", "#8895A8", "#9599A0", "#A39692", "#B4917D", "#CA8A5D", "#E37D25",
)  # fmt: skip
"""Below zero, zero in the middle (a grey that shows on white and on black), above zero."""

BELOW_COLOR, ABOVE_COLOR = DIVERGING_SCALE[0], DIVERGING_SCALE[-1]
TRAINING_COLOR = "#5B8DD6"
VALIDATION_COLOR = "#E37D25"
REFERENCE_COLOR = "#8B929E"

_COUNT_TICKS = tuple(digit * 10**power for power in range(7) for digit in (1, 3))


def plotly_scale(colors: tuple[str, ...]) -> list[list[float | str]]:
    """`colors` as a Plotly `colorscale`: evenly spaced from 0 to 1."""
    return [[place, color] for place, color in zip(np.linspace(0, 1, len(colors)).tolist(), colors, strict=True)]


def genre_color(genre: str) -> str:
    """The colour of `genre`; grey if it is none of the 18."""
    return GENRE_COLORS.get(genre, NO_GENRE_COLOR)


def offset_bars(
    highest: pd.DataFrame, lowest: pd.DataFrame, column: str, *, name: str, unit: str = "stars"
) -> go.Figure:
    """The highest and lowest values of `column` as bars to either side of zero, the highest on top.

    Frames: as `yardsticks.extremes` returns them, most extreme first, with movie_id, title, year, n_ratings and
    mean_rating. A clicked bar's `customdata` begins with its movie id. `name`: what the column is, such as
    "Movie bias".
    """
    rows = pd.concat([highest, lowest.iloc[::-1]])
    values, places = rows[column].to_numpy(np.float64), np.arange(len(rows))
    is_above = values >= 0
    figure = go.Figure(
        go.Bar(
            x=values,
            y=places,
            orientation="h",
            marker={"color": np.where(is_above, ABOVE_COLOR, BELOW_COLOR), "cornerradius": 4},
            customdata=_rows_of(rows["movie_id"], rows["n_ratings"], rows["mean_rating"]),
            hovertext=[escape(label) for label in title_labels(rows)],
            hovertemplate="<b>%{hovertext}</b><br>"
            + f"{name} %{{x:+.2f}}<br>"
            + "%{customdata[1]:,} ratings, mean %{customdata[2]:.2f}<extra></extra>",
            text=[signed(value) for value in values],
            textposition="outside",
            cliponaxis=False,
        )
    )
    # A title stands where its bar is not, so that bars and titles both have half the width.
    figure.add_scatter(
        x=np.zeros(len(rows)),
        y=places,
        mode="text",
        text=[f" {escape(label)} " for label in short_labels(rows)],
        textposition=np.where(is_above, "middle left", "middle right"),
        hoverinfo="skip",
        cliponaxis=False,
    )
    reach = 1.25 * float(np.abs(values).max(initial=1e-3))
    figure.update_layout(
        height=24 * len(rows) + 70,
        bargap=0.28,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        hovermode="closest",
        xaxis={"title": f"{name} ({unit})", "range": [-reach, reach], "zeroline": True},
        yaxis={"visible": False, "autorange": "reversed"},
    )
    return figure


def offsets_against_means(
    rows: pd.DataFrame,
    column: str,
    means: np.ndarray,
    *,
    labels: Sequence[str],
    name: str,
    mean_name: str,
    unit: str = "stars",
    expected: np.ndarray | None = None,
) -> go.Figure:
    """Each movie's or user's `column` against a mean rating, coloured by the number of ratings.

    rows: with n_ratings and mean_rating. means: `(n_rows,)`, the horizontal position. expected: `(n_rows,)`, what the
    mean alone would say, see `yardsticks.means_as_offsets`; drawn as a dashed line. A clicked point's `customdata`
    begins with the row's first column, an id.
    """
    counts = rows["n_ratings"].to_numpy(np.float64)
    logs = np.log10(np.maximum(counts, 1))
    ticks = [tick for tick in _COUNT_TICKS if counts.min(initial=np.inf) <= tick <= counts.max(initial=0)]
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
            customdata=_rows_of(rows.iloc[:, 0], rows["n_ratings"], rows["mean_rating"]),
            hovertext=[escape(label) for label in labels],
            hovertemplate="<b>%{hovertext}</b><br>"
            + f"{name} %{{y:+.2f}}<br>"
            + "%{customdata[1]:,} ratings, mean %{customdata[2]:.2f}<extra></extra>",
        )
    )
    if expected is not None:
        order = np.argsort(means)
        figure.add_scatter(
            x=np.asarray(means)[order],
            y=np.asarray(expected)[order],
            mode="lines",
            hoverinfo="skip",
            line={"color": REFERENCE_COLOR, "width": 1.5, "dash": "dash"},
        )
    figure.update_layout(
        height=520,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        hovermode="closest",
        xaxis={"title": f"{mean_name} (stars)", "zeroline": False},
        yaxis={"title": f"{name} ({unit})", "zeroline": True},
    )
    return figure


def signed(value: float) -> str:
    """Two decimals with a sign, a real minus."""
    return f"{value:+.2f}".replace("-", "−")


def short_labels(movies: pd.DataFrame, length: int = 27) -> list[str]:
    """Titles cut to `length` characters with an ellipsis, each with its whole year."""
    titles = [title if len(title) <= length else title[: length - 1].rstrip() + "…" for title in movies["title"]]
    return title_labels(movies.assign(title=titles))


def _rows_of(*columns: pd.Series) -> list[tuple]:
    """A tuple a row. As an array, a clicked row would come back from the browser as a dict of its places."""
    return list(zip(*(column.tolist() for column in columns), strict=True))
