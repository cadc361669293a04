"""What was taken out of a run's vectors, to look at: where its movies lie along era and along popularity."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys_core.explore.evidence import has_few_ratings
from recsys_core.explore.nearest import unit_rows
from recsys_core.runs.run import Run
from recsys_core.runs.taste import taken_out_part, taste_of, train_counts

LEAST_MOVIES = 20


def taken_out_axes(run: Run) -> pd.DataFrame | None:
    """The movies of `run` that have ratings enough, and how far each lies along what was taken out of the vectors.

    Columns: those of `Run.movies`, `along_popularity`, and `along_era` if era was taken out: the position of the
    direction of the movie's trained vector on the axis, in cosine, 0 for the mean movie, later and more rated movies
    upwards. The axis of popularity is the direction in which what was taken out grows with the logarithm of the number
    of ratings, that of era the direction in which the rest of it varies most. None if nothing was taken out.
    Raises `RunError` if the run is gone or damaged.
    """
    taste = taste_of(run)
    judged = np.flatnonzero(~has_few_ratings(run.movies) & np.asarray(run.movie_vectors).any(axis=1))
    if not taste.taken_out or len(judged) < LEAST_MOVIES:
        return None
    movies = run.movies.iloc[judged].reset_index(drop=True)
    trained = unit_rows(run.movie_vectors[judged]).astype(np.float64)
    removed = taken_out_part(np.asarray(run.movie_vectors), train_counts(run), taste.eras)[0][judged]
    removed -= removed.mean(axis=0)
    popularity = np.log1p(movies["n_ratings"].to_numpy(np.float64))
    popularity -= popularity.mean()
    slope = popularity @ removed / max(float(popularity @ popularity), 1e-12)
    movies["along_popularity"] = _along(trained, slope)
    if "era" in taste.taken_out:
        rest = removed - popularity[:, None] * slope
        axis = np.linalg.svd(rest, full_matrices=False)[2][0]
        position = _along(trained, axis)
        later = _times(movies)
        known = np.isfinite(later)
        agrees = known.sum() < 2 or np.corrcoef(position[known], later[known])[0, 1] >= 0
        movies["along_era"] = position if agrees else -position
    return movies


def _along(points: np.ndarray, axis: np.ndarray) -> np.ndarray:
    position = points @ (axis / max(float(np.linalg.norm(axis)), 1e-12))
    return position - position.mean()


def _times(movies: pd.DataFrame) -> np.ndarray:
    """When each movie was rated, or came out where that is not known: float64 `(n_movies,)`, growing with time."""
    if "median_time" in movies:
        return movies["median_time"].to_numpy(np.float64)
    return movies["year"].to_numpy(np.float64)
