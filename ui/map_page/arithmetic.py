"""Vector arithmetic: movies added and taken away, and the movies nearest to the result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.embeddings import MovieEmbeddings
from ui.map_component import MapLabel
from ui.map_page.choosing import choose_movies

_N_ANSWERS = 10
_N_AROUND = 5


@dataclass(frozen=True)
class Answer:
    """What the arithmetic gives."""

    found: pd.DataFrame
    """The nearest movies, as `MovieEmbeddings.neighbors` describes them."""

    def mark(self, row_on_map: dict[int, int], coordinates: np.ndarray) -> list[MapLabel]:
        """A star amid the nearest answers that are on the map: projections have no place for a vector of their own."""
        rows = [row_on_map[row] for row in self.found["index"] if row in row_on_map][:_N_AROUND]
        return [MapLabel("Result", coordinates[rows].mean(axis=0).tolist())] if rows else []


def ask(embeddings: MovieEmbeddings) -> Answer | None:
    """The panel's controls; None until a movie is chosen. Raises `QueryError` if the movies cancel each other out."""
    st.caption("Take a movie, take away what another stands for, add a third.")
    plus = choose_movies("Add", embeddings, key="plus")
    minus = choose_movies("Take away", embeddings, key="minus")
    if not plus and not minus:
        return None
    terms = [(embeddings.index_of(movie_id), 1.0) for movie_id in plus]
    terms += [(embeddings.index_of(movie_id), -1.0) for movie_id in minus]
    min_ratings = st.slider("With at least … ratings", 0, 100, 20, key="arithmetic_ratings", bind="query-params")
    _, found = embeddings.analogy(terms, _N_ANSWERS, min_ratings=min_ratings)
    return Answer(found)
