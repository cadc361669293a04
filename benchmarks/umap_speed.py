"""UMAP of all movies: ours against umap-learn's defaults with the same seed, the first time in a process and warm.

    python benchmarks/umap_speed.py [--run-dir DIR] [--repeats 3]

Prints seconds (median), the ratio, and the trustworthiness of both pictures. The first time is measured in a process of
its own and without the imports, which both need.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from recsys_core.maps.faithfulness import measure_faithfulness
from recsys_core.maps.projection import ProjectionSpec, project
from recsys_core.maps.umap import import_umap
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run

SEED = 0


def ours(vectors: np.ndarray) -> np.ndarray:
    # As many neighbors as umap-learn takes by default.
    return project(vectors, ProjectionSpec(seed=SEED, n_neighbors=15)).coordinates


def defaults(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(import_umap().UMAP(metric="cosine", random_state=SEED, n_jobs=1).fit_transform(vectors))


METHODS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"umap-learn's defaults": defaults, "ours": ours}


def measure(name: str, run_dir: Path, repeats: int) -> dict:
    vectors = np.array(open_run(run_dir).movie_vectors)
    started = time.perf_counter()
    import_umap()
    seconds = [time.perf_counter() - started]
    coordinates = vectors
    for _ in range(repeats + 1):
        started = time.perf_counter()
        coordinates = METHODS[name](vectors)
        seconds.append(time.perf_counter() - started)
    faithful = measure_faithfulness(vectors, coordinates)
    return {
        "import": seconds[0],
        "first": seconds[1],
        "warm": statistics.median(seconds[2:]),
        "trustworthiness": faithful.trustworthiness,
        "neighbors_kept": faithful.neighbors_kept,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run-dir", type=Path, default=EXAMPLE_RUN_DIR)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=METHODS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(measure(arguments.only, arguments.run_dir, arguments.repeats)))
        return
    results = {}
    for name in METHODS:
        command = [sys.executable, "-W", "ignore", __file__, "--only", name]
        command += ["--run-dir", str(arguments.run_dir), "--repeats", str(arguments.repeats)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        results[name] = json.loads(done.stdout.splitlines()[-1])
    print(f"{'':24}{'import':>9}{'first':>9}{'warm':>9}{'trustworthiness':>18}{'neighbors kept':>17}")
    for name, one in results.items():
        times = "".join(f"{one[column]:7.2f} s" for column in ("import", "first", "warm"))
        print(f"{name:24}{times}{one['trustworthiness']:18.4f}{one['neighbors_kept']:17.3f}")
    theirs, our = (results[name] for name in METHODS)
    print(f"{'ratio':24}{'':9}{theirs['first'] / our['first']:8.1f}×{theirs['warm'] / our['warm']:8.1f}×")


if __name__ == "__main__":
    main()
