"""Two small runs whose vocabularies differ, and reports with known seeds, shared by the tests of comparing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from recsys_core.explore.nearest import nearest_rows, unit_rows
from recsys_core.quality.report import COLUMNS, QualityReport, keep_report
from recsys_core.runs.run import Run
from tests.exploring import movies_of, write_run

K = 5
GENRES = ("Drama", "Comedy|Drama", "Action", "")


def run_on(folder: Path, ids: np.ndarray, vectors_of: dict[int, np.ndarray]) -> Run:
    """A run whose movies are those of `ids`, each with the vector of its id."""
    movies = movies_of(
        len(ids),
        movie_id=ids,
        title=[f"Film {movie_id}" for movie_id in ids],
        genres=[GENRES[movie_id % 4] for movie_id in ids],
        year=1980.0 + ids % 30,
        n_ratings=30 + ids,
    )
    return write_run(folder, np.stack([vectors_of[int(movie_id)] for movie_id in ids]), movies)


def some_vectors(ids: np.ndarray, seed: int) -> dict[int, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {int(movie_id): rng.normal(size=6).astype(np.float32) for movie_id in ids}


def keep_seeds(run: Run, others: list[np.ndarray]) -> None:
    """A quality report over the run's own vectors and `others`, each `(n_movies, size)`, as if of further seeds."""
    rows = np.arange(len(run.movies))
    lists = [nearest_rows(unit_rows(vectors), 30, euclidean=False)[0] for vectors in (run.movie_vectors, *others)]
    figures = pd.DataFrame([("stability", "all", "run", 0.5, len(rows))], columns=pd.Index(COLUMNS))
    keep_report(run, QualityReport(figures, len(rows), tuple(range(len(lists))), 1.0), lists, rows)


def jaccard_by_hand(first: dict[int, np.ndarray], second: dict[int, np.ndarray], ids: list[int]) -> dict[int, float]:
    """Of each movie's K nearest by cosine among `ids`, one movie at a time."""

    def nearest(vectors: dict[int, np.ndarray], movie: int) -> set[int]:
        own = vectors[movie] / np.linalg.norm(vectors[movie])
        cosine = {
            other: float(own @ vectors[other] / np.linalg.norm(vectors[other])) for other in ids if other != movie
        }
        return set(sorted(cosine, key=lambda other: -cosine[other])[:K])

    lists = {movie: (nearest(first, movie), nearest(second, movie)) for movie in ids}
    return {movie: len(a & b) / len(a | b) for movie, (a, b) in lists.items()}
