"""The biases of two runs against each other: whom of the movies the one likes better than the other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from recsys_core.compare.movies import shared_movies
from recsys_core.errors import QueryError
from recsys_core.explore.embeddings import STARS, MovieEmbeddings
from recsys_core.runs.run import Run

DEVIATIONS = "standard deviations"
_LEAST_MOVIES = 2


@dataclass(frozen=True, eq=False)
class BiasComparison:
    """What two runs add to or take from every prediction of a movie."""

    movies: pd.DataFrame = field(repr=False)
    """A row a shared movie: the columns of `Run.movies` as the first run has them, and first, second (its bias in
    either run) and difference (second less first). `n_ratings` is the lower of the two numbers."""
    name: str
    """What is compared: "Movie bias", or "Mean residual" of two runs without biases."""
    unit: str
    """Of all three: stars, before the sigmoid, or `DEVIATIONS` where the two runs measure in different units."""

    def known(self, min_ratings: int) -> pd.DataFrame:
        """Those with at least `min_ratings` ratings in both runs, the largest difference first."""
        found = self.movies[self.movies["n_ratings"] >= min_ratings]
        order = np.argsort(-found["difference"].abs().to_numpy(), kind="stable")
        return found.iloc[order].reset_index(drop=True)

    def correlation(self, min_ratings: int) -> float:
        """Pearson's r of the two over `known`; NaN where there are fewer than two or one run has them all alike."""
        found = self.known(min_ratings)
        if len(found) < _LEAST_MOVIES or any(np.ptp(found[name]) == 0 for name in ("first", "second")):
            return np.nan
        return float(np.corrcoef(found["first"], found["second"])[0, 1])


def compare_biases(first: Run, second: Run) -> BiasComparison:
    """Hold the movie biases of two runs against each other; of two runs without, their mean residuals.

    Raises `QueryError` if one run alone has biases or they share no movie that both know one of, and `RunError`.
    """
    shared = shared_movies(first.movies, second.movies)
    runs = tuple(MovieEmbeddings.from_run(run, left_in=True) for run in (first, second))
    have = [run.has_biases for run in runs]
    if have[0] != have[1]:
        with_biases, without = (first, second) if have[0] else (second, first)
        raise QueryError(
            "Both runs must have movie biases for them to be compared, or neither. "
            f"Received: {with_biases.label}, which has them, and {without.label}, of an architecture without."
        )
    column, name = ("bias", "Movie bias") if have[0] else ("mean_residual", "Mean residual")
    if not all(column in run.movies for run in runs):
        raise QueryError(f"Both runs must know the {name.lower()} of their movies. Received: one saved without.")
    values = [run.movies[column].to_numpy(np.float64)[rows] for run, rows in zip(runs, shared.rows, strict=True)]
    counts = [run.n_ratings[rows] for run, rows in zip(runs, shared.rows, strict=True)]
    is_known = np.isfinite(values[0]) & np.isfinite(values[1])
    if is_known.sum() < _LEAST_MOVIES:
        raise QueryError(f"Two runs must share at least {_LEAST_MOVIES} movies. Received: {is_known.sum()}.")
    units = {run.bias_unit for run in runs} if have[0] else {STARS}
    if len(units) > 1:
        values = [(own - own[is_known].mean()) / (own[is_known].std() or 1.0) for own in values]
    movies = shared.movies.assign(
        n_ratings=np.minimum(*counts), first=values[0], second=values[1], difference=values[1] - values[0]
    )
    unit = units.pop() if len(units) == 1 else DEVIATIONS
    return BiasComparison(movies[is_known].reset_index(drop=True), name, unit)
