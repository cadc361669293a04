"""Many runs at a glance: found by what they say, put together by a setting, and told what is typical of each group."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev

from recsys_core.quality.facts import RunFacts
from recsys_core.settings.shown import Shown, differing, title_of

SEED = "seed"
"""Grouped by it, runs are together that differ by nothing else."""
FIGURES = ("val_mse", "val_mae", "against_biases", "genre_overlap", "stability", "seconds")


@dataclass(frozen=True)
class Group:
    """Runs that belong together."""

    label: str
    runs: tuple[RunFacts, ...] = field(repr=False)

    @property
    def best(self) -> RunFacts:
        """The run with the lowest validation MSE; the first one where nobody measured it."""
        return best_of(self.runs) or self.runs[0]

    def mean(self, figure: str) -> float:
        """Over the runs of which one of `FIGURES` is known; NaN if it is of none."""
        known = self._known(figure)
        return fmean(known) if known else math.nan

    def spread(self, figure: str) -> float:
        """Standard deviation between runs (n − 1); NaN for fewer than two."""
        known = self._known(figure)
        return stdev(known) if len(known) > 1 else math.nan

    def _known(self, figure: str) -> list[float]:
        values = [getattr(run, figure) for run in self.runs]
        return [value for value in values if math.isfinite(value)]


def best_of(runs: Iterable[RunFacts]) -> RunFacts | None:
    """The run with the lowest validation MSE."""
    measured = [run for run in runs if math.isfinite(run.val_mse)]
    return min(measured, key=lambda run: run.val_mse, default=None)


def differing_settings(runs: Iterable[RunFacts]) -> list[str]:
    """Names of the settings in which sound runs differ."""
    return differing(run.settings for run in runs if not run.is_damaged)


def matching(
    runs: Iterable[RunFacts], text: str = "", values: Mapping[str, Collection[Shown]] | None = None
) -> list[RunFacts]:
    """The runs that have every word of `text` in name, note, data, status or settings ("size 16", "adam"), numbers
    whole, and whose setting is among the `values` of each name of a setting that has any.
    """
    words = text.casefold().split()
    wanted = {name: set(chosen) for name, chosen in (values or {}).items() if chosen}
    return [
        run
        for run in runs
        if all(run.settings.get(name) in chosen for name, chosen in wanted.items()) and (not words or _has(run, words))
    ]


def grouped(runs: Sequence[RunFacts], by: str) -> list[Group]:
    """Groups of the sound ones of `runs` that share the value of the setting `by`, in the order of their first runs.

    By `SEED`, those that differ by nothing else: the same settings on the same ratings.
    """
    groups: dict[object, list[RunFacts]] = {}
    for run in runs:
        if run.is_read and not run.is_damaged:
            groups.setdefault(_repeats(run) if by == SEED else run.settings.get(by, "–"), []).append(run)
    return [
        Group(found[0].settings_name if by == SEED else f"{title_of(by)} {value}", tuple(found))
        for value, found in groups.items()
    ]


def next_seeds(run: RunFacts, runs: Iterable[RunFacts], count: int) -> list[int]:
    """`count` seeds that no run with the settings of `run` has, the smallest first from that of `run` on."""
    taken = {other.settings.get(SEED) for other in runs if not other.is_damaged and _repeats(other) == _repeats(run)}
    first = int(run.settings.get(SEED, 0))
    free = (seed for seed in range(first + 1, first + 2 + count + len(taken)) if seed not in taken)
    return [seed for _, seed in zip(range(count), free, strict=False)]


def _repeats(run: RunFacts) -> tuple[object, ...]:
    """What runs have in common that differ by their seed alone."""
    rest = tuple(sorted((name, value) for name, value in run.settings.items() if name != SEED))
    return (run.fingerprint, run.data, run.settings_name, rest)


def _has(run: RunFacts, words: list[str]) -> bool:
    said = [run.label, run.name, run.note, run.data, run.status, "damaged" if run.is_damaged else ""]
    said += [f"{title_of(name)} {value}" for name, value in run.settings.items()]
    text = "\n".join(said).casefold()
    # A number is one of its own: 16 is not part of 160.
    return all(
        re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", text) if word[0].isdigit() else word in text
        for word in words
    )
