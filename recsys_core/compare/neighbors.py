"""How the neighbors of two runs differ: each movie's overlap, ranked, held against the noise of seeds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from recsys_core.compare.movies import SharedMovies, judged_movies
from recsys_core.compare.noise import NoiseFloor, noise_floor
from recsys_core.errors import QueryError, quoted
from recsys_core.explore.nearest import nearest_rows, unit_rows
from recsys_core.quality.measures import list_overlap, shared_neighbors
from recsys_core.quality.report import KEPT_NEIGHBORS, NEIGHBORS
from recsys_core.runs.run import Run

Verdict = Literal["more than noise", "no more than noise", "less than another seed", "not known"]
MOST_NEIGHBORS = KEPT_NEIGHBORS // 2
"""Longer lists could not be held against the noise: too few of the neighbors that are kept for it would be left."""


@dataclass(frozen=True, eq=False)
class NeighborComparison:
    """The `k` nearest of each movie by cosine in two runs, among the movies that both have enough ratings of."""

    k: int
    shared: SharedMovies
    """The movies compared, `n`; all positions below are rows of it."""
    lists: tuple[np.ndarray, np.ndarray] = field(repr=False)
    """int32 `(n, k)` each: positions of the neighbors, nearest first."""
    similarities: tuple[np.ndarray, np.ndarray] = field(repr=False)
    """float32 `(n, k)` each: their cosines."""
    overlap: np.ndarray = field(repr=False)
    """float64 `(n,)`: `list_overlap`, the Jaccard index of the two lists, 0 to 1."""
    n_staying: np.ndarray = field(repr=False)
    """int64 `(n,)`: how many of the `k` are in both lists."""
    noise: NoiseFloor

    @property
    def movies(self) -> pd.DataFrame:
        return self.shared.movies

    @property
    def mean_overlap(self) -> float:
        return float(self.overlap.mean())

    @property
    def verdict(self) -> Verdict:
        """Whether the neighbors of all movies together changed more than another seed would have changed them."""
        if not self.noise.is_measured:
            return "not known"
        beyond = float(self.overlap[np.isfinite(self.noise.of_movie)].mean()) - self.noise.mean
        if abs(beyond) <= self.noise.tolerance:
            return "no more than noise"
        return "more than noise" if beyond < 0 else "less than another seed"

    @property
    def is_beyond_noise(self) -> np.ndarray:
        """bool `(n,)`: whether a movie's lists share less than those of any two seeds do. False where not known."""
        return np.nan_to_num(self.noise.least_of_movie, nan=-1.0) > self.overlap

    @property
    def share_beyond_noise(self) -> float:
        """Of the movies that the noise is known of; NaN if there is none. See `NoiseFloor.share_by_chance`."""
        known = np.isfinite(self.noise.least_of_movie)
        return float(self.is_beyond_noise[known].mean()) if known.any() else np.nan

    def table(self, min_ratings: int = 0) -> pd.DataFrame:
        """A row for each movie with at least `min_ratings` ratings, the most changed first, of equals the more rated.

        Columns of `movies`, and position, overlap, n_staying, noise (overlap of two seeds; NaN if not known) and
        is_beyond_noise.
        """
        found = self.movies.assign(
            position=np.arange(len(self.movies)),
            overlap=self.overlap,
            n_staying=self.n_staying,
            noise=self.noise.of_movie,
            is_beyond_noise=self.is_beyond_noise,
        )
        found = found[found["n_ratings"] >= min_ratings]
        return found.sort_values(["overlap", "n_ratings"], ascending=[True, False], kind="stable", ignore_index=True)

    def extremes(self, top: int, min_ratings: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The `top` most changed movies and the `top` most stable ones, each most extreme first; none is in both."""
        table = self.table(min_ratings)
        top = min(top, len(table) // 2)
        stable = table.sort_values(["overlap", "n_ratings"], ascending=False, kind="stable", ignore_index=True)
        return table.head(top), stable.head(top)

    def position_of(self, movie_id: int) -> int:
        """Raises `QueryError` if the movie is not among those compared."""
        found = np.flatnonzero(self.movies["movie_id"].to_numpy() == movie_id)
        if not len(found):
            raise QueryError(f"A movie must have enough ratings in both runs. Received: {quoted(movie_id)}.")
        return int(found[0])

    def positions_of(self, movie_ids: np.ndarray) -> np.ndarray:
        """Where these movies are among those compared, intp like `movie_ids`; -1 for those that are not."""
        ids = self.movies["movie_id"].to_numpy()
        place = np.searchsorted(ids, movie_ids).clip(0, len(ids) - 1)
        return np.where(ids[place] == movie_ids, place, -1)

    def lists_of(self, position: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The neighbors of one movie in either run, nearest first.

        Columns of `movies`, and similarity and stays (whether it is in the other run's list too).
        """
        one, other = self.lists[0][position], self.lists[1][position]
        return tuple(  # type: ignore[return-value]
            self.movies.iloc[mine]
            .reset_index(drop=True)
            .assign(similarity=self.similarities[i][position], stays=np.isin(mine, theirs))
            for i, (mine, theirs) in enumerate(((one, other), (other, one)))
        )


def compare_neighbors(first: Run, second: Run, k: int = NEIGHBORS) -> NeighborComparison:
    """Compare the `k` nearest of each movie in the two runs, exactly, in the original spaces.

    Movies take part with `MIN_RATINGS` training ratings in both runs, as subject and as neighbor: as in the quality
    report, whose lists the noise floor comes from. Raises `QueryError` for too few of them or a `k` that is not between
    1 and `MOST_NEIGHBORS`, and `RunError` if a run is gone or damaged.
    """
    check_length(k)
    shared, vectors = judged_movies(first, second)
    (one, one_similarity), (other, other_similarity) = (
        nearest_rows(unit_rows(own), k, euclidean=False) for own in vectors
    )
    return NeighborComparison(
        k=one.shape[1],
        shared=shared,
        lists=(one, other),
        similarities=(one_similarity.clip(-1, 1), other_similarity.clip(-1, 1)),
        overlap=list_overlap(one, other),
        n_staying=np.rint(shared_neighbors(one, other) * one.shape[1]).astype(np.int64),
        noise=noise_floor(first, second, shared, one.shape[1]),
    )


def check_length(k: int) -> None:
    """Raise `QueryError` unless lists of `k` neighbors can be compared."""
    if not 1 <= k <= MOST_NEIGHBORS:
        raise QueryError(f"`k` must be between 1 and {MOST_NEIGHBORS}. Received: {quoted(k)}.")
