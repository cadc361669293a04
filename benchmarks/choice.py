"""What the default's constants were chosen by: sizes of the vectors, the weight of their axes, neighbors of the map.

    python -m benchmarks.choice [--seeds 10 11 12 13]

`default`, its vectors with era and popularity taken out, measured as in `benchmarks.taste`.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from unittest.mock import patch

import numpy as np

from benchmarks.report import Report
from benchmarks.taste import in_space, in_the_plane
from benchmarks.trials import Trial, stability, taken_out, train
from recsys_core.maps.projection import ProjectionSpec
from recsys_core.runs import taste
from recsys_core.settings.presets import find_preset

SIZES = (128, 160, 192)
WEIGHTS = (0.2, 0.35, 0.6)
NEIGHBORS = (15, 30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[10, 11, 12, 13])
    options = parser.parse_args()
    chosen = find_preset("default").config.movie_embedding_size, taste.WEIGHT_OF_AXES
    assert chosen in [(size, weight) for size in SIZES for weight in WEIGHTS]
    assert ProjectionSpec().n_neighbors in NEIGHBORS
    report = Report(
        "choice",
        f"What the constants of `default` were chosen by: seeds {', '.join(map(str, options.seeds))}",
        [
            "size", "weight of axes", "validation MSE", "genre overlap", "of the 100 most rated", "stability",
            "hubness",
            *(f"plane, {n} neighbors: {what}" for n in NEIGHBORS for what in ("genre overlap", "rating time R²")),
            "seconds",
        ],
    )  # fmt: skip
    for size in SIZES:
        sizes = {"user_embedding_size": size, "movie_embedding_size": size}
        trained = [train("default", seed, **sizes) for seed in options.seeds]
        for weight in WEIGHTS:
            with patch.object(taste, "WEIGHT_OF_AXES", weight):
                report.add(size, weight, *_measured(trained))
    report.note(
        "Means over the seeds; seconds are the median of the trainings but the first, which is compiled. Constants of "
        f"today: {chosen[0]}, {chosen[1]} and {ProjectionSpec().n_neighbors} neighbors."
    )
    report.write()


def _measured(trained: Sequence[Trial]) -> list[str]:
    looked_at = [taken_out(trial) for trial in trained]
    space = [in_space(trial) for trial in looked_at]
    planes = [
        [in_the_plane(trial, dataclasses.replace(ProjectionSpec(), n_neighbors=n))[0] for trial in looked_at]
        for n in NEIGHBORS
    ]
    return [
        f"{np.mean([trial.mse for trial in trained]):.4f}",
        f"{np.mean([ordering.genres for ordering, _, _ in space]):.3f}",
        f"{np.mean([top for _, top, _ in space]):.3f}",
        f"{stability(looked_at):.3f}",
        f"{np.mean([hubness for _, _, hubness in space]):.2f}",
        *(
            text
            for plane in planes
            for text in (
                f"{np.mean([ordering.genres for ordering in plane]):.3f}",
                f"{np.mean([ordering.rating_time for ordering in plane]):.2f}",
            )
        ),
        f"{np.median([trial.seconds for trial in trained[1:]]):.1f}",
    ]


if __name__ == "__main__":
    main()
