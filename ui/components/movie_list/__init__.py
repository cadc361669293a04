"""A list of movies with bars, chips and badges that fits any width. Titles travel as data and are never markup."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.data.titles import split_genres
from ui.charts.palette import genre_color
from ui.shared.format import format_count, format_rating, format_year

_HERE = Path(__file__).parent

_list = st.components.v2.component(
    "movie_list",
    html='<ol class="movie-list"></ol>',
    css=(_HERE / "list.css").read_text(encoding="utf-8"),
    js=(_HERE / "list.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Amount:
    """What the bars show."""

    name: str
    values: np.ndarray
    """`(n,)`, also written beside the bars."""
    full: float
    """The value of a full bar; an empty one is 0."""
    yardstick: float | None = None
    """A value to hold them against, drawn as a thin line through the bars."""
    yardstick_name: str = ""


@dataclass(frozen=True)
class Badge:
    """A few words about one movie."""

    text: str
    tone: Literal["strong", "some", "weak"]
    help: str
    """Shown when pointed at."""


def movie_list(
    movies: pd.DataFrame,
    amount: Amount,
    *,
    key: str,
    on_click: Callable[[int], None],
    badges: Sequence[Badge | None] | None = None,
    badge_name: str = "",
    predicted: np.ndarray | None = None,
) -> None:
    """A row a movie: title and year, genres as chips, a bar, a badge, ratings, mean rating and predicted rating.

    movies: title, year, genres, n_ratings, mean_rating and movie_id, in the order to show.
    on_click: gets the id of the chosen movie before the page runs again.
    badges: one for each movie, None for none; `badge_name` heads their column. predicted: stars, `(n,)`.
    """

    def clicked() -> None:
        movie_id = st.session_state[key].get("clicked")
        if movie_id is not None:
            on_click(int(movie_id))

    def share(value: float) -> float:
        return float(np.clip(value / max(amount.full, 1e-9), 0, 1))

    columns = [("ratings", "Ratings"), ("mean", "Mean")]
    if badges is not None:
        columns.insert(0, ("badge", badge_name))
    if predicted is not None:
        columns.append(("predicted", "Predicted"))
    rows = [
        {
            "id": int(movie["movie_id"]),
            "title": str(movie["title"]),
            "year": format_year(movie["year"]) if pd.notna(movie["year"]) else "",
            "genres": [[genre, genre_color(genre)] for genre in split_genres(movie["genres"])],
            "share": share(value),
            "value": f"{value:.2f}".replace("-", "−"),
            "badge": None if badges is None or badges[place] is None else asdict(badges[place]),
            "ratings": format_count(movie["n_ratings"]),
            "mean": format_rating(movie["mean_rating"]),
            "predicted": None if predicted is None else format_rating(predicted[place]),
        }
        for place, (movie, value) in enumerate(zip(movies.to_dict("records"), amount.values.tolist(), strict=True))
    ]
    _list(
        key=key,
        data={
            "amount": amount.name,
            "columns": columns,
            "yardstick": None if amount.yardstick is None else share(amount.yardstick),
            "yardstickName": amount.yardstick_name,
            "movies": rows,
        },
        on_clicked_change=clicked,
    )
