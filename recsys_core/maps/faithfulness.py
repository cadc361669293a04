"""How far to believe a map: trustworthiness and share of true neighbors kept, for the whole and for each movie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.errors import ProjectionError, quoted
from recsys_core.explore.nearest import blocks, nearest_rows, unit_rows

MAX_MEASURED = 20_000
"""Movies up to which every one is measured; above, as many drawn at random are, each against all movies."""


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """What a map's neighborhoods are worth. Movies that were not measured are NaN."""

    trustworthiness: float
    """0 to 1: near 1, movies drawn side by side are truly alike (Venna and Kaski 2001); 0.5 is chance."""
    neighbors_kept: float
    """0 to 1: share of the `k` true nearest neighbors that are among the `k` nearest on the map."""
    movie_trustworthiness: np.ndarray
    """float32 `(n_movies,)`."""
    movie_neighbors_kept: np.ndarray
    """float32 `(n_movies,)`."""
    k: int
    n_measured: int
    """How many movies were measured; fewer than all above `MAX_MEASURED`."""

    def sentence(self) -> str:
        """How far to believe the picture, in plain words."""
        true_of_ten = round(10 * self.neighbors_kept)
        kept = f"about {true_of_ten} in 10" if true_of_ten else "hardly any"
        kept = f"{kept} of the nearest movies on the map"
        if self.trustworthiness >= 0.95 and self.neighbors_kept >= 0.5:
            verdict = f"You can trust this map closely: {kept} are among the true nearest"
        elif self.trustworthiness >= 0.9:
            verdict = f"Trust the neighborhoods, check single neighbors: {kept} are among the true nearest"
        elif self.trustworthiness >= 0.75:
            verdict = f"Read this map for its broad shape only: {kept} are among the true nearest"
        else:
            verdict = f"Do not read closeness into this map: {kept} are among the true nearest"
        is_sample = self.n_measured < len(self.movie_trustworthiness)
        sample = f" (measured on {self.n_measured:,} movies)" if is_sample else ""
        return f"{verdict}{sample}."


def measure_faithfulness(
    vectors: np.ndarray, coordinates: np.ndarray, *, k: int = 10, metric: str = "cosine", seed: int = 0
) -> Faithfulness:
    """Compare neighbors in `vectors` (`(n_movies, size)`) with those in `coordinates` (`(n_movies, 2 or 3)`).

    The overall trustworthiness is that of `sklearn.manifold.trustworthiness` with `n_neighbors=k`, but equally near
    movies share the better rank instead of an arbitrary one. `metric` ("cosine" or
    "euclidean") is what the truth is measured by. Memory is bounded. Above 20,000 movies, 20,000 drawn by `seed` are
    measured, each against all. `k` shrinks to less than half of the movies. Raises `ProjectionError`.
    """
    coordinates = np.asarray(coordinates, np.float32)
    vectors = np.asarray(vectors, np.float32)
    n_movies = len(vectors)
    if len(coordinates) != n_movies:
        raise ProjectionError(
            f"`coordinates` must have a row for each vector. Received: {len(coordinates)} rows for {n_movies} vectors."
        )
    if n_movies < 4:
        raise ProjectionError(f"A map must have at least 4 movies to be measured. Received: {n_movies}.")
    if metric not in ("cosine", "euclidean"):
        raise ProjectionError(f"`metric` must be cosine or euclidean. Received: {quoted(metric)}.")
    k = max(1, min(k, (n_movies - 1) // 2))
    points = unit_rows(vectors) if metric == "cosine" else vectors - vectors.mean(axis=0)
    measured = np.arange(n_movies)
    if n_movies > MAX_MEASURED:
        measured = np.sort(np.random.default_rng(seed).choice(n_movies, MAX_MEASURED, replace=False))
    drawn, _ = nearest_rows(coordinates, k, euclidean=True, rows=measured)
    intrusion, kept = _intrusions(points, measured, drawn, euclidean=metric == "euclidean")
    worst = k * (2 * n_movies - 3 * k - 1) / 2
    movie_trustworthiness = np.full(n_movies, np.nan, np.float32)
    movie_trustworthiness[measured] = 1 - intrusion / worst
    movie_neighbors_kept = np.full(n_movies, np.nan, np.float32)
    movie_neighbors_kept[measured] = kept / k
    return Faithfulness(
        trustworthiness=float(1 - intrusion.mean() / worst),
        neighbors_kept=float(kept.mean() / k),
        movie_trustworthiness=movie_trustworthiness,
        movie_neighbors_kept=movie_neighbors_kept,
        k=k,
        n_measured=len(measured),
    )


def _intrusions(
    points: np.ndarray, measured: np.ndarray, drawn: np.ndarray, *, euclidean: bool
) -> tuple[np.ndarray, np.ndarray]:
    """By how many ranks the drawn neighbors of each measured movie lie beyond its true ones, and how many do not."""
    n_movies, k = len(points), drawn.shape[1]
    half_squares = 0.5 * np.einsum("ij,ij->i", points, points) if euclidean else None
    intrusion = np.empty(len(measured))
    kept = np.empty(len(measured))
    for block in blocks(len(measured), 4 * n_movies):
        closeness = points[measured[block]] @ points.T
        if half_squares is not None:
            closeness -= half_squares
        closeness[np.arange(len(closeness)), measured[block]] = -np.inf
        ranks = np.empty((len(closeness), k), np.int64)
        drawn_closeness = np.take_along_axis(closeness, drawn[block], axis=1)
        for column in range(k):
            ranks[:, column] = 1 + np.count_nonzero(closeness > drawn_closeness[:, column, None], axis=1)
        intrusion[block] = np.maximum(ranks - k, 0).sum(axis=1)
        kept[block] = (ranks <= k).sum(axis=1)
    return intrusion, kept
