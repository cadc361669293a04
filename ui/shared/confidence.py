"""How sure a neighbor is, as a badge: in how many trainings it is one, or that too few ratings stand behind it."""

from __future__ import annotations

import numpy as np

from recsys_core.explore.evidence import MIN_RATINGS, has_few_ratings
from recsys_core.quality.report import KEPT_NEIGHBORS, cached_report, neighbor_confidence
from recsys_core.runs.run import Run
from ui.components.movie_list import Badge

FEW_RATINGS = Badge(
    "few ratings", "weak", f"Fewer than {MIN_RATINGS} training ratings stand behind its vector: mostly chance."
)


def neighbor_badges(run: Run, row: int, neighbors: np.ndarray, k: int) -> list[Badge | None]:
    """A badge for each of `neighbors` (rows of the run), from a list of the `k` nearest to `row` by cosine.

    None for a neighbor of which nothing is known: the stability is not measured, or `row` has few ratings itself.
    """
    report = cached_report(run)
    n_seeds = len(report.seeds) if report is not None else 0
    k = min(k, KEPT_NEIGHBORS)
    confidence = neighbor_confidence(run, row, neighbors, k)

    def badge(is_rare: bool, share: float) -> Badge | None:
        if is_rare:
            return FEW_RATINGS
        if np.isnan(share) or n_seeds < 2:
            return None
        n_listed = round(share * n_seeds)
        return Badge(
            f"{n_listed} of {n_seeds} seeds",
            "strong" if n_listed == n_seeds else "some",
            f"Among the {k} nearest in {n_listed} of {n_seeds} trainings that differ by their seed alone.",
        )

    return [badge(*each) for each in zip(has_few_ratings(run.movies)[neighbors], confidence, strict=True)]
