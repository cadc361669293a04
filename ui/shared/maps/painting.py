"""How the map is painted: what color and size stand for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from recsys_core.explore.embeddings import MovieEmbeddings
from ui.components.map import ColorBy
from ui.components.map.points import sizes_by

Painter = Callable[[MovieEmbeddings, np.ndarray], ColorBy]


def _column(name: str) -> Callable[[MovieEmbeddings, np.ndarray], np.ndarray]:
    return lambda embeddings, rows: embeddings.movies[name].to_numpy(np.float32, na_value=np.nan)[rows]


_year, _n_ratings, _mean_rating, _bias = map(_column, ("year", "n_ratings", "mean_rating", "bias"))

PAINTERS: dict[str, Painter] = {
    "Genre": lambda embeddings, rows: ColorBy.genre(),
    "Year": lambda embeddings, rows: ColorBy.amount("Year", _year(embeddings, rows), grouping=False),
    "Mean rating": lambda embeddings, rows: ColorBy.amount("Mean rating", _mean_rating(embeddings, rows), decimals=1),
    "Number of ratings": lambda embeddings, rows: ColorBy.amount(
        "Number of ratings", _n_ratings(embeddings, rows), log=True
    ),
    "Bias": lambda embeddings, rows: ColorBy.difference(
        f"Movie bias ({embeddings.bias_unit})", _bias(embeddings, rows)
    ),
    "Vector length": lambda embeddings, rows: ColorBy.amount(
        "Length of the vector", embeddings.norms[rows], decimals=2
    ),
}
CLUSTER, NEIGHBORS_KEPT = "Cluster", "Neighbors kept"
"""Colors that take a moment to compute."""

_SIZES = {
    "Same": None,
    "Number of ratings": _n_ratings,
    "Year": _year,
    "Mean rating": _mean_rating,
    "Bias": _bias,
    "Vector length": lambda embeddings, rows: embeddings.norms[rows],
}


def choose_color(embeddings: MovieEmbeddings) -> str:
    names = [name for name in (*PAINTERS, CLUSTER, NEIGHBORS_KEPT) if name != "Bias" or embeddings.has_biases]
    return st.selectbox(
        "Color", names, key="color", bind="query-params", width=150,
        help="What a movie's color says. Gray stands for unknown. Neighbors kept: how many of a movie's true "
        "neighbors are beside it on the map.",
    )  # fmt: skip


def choose_sizes(embeddings: MovieEmbeddings, rows: np.ndarray) -> np.ndarray | None:
    names = [name for name in _SIZES if name != "Bias" or embeddings.has_biases]
    size = st.selectbox(
        "Size", names, key="size", bind="query-params", width=140,
        help="What the area of a movie's dot says: the smallest stands for the least of these movies, or for unknown.",
    )  # fmt: skip
    amount_of = _SIZES[size]
    if amount_of is None:
        return None
    amounts = amount_of(embeddings, rows)
    known = amounts[np.isfinite(amounts)]
    return sizes_by(amounts - known.min() if len(known) else amounts)
