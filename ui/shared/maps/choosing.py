"""Choosing movies by typing part of a title."""

from __future__ import annotations

import numpy as np
import streamlit as st

from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.labels import title_labels

_MOST_OPTIONS = 20_000


def choose_movies(label: str, embeddings: MovieEmbeddings, *, key: str, help: str | None = None) -> list[int]:
    """Ids of the movies chosen among the 20,000 most rated ones; kept in the URL under `key`."""
    labels = _options(embeddings)
    return st.multiselect(
        label, labels, format_func=lambda movie_id: labels[movie_id], key=key, bind="query-params", help=help,
        placeholder="Type a title", filter_mode="contains", select_all=False,
    )  # fmt: skip


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={MovieEmbeddings: id})
def _options(embeddings: MovieEmbeddings) -> dict[int, str]:
    ids = embeddings.movies["movie_id"].tolist()
    labels = title_labels(embeddings.movies)
    options: dict[str, int] = {}
    for row in np.argsort(-embeddings.n_ratings, kind="stable")[:_MOST_OPTIONS]:
        # The widget and the URL tell options apart by their labels: of two alike, the better known one stays.
        options.setdefault(labels[row], ids[row])
    return {movie_id: label for label, movie_id in options.items()}
