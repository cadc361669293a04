"""Vector arithmetic: movies added and taken away, and the movies nearest to the result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.errors import QueryError
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.evidence import least_ratings
from recsys_core.maps.projection import Projection, ProjectionSpec, place_vector
from ui.components.map import MapLabel
from ui.shared.maps.choosing import choose_movies
from ui.shared.messages import error_text

_N_ANSWERS = 10
_N_AROUND = 5


@dataclass(frozen=True)
class Answer:
    """What the arithmetic gives."""

    vector: np.ndarray
    """float32 `(size,)`: only its direction counts."""
    found: pd.DataFrame
    """The nearest movies, as `MovieEmbeddings.neighbors` describes them."""

    def mark(self, projection: Projection, embeddings: MovieEmbeddings) -> list[MapLabel]:
        """A star where the result is: by PCA or on axes, itself, as long as its answers; else amid the nearest ones."""
        if self.found.empty:
            return []
        length = float(embeddings.norms[self.found["index"]].mean())
        vector = self.vector * (length / np.linalg.norm(self.vector))
        ids = embeddings.movies["movie_id"].to_numpy()
        place = place_vector(projection, vector, embeddings.vectors, movie_ids=ids)
        if place is None:
            near = np.isin(projection.rows, self.found["index"].head(_N_AROUND))
            if not near.any():
                return []
            place = projection.coordinates[near].mean(axis=0)
        return [MapLabel("Result", place.tolist())]


def ask(embeddings: MovieEmbeddings) -> Answer | None:
    """The panel's controls; None until movies are chosen that add up to something."""
    st.caption("Take a movie, take away what another stands for, add a third.")
    plus = choose_movies("Add", embeddings, key="plus")
    minus = choose_movies("Take away", embeddings, key="minus")
    if not plus and not minus:
        return None
    terms = [(embeddings.index_of(movie_id), 1.0) for movie_id in plus]
    terms += [(embeddings.index_of(movie_id), -1.0) for movie_id in minus]
    min_ratings = st.slider(
        "With at least … ratings",
        0,
        100,
        least_ratings(embeddings.movies),
        key="arithmetic_ratings",
        bind="query-params",
    )
    try:
        vector, found = embeddings.analogy(terms, _N_ANSWERS, min_ratings=min_ratings)
    except QueryError as error:
        st.warning(error_text(error), icon=":material/calculate:")
        return None
    if found.empty:
        st.caption("No other movie has that many ratings.")
    return Answer(vector, found)


def explain_mark(spec: ProjectionSpec) -> None:
    """What the star on the map stands for: not every projection has a place for a new vector."""
    if spec.method in ("pca", "axes"):
        st.caption(
            "★ The star is the result itself, projected like every movie, drawn as long as its nearest movies are."
        )
    else:
        st.caption(
            "★ The star stands in the middle of the five nearest movies: this projection has places for movies only. "
            "The list is exact, in the original space."
        )
