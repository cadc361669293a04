"""The neighbors of a movie in two runs, side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.errors import QueryError
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.yardsticks import RandomPairs, random_pairs
from recsys_core.runs.run import Run
from ui.neighbors.found import similarity_bars
from ui.neighbors.predicted import predicted_ratings
from ui.neighbors.settings import Settings
from ui.neighbors.trail import open_movie
from ui.shared.beside.lists import Listed, side_by_side
from ui.shared.format import escape_markdown, movie_label
from ui.shared.run_picker import embeddings


def neighbors_beside(
    run: Run,
    beside: Run,
    movie: pd.Series,
    found: pd.DataFrame,
    settings: Settings,
    pairs: RandomPairs | None,
    predicted: np.ndarray | None,
) -> None:
    """The list of `run`, `found`, and that of `beside` for the same movie; a click on a movie walks on to it."""
    other = embeddings(beside)
    try:
        row = other.index_of(int(movie["movie_id"]))
    except QueryError:
        st.info(
            f"{escape_markdown(movie_label(movie))} is not among the movies of “{escape_markdown(beside.label)}”: it "
            "has no list there.",
            icon=":material/search_off:",
        )
        there = other.neighbors(0, 1).head(0)
    else:
        there = other.neighbors(row, settings.k, settings.metric, settings.min_ratings)
    side_by_side(
        (
            Listed(run, found, similarity_bars(found, settings, pairs), predicted),
            Listed(beside, there, _bars(other, there, settings), _predicted(beside, settings, there)),
        ),
        key="neighbors_of",
        on_click=open_movie,
        about=int(movie["movie_id"]),
    )


def _bars(movies: MovieEmbeddings, found: pd.DataFrame, settings: Settings):
    enough = len(found) > 1
    pairs = random_pairs(movies, settings.metric, min_ratings=settings.min_ratings) if enough else None
    return similarity_bars(found, settings, pairs)


def _predicted(run: Run, settings: Settings, found: pd.DataFrame) -> np.ndarray | None:
    """None too where this run does not know the user."""
    if found.empty or not run.has("users.parquet"):
        return None
    try:
        return predicted_ratings(run, settings.user_id, found["index"].to_numpy())
    except QueryError:
        return None
