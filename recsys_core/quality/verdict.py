"""A run in one sentence, the same on every page: claims from its figures, each with the figures behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.quality.report import ITEM_COSINE, NEIGHBORS, RANDOM, RUN, cached_figures
from recsys_core.runs.run import Run

_NO_BETTER = 0.05
"""Shares that are nearer to each other are called the same."""


@dataclass(frozen=True)
class Claim:
    """A part of the sentence."""

    text: str
    """Such as "beats guessing by 38%"; it goes on from the run's name."""
    behind: str
    """What its words mean, and the figures, in a sentence or two."""


def claims_about(run: Run) -> tuple[Claim, ...]:
    """What the figures that are known of `run` say: its predictions, then its neighbors. Raises `RunError`."""
    figures = cached_figures(run)
    claims = [_about_predictions(run)]
    if ("genre_overlap", RUN) in figures:
        claims += [_about_genres(*(figures.get(("genre_overlap", of), math.nan) for of in (RUN, RANDOM, ITEM_COSINE)))]
        claims += [_about_stability(figures.get(("stability", RUN), math.nan))]
    return tuple(claim for claim in claims if claim is not None)


def as_sentence(name: str, claims: Sequence[Claim]) -> str:
    """The claims about the run called `name`, as one sentence; empty for none."""
    return f"{name} {'; '.join(claim.text for claim in claims)}." if claims else ""


def _about_predictions(run: Run) -> Claim | None:
    history, guessing = run.history, run.info.baselines.mean_mse
    kept = history.loc[history["epoch"] == run.info.kept_epoch, "val_mse"]
    mse = float(kept.iloc[0]) if len(kept) else math.nan
    if not (math.isfinite(mse) and math.isfinite(guessing) and guessing > 0) or run.info.status == "diverged":
        return None
    gain = 1 - mse / guessing
    said = f"{'beats' if gain >= 0 else 'does worse than'} guessing by {abs(gain):.0%}"
    return Claim(
        said if abs(gain) >= 0.005 else "is no better than guessing",
        f"On ratings it has not seen, its mean squared error (MSE) is {mse:.3f}. Guessing the mean of all ratings "
        f"every time has {guessing:.3f}, damped biases {run.info.baselines.bias_mse:.3f}.",
    )


def _about_genres(overlap: float, random: float, item_cosine: float) -> Claim | None:
    if not (overlap >= 0 and random > 0):
        return None
    ratio = overlap / random
    if ratio < 1 + _NO_BETTER:
        said = "its neighbors share genres no more than random ones"
    elif abs(ratio - 2) < _NO_BETTER:
        said = "its neighbors share genres twice as much as random ones"
    else:
        said = f"its neighbors share genres {ratio:.1f} times as much as random ones"
    beside = f", by plain item-item cosine {item_cosine:.3f}" if math.isfinite(item_cosine) else ""
    return Claim(
        said,
        f"Of the genres of a movie and its {NEIGHBORS} nearest, {overlap:.3f} are shared (Jaccard index, over movies "
        f"with {MIN_RATINGS} training ratings); of random movies' {random:.3f}{beside}. No genre was seen in training.",
    )


def _about_stability(stability: float) -> Claim | None:
    if not math.isfinite(stability):
        return None
    return Claim(
        f"{stability:.0%} of them stay from another seed",
        "Stability: trained again from other random numbers and another split, so many of the "
        f"{NEIGHBORS} nearest are the same. What changes is chance.",
    )
