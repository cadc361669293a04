"""The way through the movies: which one is asked about, and those before it, each a way back."""

from __future__ import annotations

import numpy as np
import streamlit as st

from recsys_core.errors import QueryError
from recsys_core.explore.embeddings import MovieEmbeddings
from ui.shared.focus import focus_movie, focused_row
from ui.shared.format import escape_markdown, shorten

SEARCH = "neighbors_search"
"""Key of the search field."""

_TRAIL = "neighbors_trail"
_LONGEST_TRAIL = 8


def open_movie(movie_id: int) -> None:
    """Make a movie the one asked about, and the search done with. For callbacks."""
    focus_movie(movie_id)
    st.session_state[SEARCH] = ""


def query_row(embeddings: MovieEmbeddings) -> int:
    """The movie asked for: by the URL, else the last one on the trail, else the most rated one."""
    row = focused_row(embeddings)
    if row is not None:
        return row
    for movie_id in reversed(st.session_state.get(_TRAIL, [])):
        try:
            return embeddings.index_of(movie_id)
        except QueryError:
            continue
    return int(np.argmax(embeddings.n_ratings))


def trail(embeddings: MovieEmbeddings, row: int) -> None:
    """The movies walked through, each a way back; the present one is last."""
    current = int(embeddings.movies["movie_id"].iloc[row])
    walked = [movie_id for movie_id in st.session_state.get(_TRAIL, []) if movie_id != current]
    st.session_state[_TRAIL] = [*walked, current][-_LONGEST_TRAIL:]
    known = embeddings.movies["movie_id"].isin(walked)
    titles = embeddings.movies[known].set_index("movie_id")["title"]
    before = [movie_id for movie_id in st.session_state[_TRAIL][:-1] if movie_id in titles.index]
    if not before:
        return
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.caption("You came by", width="content")
        for movie_id in before:
            label = escape_markdown(shorten(titles[movie_id], 28))
            st.button(
                f"{label} ›", key=f"trail-{movie_id}", type="tertiary", on_click=open_movie, args=(int(movie_id),)
            )
