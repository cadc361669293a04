"""Which genres have a place on the first map of a run, and how far it is theirs.

    python -m benchmarks.places [RUN_FOLDER]

The map is the one that a visitor sees first: UMAP of the movies with 20 ratings or more. The share is that of a movie
at the best place of the genre and its nearest on the map.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.report import Report
from recsys_core.maps.projection import first_map, project_run
from recsys_core.maps.regions import AROUND, regions
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="?", type=Path, default=EXAMPLE_RUN_DIR, help="default: the example run")
    run = open_run(parser.parse_args().run)
    projection = project_run(run, first_map(run))
    report = Report(
        "places",
        f"Places of genres on the first map: {run.label}",
        ["place", "two films there", f"share among it and its {AROUND} nearest", "of all movies of the map"],
    )
    for region in regions(projection.coordinates, run.movies.iloc[projection.rows]):
        report.add(region.name, region.known, f"{region.share:.0%}", f"{region.share / region.lift:.1%}")
    report.write()


if __name__ == "__main__":
    main()
