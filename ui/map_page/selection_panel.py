"""The movies chosen on the map: a table, and the same as CSV."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from recsys_core.embeddings import MovieEmbeddings
from ui.format import format_count

_COLUMNS = ["title", "year", "genres", "n_ratings", "mean_rating", "bias"]


def show_selection(embeddings: MovieEmbeddings, movie_ids: Sequence[int]) -> None:
    rows = embeddings.movies["movie_id"].isin(movie_ids).to_numpy().nonzero()[0]
    if not len(rows):
        st.markdown(
            "Draw a box or a free line around movies, or search and click the number found. "
            "**Shift** adds to the selection, **Alt** takes away."
        )
        return
    chosen = embeddings.movies.iloc[rows].sort_values("n_ratings", ascending=False)
    st.markdown(f"**{format_count(len(rows), 'movie')}** selected")
    st.dataframe(
        chosen[_COLUMNS],
        hide_index=True,
        height=320,
        column_config={
            "title": "Movie",
            "year": st.column_config.NumberColumn("Year", format="%d"),
            "genres": "Genres",
            "n_ratings": st.column_config.NumberColumn("Ratings", format="localized"),
            "mean_rating": st.column_config.NumberColumn("Mean", format="%.2f"),
            "bias": st.column_config.NumberColumn("Bias", format="%+.2f"),
        },
    )
    st.download_button(
        "Download as CSV",
        data=lambda: chosen.to_csv(index=False),
        file_name="selected_movies.csv",
        mime="text/csv",
        icon=":material/download:",
        width="stretch",
    )
