"""`make bench`: every benchmark that needs nothing but the app's own environment, one after the other."""

import subprocess
import sys

MODULES = (
    "training",
    "schedules",
    "threads",
    "scale",
    "own_data",
    "growth",
    "quality",
    "taste",
    "parts",
    "choice",
    "beside",
    "sessions",
    "recommend",
    "umap_speed",
    "map_speed",
    "first_point",
    "start",
    "page_changes",
    "visitors",
    "memory",
    "neighbors",
    "many_runs",
    "sweeps",
)

if __name__ == "__main__":
    for module in MODULES:
        print(f"\n== {module}", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{module}"], check=True)
