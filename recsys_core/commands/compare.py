"""The command `compare RUN RUN [--json]`: what differs between two runs, and whether it is more than noise."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from recsys_core.compare.differing import differing
from recsys_core.compare.figures import FIGURES, SETTINGS, figures_of
from recsys_core.compare.neighbors import NeighborComparison, check_length, compare_neighbors
from recsys_core.errors import QueryError
from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.explore.labels import title_labels
from recsys_core.quality.report import NEIGHBORS
from recsys_core.runs.damage import check_run
from recsys_core.runs.run import Run
from recsys_core.runs.store import find_run, open_run


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("compare", help="what differs between two runs, and whether it is more than noise")
    parser.add_argument("first", metavar="RUN", help="folder of a saved run, or its name among the app's runs")
    parser.add_argument("second", metavar="RUN", help="the run to hold against it")
    parser.add_argument("-k", type=int, default=NEIGHBORS, help="length of neighbor lists (default: %(default)s)")
    parser.add_argument("--top", type=int, default=5, help="movies named at each end (default: %(default)s)")
    parser.add_argument(
        "--min-ratings", type=int, default=MIN_RATINGS, help="name no rarer movies (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_compare)


def _compare(options: argparse.Namespace) -> None:
    if options.top < 1:
        raise QueryError(f"`top` must be at least 1. Received: {options.top}.")
    check_length(options.k)
    runs = _run(options.first), _run(options.second)
    try:
        comparison, reason = compare_neighbors(*runs, k=options.k), ""
    except QueryError as error:
        if not options.k >= 1:
            raise
        # Settings and figures can be compared all the same.
        comparison, reason = None, str(error)
    if options.json:
        print(json.dumps(_plain(runs, comparison, reason, options), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(runs, comparison, reason, options)))


def _run(name: str) -> Run:
    """By folder, else by its name where the app keeps its runs. Raises `RunError`."""
    return open_run(name) if Path(name).is_dir() else check_run(find_run(name))


def _plain(
    runs: tuple[Run, Run], comparison: NeighborComparison | None, reason: str, options: argparse.Namespace
) -> dict[str, Any]:
    values = [figures_of(run) for run in runs]
    neighbors: dict[str, Any] = {"reason": reason}
    if comparison is not None:
        changed, stable = comparison.extremes(options.top, options.min_ratings)
        neighbors = {
            "k": comparison.k,
            "n_movies": len(comparison.shared),
            "mean_overlap": comparison.mean_overlap,
            "mean_staying": float(comparison.n_staying.mean()),
            "overlap_of_two_seeds": comparison.noise.by_run(),
            "verdict": comparison.verdict,
            "share_beyond_noise": _known(comparison.share_beyond_noise),
            "most_changed": _movies(changed),
            "most_stable": _movies(stable),
        }
    return {
        "runs": [run.name for run in runs],
        "settings": {each.name: list(each.values) for each in differing(runs)},
        "figures": {
            figure.name: [_known(value[figure.name]) for value in values]
            for figure in FIGURES
            if figure.group != SETTINGS
        },
        "neighbors": neighbors,
    }


def _lines(
    runs: tuple[Run, Run], comparison: NeighborComparison | None, reason: str, options: argparse.Namespace
) -> list[str]:
    lines = [f"{letter}: {run.label} ({run.name})" for letter, run in zip("AB", runs, strict=True)]
    found = differing(runs)
    lines += ["", "What differs:", *(f"  {each}" for each in found)] if found else ["", "The settings are the same."]
    lines += ["", f"{'':24}{'A':>12}{'B':>12}"]
    values = [figures_of(run) for run in runs]
    for figure in FIGURES:
        pair = [figure.text(value[figure.name]) for value in values]
        if figure.group != SETTINGS and pair != ["–", "–"]:
            lines.append(f"{figure.title:24}{pair[0]:>12}{pair[1]:>12}")
    lines.append("")
    if comparison is None:
        return [*lines, reason]
    lines.append(
        f"Neighbors of {len(comparison.shared):,} movies: {comparison.n_staying.mean():.1f} of {comparison.k} stay, "
        f"overlap {comparison.mean_overlap:.2f} (Jaccard)."
    )
    lines.append(noise_line(comparison, {run.name: letter for letter, run in zip("AB", runs, strict=True)}))
    for title, movies in zip(
        ("Most changed:", "Most stable:"), comparison.extremes(options.top, options.min_ratings), strict=True
    ):
        lines += ["", title]
        for label, movie in zip(title_labels(movies), movies.to_dict("records"), strict=True):
            noise = (
                "" if math.isnan(movie["noise"]) else f", overlap {movie['overlap']:.2f}, of seeds {movie['noise']:.2f}"
            )
            lines.append(
                f"{movie['n_staying']:4} of {comparison.k} stay  {label}  {movie['n_ratings']:,} ratings{noise}"
            )
    return lines


def noise_line(comparison: NeighborComparison, names: dict[str, str]) -> str:
    """The verdict as a sentence, and what it rests on."""
    if comparison.verdict == "not known":
        return (
            "Whether that is more than noise is not known: measure either run's stability with "
            "python -m recsys_core quality --run-dir DIR."
        )
    seeds = ", ".join(f"of {names[name]} {overlap:.2f}" for name, overlap in comparison.noise.by_run().items())
    return (
        f"Two seeds of the same settings: {seeds}. So this is {comparison.verdict}. "
        f"{comparison.share_beyond_noise:.0%} of the movies changed more than between any two seeds "
        f"({comparison.noise.share_by_chance:.0%} would by chance)."
    )


def _movies(table: pd.DataFrame) -> list[dict]:
    columns = ["movie_id", "title", "year", "n_ratings", "n_staying", "overlap", "noise", "is_beyond_noise"]
    return json.loads(table[columns].to_json(orient="records"))


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
