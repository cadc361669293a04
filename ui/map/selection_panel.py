"""The movies chosen on the map: a table, and the same as CSV."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.data.spreadsheets import csv_of
from recsys_core.explore.clusters import describe_selection
from recsys_core.explore.embeddings import MovieEmbeddings
from ui.shared.format import format_count

_COLUMNS = ["title", "year", "genres", "n_ratings", "mean_rating", "bias"]
_N_TRAITS = 6


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
    if len(rows) < len(embeddings):
        _show_traits(embeddings, rows)
    st.download_button(
        "Download the selection (CSV)",
        data=lambda: csv_of(chosen),
        file_name="selected_movies.csv",
        mime="text/csv",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )


def _show_traits(embeddings: MovieEmbeddings, rows: np.ndarray) -> None:
    """What sets the selection apart from the rest: shares here against shares elsewhere."""
    is_selected = np.zeros(len(embeddings), bool)
    is_selected[rows] = True
    traits = describe_selection(is_selected, embeddings.movies).head(_N_TRAITS)
    st.markdown("**What sets it apart**")
    st.dataframe(
        pd.DataFrame(
            {"Trait": traits["trait"], "Here": 100 * traits["share_selected"], "Elsewhere": 100 * traits["share_rest"]}
        ),
        hide_index=True,
        column_config={
            "Trait": st.column_config.TextColumn(width=110),
            "Here": st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100, width=80),
            "Elsewhere": st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100, width=80),
        },
    )
