"""A movie's exact neighbors: `MovieEmbeddings.neighbors` against scikit-learn's brute force, on the example run.

python -m benchmarks.neighbors
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from sklearn.neighbors import NearestNeighbors

from benchmarks.report import Report
from recsys_core.explore.embeddings import METRICS, MovieEmbeddings
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run

QUERIES = 200


def milliseconds(query: Callable[[int], object], rows: np.ndarray) -> float:
    seconds = []
    for row in rows:
        begun = time.perf_counter()
        query(int(row))
        seconds.append(time.perf_counter() - begun)
    return 1000 * statistics.median(seconds)


def main() -> None:
    embeddings = MovieEmbeddings.from_run(open_run(EXAMPLE_RUN_DIR))
    rows = np.random.default_rng(0).choice(len(embeddings.vectors), QUERIES, replace=False)
    report = Report("neighbors", "Ten nearest of 9,066 movies, ms a query", ["metric", "ours", "scikit-learn", "ratio"])
    for metric in METRICS:
        ours = milliseconds(lambda row, metric=metric: embeddings.neighbors(row, k=10, metric=metric), rows)
        if metric == "dot":
            report.add(metric, f"{ours:.2f}", "–", "–")
            continue
        search = NearestNeighbors(n_neighbors=11, metric=metric, algorithm="brute").fit(embeddings.vectors)
        theirs = milliseconds(lambda row, search=search: search.kneighbors(embeddings.vectors[row : row + 1]), rows)
        report.add(metric, f"{ours:.2f}", f"{theirs:.2f}", f"{theirs / ours:.1f}")
    report.write()


if __name__ == "__main__":
    main()
