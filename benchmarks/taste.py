"""What one looks at: the preset's vectors with era and popularity taken out, in their space and in the plane.

    python -m benchmarks.taste [PRESET …] [--data FOLDER] [--seeds 0 1 2]

Measures as in docs/quality.md, over movies with 20 training ratings and their ten neighbors, each for the vectors as
trained ("left in") and with era and popularity taken out; the plane is UMAP of the same movies.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.report import Report
from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import Split, split_ratings
from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.maps.faithfulness import measure_faithfulness
from recsys_core.maps.projection import ProjectionSpec, project
from recsys_core.quality import measures
from recsys_core.quality.ordering import NEIGHBORS, Ordering, ordering_of, ordering_of_places
from recsys_core.runs.taste import taste_of_split
from recsys_core.settings.presets import find_preset
from recsys_core.training.fit import fit

MOST_RATED = 100


@dataclass(frozen=True)
class Trial:
    """One training, and the vectors that one looks at."""

    mse: float
    seconds: float
    split: Split
    vectors: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        return np.flatnonzero(self.split.movies["n_train_ratings"].to_numpy() >= MIN_RATINGS)


def train(preset: str, data: str | None, seed: int) -> tuple[Trial, Trial]:
    """The same training twice: era and popularity left in, and taken out."""
    config = dataclasses.replace(find_preset(preset).config, seed=seed, snapshots=0)
    split = split_ratings(load_ratings(data), config)
    began = time.perf_counter()
    trained = fit(split, config)
    seconds = time.perf_counter() - began
    mse = float(trained.history.set_index("epoch").loc[trained.kept_epoch, "val_mse"])
    left_in = Trial(mse, seconds, split, trained.movie_vectors)
    return left_in, dataclasses.replace(left_in, vectors=taste_of_split(split, trained.movie_vectors).vectors)


def in_space(trial: Trial) -> tuple[Ordering, float, float]:
    """The ordering of the neighbors, their genre overlap among the most rated movies, and their hubness."""
    movies = trial.split.movies.iloc[trial.rows].reset_index(drop=True)
    lists = measures.cosine_neighbors(trial.vectors[trial.rows], NEIGHBORS)
    genres = measures.genre_matrix(movies["genres"].tolist())
    most_rated = np.argsort(-movies["n_train_ratings"].to_numpy(), kind="stable")[:MOST_RATED]
    top = float(measures.genre_overlap(lists, genres)[most_rated].mean())
    return ordering_of(lists, movies), top, measures.hubness(lists)


def in_the_plane(trial: Trial) -> tuple[Ordering, float]:
    """The ordering of the places, and the map's trustworthiness."""
    vectors = trial.vectors[trial.rows]
    places = project(vectors, ProjectionSpec()).coordinates
    ordering = ordering_of_places(places, trial.split.movies.iloc[trial.rows])
    assert ordering is not None
    return ordering, measure_faithfulness(vectors, places).trustworthiness


def stability(trials: list[Trial]) -> float:
    """Over the movies that have enough training ratings in every trial."""
    known = [trial.split.movies["movie_id"].iloc[trial.rows] for trial in trials]
    shared = np.array(sorted(set(known[0]).intersection(*known[1:])))
    lists = [
        measures.cosine_neighbors(trial.vectors[np.searchsorted(trial.split.movies["movie_id"], shared)], NEIGHBORS)
        for trial in trials
    ]
    return float(measures.stability(lists).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="*", metavar="PRESET", default=["default"], help="default: %(default)s")
    parser.add_argument("--data", help="MovieLens folder or zip (default: the built-in ratings)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options = parser.parse_args()
    report = Report(
        "taste",
        f"Taste, not era: {options.data or 'built-in data'}, seeds {', '.join(map(str, options.seeds))}",
        [
            "preset", "era and popularity", "validation MSE", "genre overlap", f"of the {MOST_RATED} most rated",
            "stability", "hubness", "rating time R²", "plane: genre overlap", "plane: rating time R²",
            "plane: release year R²", "plane: popularity R²", "plane: trustworthiness", "seconds",
        ],
    )  # fmt: skip
    for preset in options.presets:
        pairs = [train(preset, options.data, seed) for seed in options.seeds]
        for side, trials in zip(("left in", "taken out"), zip(*pairs, strict=True), strict=True):
            space, planes = [in_space(trial) for trial in trials], [in_the_plane(trial) for trial in trials]

            def mean(values: list[float], digits: int = 3) -> str:
                return f"{np.mean(values):.{digits}f}"

            report.add(
                preset,
                side,
                mean([trial.mse for trial in trials]),
                mean([ordering.genres for ordering, _, _ in space]),
                mean([top for _, top, _ in space]),
                f"{stability(list(trials)):.3f}",
                mean([hubness for _, _, hubness in space], 2),
                mean([ordering.rating_time for ordering, _, _ in space], 2),
                mean([ordering.genres for ordering, _ in planes]),
                mean([ordering.rating_time for ordering, _ in planes], 2),
                mean([ordering.release_year for ordering, _ in planes], 2),
                mean([ordering.popularity for ordering, _ in planes], 2),
                mean([trust for _, trust in planes]),
                f"{trials[-1].seconds:.1f}",
            )
    report.note(
        "Means over the seeds, each with its own split, weights and order. Seconds are those of the last training, its "
        "loop compiled before. The weights kept are those of the epoch with the lowest validation MSE, which flatters "
        "that figure a little."
    )
    report.write()


if __name__ == "__main__":
    main()
