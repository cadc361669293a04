"""What the run shown was trained on: counts, notices, and a corner of the rating matrix."""

from __future__ import annotations

import streamlit as st

from recsys_core.data.ratings import Ratings, cross_table
from recsys_core.runs.run import Run
from ui.shared.errors import friendly_errors
from ui.shared.format import escape_markdown, format_count
from ui.shared.ratings import ratings_of


def data_panel(run: Run) -> None:
    """An expander; the ratings are read once it is opened."""
    panel = st.expander("The ratings behind this run", icon=":material/table:", key="train_data", on_change="rerun")
    if not panel.open:
        return
    with panel:
        data, split = run.info.data, run.info.split
        st.markdown(
            f"**{escape_markdown(data.name)}**: {format_count(data.n_ratings, 'rating')} by "
            f"{format_count(data.n_users, 'user')} of {format_count(data.n_movies, 'movie')}. "
            f"Of these {split.n_train:,} train and {split.n_validation:,} validate; "
            f"{split.n_dropped:,} are left out because training knows nothing of their user or movie."
        )
        with friendly_errors():
            _what_is_in(ratings_of(run))


def _what_is_in(loaded: Ratings) -> None:
    for notice in loaded.notices:
        st.caption(escape_markdown(notice))
    st.markdown("The 15 most active users (rows) and the 15 most rated movies: their stars, None where not rated.")
    table = cross_table(loaded)
    st.dataframe(table, column_config={name: st.column_config.NumberColumn(width=70) for name in table.columns})
