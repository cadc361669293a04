"""What one looks at: the preset's vectors with era and popularity taken out, in their space and in the plane.

    python -m benchmarks.taste [PRESET …] [--data FOLDER] [--seeds 0 1 2]

Measures as in docs/quality.md, over movies with 20 training ratings and their ten neighbors, each for the vectors as
trained ("left in") and with era and popularity taken out; the plane is UMAP of the same movies.
"""

from __future__ import annotations

import argparse

import numpy as np

from benchmarks.report import Report
from benchmarks.trials import Trial, stability, taken_out, train
from recsys_core.maps.faithfulness import measure_faithfulness
from recsys_core.maps.projection import ProjectionSpec, project
from recsys_core.quality import measures
from recsys_core.quality.ordering import Ordering, ordering_of, ordering_of_places

MOST_RATED = 100


def in_space(trial: Trial) -> tuple[Ordering, float, float]:
    """The ordering of the neighbors, their genre overlap among the most rated movies, and their hubness."""
    movies = trial.split.movies.iloc[trial.rows].reset_index(drop=True)
    lists = trial.lists
    genres = measures.genre_matrix(movies["genres"].tolist())
    most_rated = np.argsort(-movies["n_train_ratings"].to_numpy(), kind="stable")[:MOST_RATED]
    top = float(measures.genre_overlap(lists, genres)[most_rated].mean())
    return ordering_of(lists, movies), top, measures.hubness(lists)


def in_the_plane(trial: Trial, spec: ProjectionSpec | None = None) -> tuple[Ordering, float]:
    """The ordering of the places, and the map's trustworthiness. spec: the app's first map if it is None."""
    vectors = trial.vectors[trial.rows]
    places = project(vectors, spec or ProjectionSpec()).coordinates
    ordering = ordering_of_places(places, trial.split.movies.iloc[trial.rows])
    assert ordering is not None
    return ordering, measure_faithfulness(vectors, places).trustworthiness


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
        trained = [train(preset, seed, options.data) for seed in options.seeds]
        for side, trials in (("left in", trained), ("taken out", [taken_out(trial) for trial in trained])):
            space, planes = [in_space(trial) for trial in trials], [in_the_plane(trial) for trial in trials]

            def mean(values: list[float], digits: int = 3) -> str:
                return f"{np.mean(values):.{digits}f}"

            report.add(
                preset,
                side,
                mean([trial.mse for trial in trials]),
                mean([ordering.genres for ordering, _, _ in space]),
                mean([top for _, top, _ in space]),
                f"{stability(trials):.3f}",
                mean([hubness for _, _, hubness in space], 2),
                mean([ordering.rating_time for ordering, _, _ in space], 2),
                mean([ordering.genres for ordering, _ in planes]),
                mean([ordering.rating_time for ordering, _ in planes], 2),
                mean([ordering.release_year for ordering, _ in planes], 2),
                mean([ordering.popularity for ordering, _ in planes], 2),
                mean([trust for _, trust in planes]),
                f"{min(trial.seconds for trial in trials):.1f}",
            )
    report.note(
        "Means over the seeds, each with its own split, weights and order. Seconds are those of the quickest training, "
        "its loop compiled before. Of presets that keep their last epoch, as our own do, no epoch was chosen by the "
        "validation ratings."
    )
    report.write()


if __name__ == "__main__":
    main()
