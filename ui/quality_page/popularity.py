"""Popularity, seen: long vectors, the lists that cosine and dot product make, and biases."""

from __future__ import annotations

import numpy as np
import streamlit as st

from recsys_core.embeddings import MovieEmbeddings
from recsys_core.quality_figures import norm_against_popularity
from ui.format import escape_markdown, format_count, movie_label

MIN_RATINGS = 20
_N_NAMED = 8


def show_norms(embeddings: MovieEmbeddings) -> None:
    """Norm against number of ratings, the rare movies with the longest vectors ringed and named."""
    rare = np.flatnonzero((embeddings.n_ratings < MIN_RATINGS) & (embeddings.norms > 0))
    named = rare[np.argsort(-embeddings.norms[rare], kind="stable")[:_N_NAMED]]
    st.plotly_chart(norm_against_popularity(embeddings.movies, embeddings.norms, named), key="norms")
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
        f"The dot product favours long vectors; cosine ignores length. Of the movies with fewer than {MIN_RATINGS} "
        f"ratings, {n_longer:,} are longer than the median of the others, {typical:.2f}. "
        f"The longest of the rare, ringed, with their ratings: {titles}."
    )


def show_two_lists(embeddings: MovieEmbeddings) -> None:
    """The neighbors of one movie by cosine and by dot product, side by side."""
    most_rated = np.argsort(-embeddings.n_ratings, kind="stable")
    row = st.selectbox(
        "Neighbors of",
        most_rated[: min(5_000, len(most_rated))].tolist(),
        format_func=lambda row: movie_label(embeddings.movies.iloc[row]),
        help="Type part of a title.",
    )
    for column, metric, about in zip(
        st.columns(2),
        ("cosine", "dot"),
        ("Cosine: the same direction, however long.", "Dot product: long vectors, often of often rated movies, first."),
        strict=True,
    ):
        found = embeddings.neighbors(row, 10, metric, MIN_RATINGS)
        if found.empty:
            column.markdown(f"**{about}** No other movie has {MIN_RATINGS} ratings.")
            continue
        table = found[["title", "year", "n_ratings", "similarity"]].rename(
            columns={"title": "Movie", "year": "Year", "n_ratings": "Ratings", "similarity": "Similarity"}
        )
        highest = float(max(found["similarity"].max(), 1e-6))
        column.markdown(f"**{about}** Median {np.median(found['n_ratings']):,.0f} ratings.")
        column.dataframe(
            table,
            hide_index=True,
            column_config={
                "Year": st.column_config.NumberColumn(format="%d", width=60),
                "Ratings": st.column_config.NumberColumn(format="localized", width=70),
                "Similarity": st.column_config.ProgressColumn(
                    format="%.2f", min_value=min(0.0, float(found["similarity"].min())), max_value=highest, width=110
                ),
            },
        )
