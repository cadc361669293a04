"""Plotly figures of what is in a data set, from aggregates: the same work for any number of ratings."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from recsys_core.data.library.aggregates import CrossTable, GenreCount
from ui.charts.palette import REFERENCE_COLOR, SEQUENTIAL_SCALE, TRAINING_COLOR, genre_color, plotly_scale

HEIGHT = 220
_MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
_MAX_LABEL = 28
_DAY_MS = 86_400_000


def rating_histogram(values: Sequence[float], counts: Sequence[int]) -> go.Figure:
    """How often each rating was given."""
    share = np.asarray(counts) / max(sum(counts), 1)
    figure = go.Figure(
        go.Bar(
            x=list(values),
            y=list(counts),
            customdata=share,
            marker={"color": TRAINING_COLOR, "cornerradius": 4},
            hovertemplate="Rating %{x:g}<br>%{y:,} ratings, %{customdata:.1%}<extra></extra>",
        )
    )
    steps: dict = {"tickvals": list(values)} if len(values) <= 12 else {}
    return _styled(figure, {"title": "Rating", **steps}, {"title": "Ratings", "rangemode": "tozero"})


def over_time(months: Sequence[str], counts: Sequence[int], means: Sequence[float | None]) -> go.Figure:
    """Ratings a month; the mean rating in the hover text."""
    told: dict[str, Any] = {
        "x": list(months),
        "y": list(counts),
        "customdata": ["–" if mean is None else f"{mean:.2f}" for mean in means],
        "hovertemplate": "%{x}<br>%{y:,} ratings, mean %{customdata}<extra></extra>",
    }
    by_month = bool(months) and "-" in months[0]
    axis: dict[str, Any] = {"type": "date"}
    if len(months) == 1:
        # A line of one point has no length.
        width = _DAY_MS * (30 if by_month else 365)
        figure = go.Figure(go.Bar(**told, width=width, marker={"color": TRAINING_COLOR, "cornerradius": 4}))
        first = np.datetime64(months[0])
        axis |= {"tickvals": list(months), "tickformat": "%b %Y" if by_month else "%Y"}
        axis["range"] = [str(np.datetime64(first + step, "D")) for step in (-2, 2)]
    else:
        line = {"color": TRAINING_COLOR, "width": 1.5, "shape": "hvh"}
        figure = go.Figure(go.Scatter(**told, mode="lines", line=line, fill="tozeroy"))
    unit = "Ratings a month" if by_month else "Ratings a year"
    return _styled(figure, axis, {"title": unit, "rangemode": "tozero"})


def long_tail(tail: Sequence[float], half_of_ratings: int, n_movies: int) -> go.Figure:
    """Share of the ratings that the most rated movies have, beside that of movies that are all rated alike."""
    share = np.linspace(0, 1, len(tail))
    figure = go.Figure()
    figure.add_scatter(
        x=share, y=share, mode="lines", line={"color": REFERENCE_COLOR, "dash": "dot", "width": 1}, hoverinfo="skip"
    )
    figure.add_scatter(
        x=share,
        y=list(tail),
        mode="lines",
        line={"color": TRAINING_COLOR, "width": 2},
        hovertemplate="The most rated %{x:.0%} of the movies<br>have %{y:.0%} of the ratings<extra></extra>",
    )
    figure.add_scatter(
        x=[half_of_ratings / max(n_movies, 1)],
        y=[0.5],
        mode="markers+text",
        marker={"color": TRAINING_COLOR, "size": 9},
        text=[f"  {half_of_ratings:,} movies have half"],
        textposition="middle right",
        hoverinfo="skip",
        cliponaxis=False,
    )
    axis = {"tickformat": ".0%", "range": [0, 1], "tickvals": [0, 0.25, 0.5, 0.75, 1]}
    styled = _styled(figure, {"title": "Movies, most rated first", **axis}, {"title": "Ratings", **axis})
    # Plotly leaves out a number that reaches over the edge.
    return styled.update_layout(margin_r=24)


def activity(edges: Sequence[int], counts: Sequence[int], median: float) -> go.Figure:
    """How many users gave how many ratings, in bins that grow."""
    low, high = np.asarray(edges[:-1]), np.asarray(edges[1:])
    names = [f"{a:,}" if b - a == 1 else f"{a:,} to {b - 1:,}" for a, b in zip(low, high, strict=True)]
    figure = go.Figure(
        go.Bar(
            x=np.log10((low + high - 1) / 2),
            y=list(counts),
            width=np.log10(np.maximum(high, 1.25 * low) / low),
            customdata=names,
            marker={"color": TRAINING_COLOR, "line": {"width": 0}},
            hovertemplate="%{y:,} users gave %{customdata} ratings<extra></extra>",
        )
    )
    figure.add_vline(x=np.log10(max(median, 1)), line={"color": REFERENCE_COLOR, "dash": "dot", "width": 1})
    ticks = [10**power for power in range(int(np.log10(max(edges[-1], 10))) + 1)]
    x_axis = {"title": "Ratings of a user", "tickvals": np.log10(ticks), "ticktext": [f"{tick:,}" for tick in ticks]}
    return _styled(figure, x_axis, {"title": "Users", "rangemode": "tozero"})


def genre_bars(genres: Sequence[GenreCount], most: int = 20) -> go.Figure:
    """Ratings of each genre's movies, with its movies and its mean rating."""
    rows = list(genres[:most])[::-1]
    longest = max((row.n_ratings for row in rows), default=0)
    figure = go.Figure(
        go.Bar(
            x=[row.n_ratings for row in rows],
            y=[_short(row.genre or "no genre") for row in rows],
            orientation="h",
            customdata=[[row.n_movies, row.mean] for row in rows],
            marker={"color": [genre_color(row.genre) for row in rows], "cornerradius": 4},
            text=[f"{row.n_movies:,} movies · mean {row.mean:.2f}" for row in rows],
            # Left to itself, Plotly hides what fits neither in its bar nor, as it counts, beside it.
            textposition=["inside" if row.n_ratings > 0.5 * longest else "outside" for row in rows],
            textfont={"size": 11},
            constraintext="none",
            hovertemplate="%{y}: %{x:,} ratings<br>%{customdata[0]:,} movies, mean %{customdata[1]:.2f}<extra></extra>",
        )
    )
    figure = _styled(figure, {"title": "Ratings"}, {"ticksuffix": " ", "showgrid": False})
    return figure.update_layout(height=24 * len(rows) + 70)


