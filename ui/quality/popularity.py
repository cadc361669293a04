"""Popularity, seen: long vectors, the lists that cosine and dot product make, and biases."""

from __future__ import annotations

import numpy as np
import streamlit as st

from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.evidence import MIN_RATINGS
from ui.charts.quality import norm_against_popularity
from ui.components.movie_list import Amount, movie_list
from ui.components.plot import plot
from ui.navigation import open_neighbors
from ui.shared.format import escape_markdown, format_count, movie_label
from ui.shared.why import why_no_neighbors

_N_NAMED = 8


def show_norms(embeddings: MovieEmbeddings) -> None:
    """Norm against number of ratings, the rare movies with the longest vectors ringed and named."""
    rare = np.flatnonzero((embeddings.n_ratings < MIN_RATINGS) & (embeddings.norms > 0))
    named = rare[np.argsort(-embeddings.norms[rare], kind="stable")[:_N_NAMED]]
    plot(
        norm_against_popularity(embeddings.movies, embeddings.norms, named), key="norms",
        alt="Length of the movies' vectors by number of ratings",
    )  # fmt: skip
    often = embeddings.n_ratings >= MIN_RATINGS
    if not len(named) or not often.any():
        return
    titles = " · ".join(
        f"{escape_markdown(movie_label(embeddings.movies.iloc[row]))} ({format_count(embeddings.n_ratings[row])})"
        for row in named
    )
    typical = float(np.median(embeddings.norms[often]))
    n_longer = int((embeddings.norms[rare] > typical).sum())
    st.caption(
        f"The dot product favors long vectors; cosine ignores length. Of the movies with fewer than {MIN_RATINGS} "
        f"ratings, {n_longer:,} are longer than the median of the others, {typical:.2f}. "
        f"The longest of the rare, ringed, with their ratings: {titles}."
    )


def show_two_lists(embeddings: MovieEmbeddings) -> None:
    """The neighbors of one movie by cosine and by dot product, side by side."""
    most_rated = np.argsort(-embeddings.n_ratings, kind="stable")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        row = st.selectbox(
            "Neighbors of",
            most_rated[: min(5_000, len(most_rated))].tolist(),
            format_func=lambda row: movie_label(embeddings.movies.iloc[row]),
            # Keeps the order of the options: the famous first.
            filter_mode="contains",
            key="popularity_movie",
            persist_state="page",
            help="Type part of a title.",
        )
        min_ratings = st.number_input(
            "At least … ratings",
            0,
            100_000,
            MIN_RATINGS,
            step=5,
            width=160,
            key="popularity_rated",
            persist_state="page",
            help="0 shows what few ratings do: cosine lets movies in that one user rated, whose direction is chance.",
        )
    with st.grid(2, min_column_width=380, gap="large"):
        for metric, title, about in (
            ("cosine", "Cosine", "the same direction, however long."),
            ("dot", "Dot product", "long vectors, often of often rated movies, first."),
        ):
            with st.container():
                found = embeddings.neighbors(row, 10, metric, min_ratings)
                if found.empty:
                    st.markdown(f"**{title}**: {why_no_neighbors(embeddings, row)}")
                    continue
                st.markdown(f"**{title}**: {about} Median {np.median(found['n_ratings']):,.0f} ratings.")
                similarity = found["similarity"].to_numpy(np.float64)
                movie_list(
                    found,
                    Amount("Similarity", similarity, full=1.0 if metric == "cosine" else float(similarity.max())),
                    key=f"two_lists_{metric}",
                    on_click=open_neighbors,
                )
