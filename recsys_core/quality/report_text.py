"""The quality report on a terminal: the command `quality`, the report as a table, and as one line."""

from __future__ import annotations

import argparse
import json
import sys

from recsys_core.errors import QueryError
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.quality.judged import agreement
from recsys_core.quality.judged.reading import read_judgements
from recsys_core.quality.measuring import quality_report
from recsys_core.quality.report import (
    ALL,
    ITEM_COSINE,
    MEASURES,
    RANDOM,
    RUN,
    QualityReport,
)
from recsys_core.runs.store import open_run


def run_quality(options: argparse.Namespace) -> None:
    """The command `quality --run-dir DIR [--json] [--seeds 3] [--judgements FILE]`.

    Says on a terminal's standard error what it is at.
    """
    if options.seeds < 1:
        raise QueryError(f"`seeds` must be at least 1. Received: {options.seeds}")
    run = open_run(options.run_dir)
    if options.judgements is not None:
        outcome = agreement.judge(run, MovieEmbeddings.from_run(run), read_judgements(options.judgements))
        print(
            json.dumps(outcome.to_dict(), indent=2, ensure_ascii=False)
            if options.json
            else agreement.as_text(run.label, outcome)
        )
        return

    def tell(fraction: float, message: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[K{f'{message} {fraction:.0%}' if fraction < 1 else ''}", end="", file=sys.stderr, flush=True)

    report = quality_report(run, n_seeds=options.seeds, on_progress=tell)
    print(json.dumps(report.to_dict(), indent=2) if options.json else as_text(run.label, report))


def as_text(label: str, report: QualityReport) -> str:
    """The report as a table for a terminal."""
    among = f"{report.n_movies:,} movies with {MIN_RATINGS} training ratings or more"
    seeds = ", ".join(map(str, report.seeds))
    about = (
        f"neighbors among {among}, seeds {seeds}" if report.has_neighbors else f"{among}, too few to judge neighbors"
    )
    lines = [f"{label}: {about}", ""]
    for measure in MEASURES:
        rows = report.figures[report.figures["measure"] == measure.name]
        for band, figures in rows.groupby("band", sort=False):
            name = measure.title if band == ALL else f"  {band} ratings"
            shown = zip(figures["source"], figures["value"], strict=True)
            values = "   ".join(f"{source} {_short(value)}" for source, value in shown)
            lines.append(f"{name:24}{values}")
    return "\n".join(lines)


def one_line(report: QualityReport) -> str:
    """What its neighbors are worth, in a sentence."""
    if not report.has_neighbors:
        return f"Movies with {MIN_RATINGS} training ratings: {report.n_movies}, too few to judge neighbors."
    overlap, cosine, random = (_short(report.value("genre_overlap", source)) for source in (RUN, ITEM_COSINE, RANDOM))
    return f"Genre overlap of its neighbors {overlap} (item-item cosine {cosine}, random {random})."


def _short(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.0f}"
