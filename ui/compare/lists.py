"""One movie's neighbors in two runs, side by side: those that stay, that went and that came are marked."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys_core.compare.neighbors import NeighborComparison
from recsys_core.errors import QueryError
from recsys_core.explore.evidence import MIN_RATINGS
from ui.compare.choosing import Chosen
from ui.components.movie_list import Amount, Badge, movie_list
from ui.shared.beside.naming import name_line
from ui.shared.focus import focus_movie
from ui.shared.format import escape_markdown, movie_label
from ui.shared.movie_search import search_movies
from ui.shared.run_picker import embeddings

_STAYS = Badge("stays", "strong", "In both lists.")


def show_lists(comparison: NeighborComparison, first: Chosen, second: Chosen, min_ratings: int) -> None:
    """The two lists of the movie in focus, else of the most changed one; a click on a neighbor walks on to it."""
    st.subheader("Side by side", anchor=False)
    search_movies("Find a movie", embeddings(first.run), key="compare_search", on_choose=focus_movie)
    position = _position(comparison, min_ratings)
    if position is None:
        return
    movie = comparison.movies.iloc[position]
    noise = comparison.noise.of_movie[position]
    beside = "" if pd.isna(noise) else f", between two seeds **{noise:.2f}**"
    st.markdown(
        f"**{escape_markdown(movie_label(movie))}**: {comparison.n_staying[position]} of {comparison.k} stay. "
        f"Overlap **{comparison.overlap[position]:.2f}**{beside}."
    )
    lists = comparison.lists_of(position)
    with st.grid(2, min_column_width=380, gap="large"):
        for chosen, found, other, word in (
            (first, lists[0], second, "goes"), (second, lists[1], first, "comes"),
        ):  # fmt: skip
            with st.container():
                name_line(chosen.letter, chosen.entry.label)
                moved = Badge(word, "weak", f"Not among the {comparison.k} nearest in {other.letter}.")
                movie_list(
                    found,
                    Amount("Similarity", found["similarity"].to_numpy(), full=1.0),
                    key=f"list_{word}",
                    on_click=focus_movie,
                    badges=[_STAYS if stays else moved for stays in found["stays"]],
                    badge_name="",
                )


def _position(comparison: NeighborComparison, min_ratings: int) -> int | None:
    asked = st.query_params.get("movie")
    if asked is not None:
        try:
            return comparison.position_of(int(asked))
        except (QueryError, ValueError):
            st.caption(
                f"The movie in the address has fewer than {MIN_RATINGS} training ratings in one of the runs, or is not "
                "in it: its neighbors are mostly chance. The most changed one is shown instead."
            )
    table = comparison.table(min_ratings)
    return None if table.empty else int(table["position"].iloc[0])
