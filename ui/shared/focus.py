"""The movie that the visitor looks at: one for all pages, in the URL as `?movie=id`."""

from __future__ import annotations

import streamlit as st

from recsys_core.errors import QueryError
from recsys_core.explore.embeddings import MovieEmbeddings
from ui.navigation import put_in_address
from ui.shared.messages import error_text

_PARAMETER = "movie"


def focus_movie(movie_id: int | None) -> None:
    """Make a movie the one in focus, in the URL as well; None lets go. For callbacks."""
    put_in_address(_PARAMETER, None if movie_id is None else str(movie_id))


def focused_row(embeddings: MovieEmbeddings) -> int | None:
    """The row of the movie in focus; a warning if the URL names one that the run does not have."""
    wanted = st.query_params.get(_PARAMETER)
    if wanted is None:
        return None
    try:
        return embeddings.index_of(int(wanted) if wanted.isdecimal() else wanted)
    except QueryError as error:
        st.warning(error_text(error), icon=":material/search_off:")
        return None
