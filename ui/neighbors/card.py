"""The movie asked about: what it is, where it ranks, and what a user is expected to give it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys_core.data.titles import split_genres
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.evidence import MIN_RATINGS, has_few_ratings
from ui.shared.chips import genre_chips
from ui.shared.format import escape_markdown, format_bias, format_rating, movie_label


def movie_card(embeddings: MovieEmbeddings, row: int, predicted: float | None, user_mean: float | None) -> None:
    """The movie in `row` as a card; `predicted` is the chosen user's rating, beside `user_mean`, the mean they give."""
    movie = embeddings.movies.iloc[row]
    n_movies = len(embeddings)
    rank = int((embeddings.n_ratings > movie["n_ratings"]).sum()) + 1
    facts = [
        ("Ratings", f"{movie['n_ratings']:,.0f}", f"rank {rank:,} of {n_movies:,}"),
        ("Mean rating", format_rating(movie["mean_rating"]), None),
    ]
    if pd.notna(movie["bias"]):
        bias_rank = int((embeddings.movies["bias"] > movie["bias"]).sum()) + 1
        facts.append(("Bias", format_bias(movie["bias"]), f"rank {bias_rank:,}"))
    if predicted is not None:
        beside = None if user_mean is None else f"user's mean {format_rating(user_mean)}"
        facts.append(("Predicted", format_rating(predicted), beside))
    with st.container(border=True, gap="small"):
        st.subheader(escape_markdown(movie_label(movie)), anchor=False)
        genre_chips(split_genres(movie["genres"]))
        if has_few_ratings(embeddings.movies)[row]:
            st.caption(
                f":orange-badge[few ratings] Fewer than {MIN_RATINGS} ratings in training: most of its vector, and so "
                "of its neighbors, is chance."
            )
        with st.grid("auto", min_column_width=160):
            for label, value, delta in facts:
                unit = f"In the unit of this run's biases: {embeddings.bias_unit}." if label == "Bias" else None
                st.metric(label, value, delta=delta, delta_color="off", delta_arrow="off", help=unit)
