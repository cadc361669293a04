"""What exploring costs at 10⁵ and 10⁶ movies: exact neighbors, the tables that a map sends, and a picture instead.

    python -m benchmarks.many_movies

Synthetic vectors of size 50 in clusters; each size in a process of its own, for its memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time

import numpy as np
import pandas as pd

from benchmarks.report import Report

SIZES = (10_000, 100_000, 1_000_000)
SIZE = 50
QUERIES = 20
ROWS_TIMED = 200
"""Of all lists of neighbors so many are made, and the rest is reckoned from them."""
BINS = 1_024
"""A side of the picture of where movies lie dense."""


def made_up(n: int) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Vectors, places on a map, and the movies."""
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(300, SIZE)).astype(np.float32)
    cluster = rng.integers(300, size=n)
    vectors = centers[cluster] + 0.5 * rng.standard_normal((n, SIZE), np.float32)
    places = (centers[cluster, :2] * 3 + rng.normal(size=(n, 2))).astype(np.float32)
    words = np.array(["Night", "River", "Garden", "Winter", "Letters", "Station", "Return", "Island"])
    picked = words[rng.integers(len(words), size=(3, n))]
    titles = [f"{first} of the {second} {third}" for first, second, third in picked.T]
    movies = pd.DataFrame(
        {
            "movie_id": np.arange(1, n + 1),
            "title": titles,
            "year": rng.integers(1920, 2024, n).astype(np.float64),
            "genres": np.array(["Drama", "Comedy|Romance", "Action|Sci-Fi", ""])[rng.integers(4, size=n)],
            "n_ratings": rng.zipf(1.5, n).clip(1, 100_000),
            "mean_rating": rng.uniform(1, 5, n),
            "bias": rng.normal(size=n),
        }
    )
    return vectors, places, movies


def measure(n: int) -> dict[str, float]:
    from recsys_core.explore.nearest import nearest_rows, unit_rows
    from ui.components.map.points import MapPoints

    vectors, places, movies = made_up(n)
    points = unit_rows(vectors)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = np.random.default_rng(1).choice(n, QUERIES, replace=False)
    seconds = []
    for row in rows:
        begun = time.perf_counter()
        nearest_rows(points, 10, euclidean=False, rows=np.array([row]))
        seconds.append(time.perf_counter() - begun)
    some = np.random.default_rng(2).choice(n, min(ROWS_TIMED, n), replace=False)
    begun = time.perf_counter()
    nearest_rows(points, 10, euclidean=False, rows=some)
    all_lists = (time.perf_counter() - begun) * n / len(some)
    begun = time.perf_counter()
    shown = MapPoints(movies, places)
    table, coordinates = shown.movie_table, shown.coordinate_table
    packing = time.perf_counter() - begun
    begun = time.perf_counter()
    counts, _, _ = np.histogram2d(places[:, 0], places[:, 1], bins=BINS)
    density = time.perf_counter() - begun
    return {
        "one": 1_000 * statistics.median(seconds),
        "all": all_lists,
        "vectors": vectors.nbytes / 2**20,
        "more": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
        "movies": table.columns.nbytes / 2**20,
        "places": coordinates.columns.nbytes / 2**20,
        "packing": packing,
        "density": density,
        "density_mb": np.minimum(counts, 255).astype(np.uint8).nbytes / 2**20,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int)
    size = parser.parse_args().size
    if size:
        print(json.dumps(measure(size)))
        return
    report = Report(
        "many_movies",
        f"Exploring many movies: embedding size {SIZE}, float32",
        [
            "movies", "vectors, MB", "one movie's neighbors, ms", "all lists of 10, s", "more memory for it, MB",
            "map: movies sent once, MB", "map: places, MB", "making these, s", "density picture, s",
        ],
    )  # fmt: skip
    for n in SIZES:
        command = [sys.executable, "-m", "benchmarks.many_movies", "--size", str(n)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found = json.loads(done.stdout.splitlines()[-1])
        report.add(
            f"{n:,}", f"{found['vectors']:.0f}", f"{found['one']:.1f}", f"{found['all']:,.1f}", f"{found['more']:.0f}",
            f"{found['movies']:.1f}", f"{found['places']:.1f}", f"{found['packing']:.2f}", f"{found['density']:.2f}",
        )  # fmt: skip
    report.note(
        f"All lists are reckoned from {ROWS_TIMED:,} of them. A picture of the density is {BINS} × {BINS} pixels, 1 MB "
        "at most, whatever the number of movies."
    )
    report.write()


if __name__ == "__main__":
    main()
