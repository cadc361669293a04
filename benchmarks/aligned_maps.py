"""Two runs on two maps: drawn apart and turned onto each other, against a second map that starts from the first.

For two seeds of the same settings, and for two sizes of embeddings: how far the two pictures agree, and what the second
one is worth by itself. A start that bought agreement with faithfulness would show what is not there.

python -m benchmarks.aligned_maps
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.report import Report
from recsys_core.compare.maps import draw_pair
from recsys_core.compare.movies import shared_movies
from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import split_ratings
from recsys_core.maps.alignment import agreement
from recsys_core.maps.faithfulness import measure_faithfulness
from recsys_core.maps.projection import ProjectionSpec, looked_at, project_run
from recsys_core.runs.run import Run
from recsys_core.runs.writer import train
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import with_values

CHANGES = {"another seed": {"seed": 1}, "size 16": {"embedding_size": 16}}
MIN_RATINGS = 20


def worth(run: Run, spec: ProjectionSpec, rows, places) -> tuple[str, str]:
    measured = measure_faithfulness(looked_at(run, spec)[rows], places)
    return f"{measured.trustworthiness:.3f}", f"{measured.neighbors_kept:.3f}"


def main() -> None:
    config = PRESETS["default"].config
    ratings = load_ratings()
    columns = ["method", "second run", "second map", "agreement", "trustworthiness", "true neighbors kept"]
    report = Report("aligned_maps", "Two runs on two maps", columns)
    with tempfile.TemporaryDirectory() as folder:
        first = train(split_ratings(ratings, config), config, Path(folder) / "first")
        for change, values in CHANGES.items():
            changed = with_values(config, values)
            second = train(split_ratings(ratings, changed), changed, Path(folder) / change.replace(" ", "-"))
            for method in ("umap", "tsne", "pca"):
                spec = ProjectionSpec(method=method, min_ratings=MIN_RATINGS)
                one, apart = project_run(first, spec), project_run(second, spec)
                both = shared_movies(first.movies.iloc[one.rows], second.movies.iloc[apart.rows])
                places = [each.coordinates[rows] for each, rows in zip((one, apart), both.rows, strict=True)]
                rows = apart.rows[both.rows[1]]
                turned = f"{agreement(places[1], places[0]):.3f}"
                report.add(method, change, "drawn apart, turned", turned, *worth(second, spec, rows, places[1]))
                if method != "pca":
                    pair = draw_pair(first, second, spec)
                    how = worth(second, spec, pair.shared.rows[1], pair.places[1])
                    report.add(method, change, "started from the first", f"{pair.agreement:.3f}", *how)
    report.write()


if __name__ == "__main__":
    main()
