"""A field to find a movie by typing: what it finds appears below, the famous first, each a button."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from recsys_core.explore.embeddings import MovieEmbeddings
from ui.shared.format import escape_markdown, movie_label, shorten


def search_movies(
    label: str, embeddings: MovieEmbeddings, *, key: str, on_choose: Callable[[int], None], narrow: bool = False
) -> None:
    """Draw the field and the movies that match; a click gives `on_choose` the movie's id and clears the field.

    narrow: for a column of its own, with fewer and shorter titles below one another.
    Streamlit's own select box puts what resembles the letters above what people mean, and knows nothing of accents.
    """

    def choose(movie_id: int) -> None:
        st.session_state[key] = ""
        on_choose(movie_id)

    text = st.text_input(
        label,
        key=key,
        live=True,
        placeholder="Part of a title, such as matrix or amelie",
        icon=":material/search:",
        help="Also finds genres and years. Case and accents do not matter. The most rated movies come first.",
    )
    if not text.strip():
        return
    rows = embeddings.search(text)
    if not len(rows):
        st.caption("No movie of this run has that in its title, genres or year. Try fewer letters.")
        return
    most, longest = (6, 22) if narrow else (12, 42)
    with st.container(horizontal=not narrow, gap="xsmall" if narrow else "small"):
        for movie in embeddings.movies.iloc[rows[:most]].to_dict("records"):
            movie_id = int(movie["movie_id"])
            st.button(
                escape_markdown(movie_label(movie | {"title": shorten(str(movie["title"]), longest)})),
                key=f"{key}-{movie_id}",
                on_click=choose,
                args=(movie_id,),
                width="stretch" if narrow else "content",
            )
    if len(rows) > most:
        st.caption(f"The {most} best of {len(rows):,} matches. Type more letters to narrow them down.")