def cross_heat_map(table: CrossTable, n: int) -> go.Figure:
    """The ratings of the `n` most active users for the `n` most rated movies; gaps where a movie is not rated."""
    users, movies = table.users[:n], table.movies[:n]
    ratings = [list(row[:n]) for row in table.ratings[:n]]
    # Users and movies by their places: two may have one name.
    figure = go.Figure(
        go.Heatmap(
            z=[[np.nan if value is None else value for value in row] for row in ratings],
            colorscale=plotly_scale(SEQUENTIAL_SCALE),
            xgap=1,
            ygap=1,
            hoverongaps=False,
            text=[[escape(movie) for movie in movies] for _ in users],
            customdata=[[escape(_short(user)) for _ in movies] for user in users],
            hovertemplate="<b>%{text}</b><br>user %{customdata}: %{z:g}<extra></extra>",
            colorbar={"title": {"text": "Rating"}, "thickness": 12},
        )
    )
    every = max(1, len(movies) // 25)
    places = list(range(0, len(movies), every))
    figure = _styled(
        figure,
        {
            "tickvals": places, "ticktext": [escape(_short(movies[place])) for place in places], "tickangle": -45,
            "side": "top", "ticklabeloverflow": "allow", "showgrid": False, "zeroline": False,
        },
        {
            "tickvals": list(range(len(users))), "ticktext": [f"{escape(_short(user))} " for user in users],
            "autorange": "reversed", "showgrid": False, "zeroline": False, "title": "User",
        },
    )  # fmt: skip
    return figure.update_layout(height=max(320, 14 * len(users) + 190))


def _styled(figure: go.Figure, x_axis: dict, y_axis: dict) -> go.Figure:
    return figure.update_layout(
        height=HEIGHT, margin=_MARGIN, showlegend=False, bargap=0.12, xaxis=x_axis, yaxis=y_axis, hovermode="closest"
    )


def _short(text: str) -> str:
    return text if len(text) <= _MAX_LABEL else f"{text[: _MAX_LABEL - 1]}…"
