"""Figures that a trial of a sweep can be judged by, beside its errors: what a sweep seeks, and what it is held to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys_core.data.split import Split
from recsys_core.explore.evidence import has_few_ratings
from recsys_core.quality import measures
from recsys_core.quality.ordering import ordering_of
from recsys_core.quality.report import MIN_MOVIES, NEIGHBORS
from recsys_core.runs.taste import taste_of_split


@dataclass(frozen=True)
class TrialFigure:
    """What a figure is called and how to read it."""

    name: str
    title: str
    about: str
    """One sentence for people."""
    better: str
    """"higher" or "lower"."""


_ALL = (
    TrialFigure(
        "val_mse", "Validation MSE", "Mean squared error on the validation ratings, in stars squared.", "lower"
    ),
    TrialFigure("val_mae", "Validation MAE", "Mean distance from the validation ratings, in stars.", "lower"),
    TrialFigure("genre_overlap", "Genre overlap", "How many genres a movie and its 10 neighbors share.", "higher"),
    TrialFigure("hubness", "Hubness", "Skewness of how often movies appear in others' lists; 0 is even.", "lower"),
    TrialFigure("rating_time", "Rating time", "How far neighbors tell when a movie was rated: R².", "lower"),
    TrialFigure("popularity", "Popularity", "How far neighbors tell how often a movie was rated: R².", "lower"),
    TrialFigure(
        "seconds", "Seconds", "Of all epochs, compiling not; more where several trials are done at once.", "lower"
    ),
)
FIGURES: dict[str, TrialFigure] = {figure.name: figure for figure in _ALL}
ALWAYS = ("val_mse", "val_mae", "seconds")
"""Known of every trial; the others are measured where they are asked for."""


def neighbor_figures(names: Sequence[str], split: Split, movie_vectors: np.ndarray) -> dict[str, float]:
    """Those of the figures `names` that are of neighbors, as the quality report measures them, NaN where movies with
    ratings enough are too few. `movie_vectors` `(n_movies, size)` were trained on `split`."""
    wanted = [name for name in names if name not in ALWAYS]
    rows = np.flatnonzero(~has_few_ratings(split.movies))
    if not wanted or len(rows) < MIN_MOVIES:
        return dict.fromkeys(wanted, math.nan)
    judged = split.movies.iloc[rows]
    neighbors = measures.cosine_neighbors(taste_of_split(split, movie_vectors).vectors[rows], NEIGHBORS)
    found: dict[str, float] = {}
    if "genre_overlap" in wanted:
        genres = measures.genre_matrix(judged["genres"].tolist())
        found["genre_overlap"] = float(measures.genre_overlap(neighbors, genres).mean())
    if "hubness" in wanted:
        found["hubness"] = measures.hubness(neighbors)
    if {"rating_time", "popularity"} & set(wanted):
        ordering = ordering_of(neighbors, judged)
        found |= {"rating_time": ordering.rating_time, "popularity": ordering.popularity}
    return {name: found[name] for name in wanted}
