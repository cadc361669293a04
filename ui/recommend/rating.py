"""A visitor's own ratings: found by title, given in stars, kept in their session and nowhere else."""

from __future__ import annotations

import numpy as np
import streamlit as st

from recsys_core.explore.embeddings import MovieEmbeddings
from ui.shared.format import escape_markdown, movie_label, shorten

_KEY = "my_ratings"
_MOST_OPTIONS = 20_000
_N_SUGGESTED = 6


def my_ratings() -> dict[int, float]:
    """Movie id -> stars from 1 to 5, in the order they were given."""
    return st.session_state.setdefault(_KEY, {})


def rate_movies(embeddings: MovieEmbeddings) -> None:
    """A search field, well-known movies to rate, and the ratings so far."""
    movies, mine = embeddings.movies, my_ratings()
    ids = movies["movie_id"].tolist()
    by_popularity = [ids[row] for row in np.argsort(-embeddings.n_ratings, kind="stable")[:_MOST_OPTIONS]]
    labels = {movie_id: movie_label(movies.iloc[embeddings.index_of(movie_id)]) for movie_id in _shown(by_popularity)}

    def label(movie_id: int) -> str:
        return labels.get(movie_id) or movie_label(movies.iloc[embeddings.index_of(movie_id)])

    def add_found() -> None:
        if st.session_state["found_movie"] is not None:
            st.session_state["searched_movies"] = [
                st.session_state["found_movie"], *st.session_state.get("searched_movies", []),
            ]  # fmt: skip
            st.session_state["found_movie"] = None

    st.selectbox(
        "Rate a movie",
        by_popularity,
        index=None,
        format_func=label,
        placeholder="Type a title",
        key="found_movie",
        on_change=add_found,
    )
    known = set(ids)
    searched = [
        movie_id for movie_id in dict.fromkeys(st.session_state.get("searched_movies", [])) if movie_id in known
    ]
    rated = [movie_id for movie_id in mine if movie_id in known and movie_id not in searched]
    for movie_id in [*searched, *rated]:
        _star_row(movie_id, label(movie_id))
    if mine:
        st.button("Forget my ratings", icon=":material/delete:", on_click=_forget, type="tertiary")
    suggested = [movie_id for movie_id in by_popularity if movie_id not in mine and movie_id not in searched]
    st.caption("Seen any of these? The most rated movies:")
    for movie_id in suggested[:_N_SUGGESTED]:
        _star_row(movie_id, label(movie_id))


def _star_row(movie_id: int, label: str) -> None:
    key = f"stars-{movie_id}"
    given = my_ratings().get(movie_id)

    def rate() -> None:
        stars = st.session_state[key]
        if stars is None:
            my_ratings().pop(movie_id, None)
        else:
            my_ratings()[movie_id] = float(stars + 1)

    with st.container(gap=None):
        st.markdown(escape_markdown(shorten(label, 34)))
        st.feedback("stars", key=key, default=None if given is None else round(given) - 1, on_change=rate)


def _forget() -> None:
    for movie_id in my_ratings():
        # Set rather than dropped: the browser would keep the stars of a widget that is merely unknown here.
        st.session_state[f"stars-{movie_id}"] = None
    st.session_state[_KEY] = {}
    st.session_state["searched_movies"] = []


def _shown(by_popularity: list[int]) -> list[int]:
    return list(dict.fromkeys([*my_ratings(), *by_popularity[:60]]))
