"""The noise floor: how much the neighbor lists of two trainings differ that differ by their seed alone.

A change of settings has changed something only where it moved more neighbors than another seed would have moved.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np

from recsys_core.compare.movies import SharedMovies
from recsys_core.quality.measures import list_overlap
from recsys_core.quality.report import seed_lists
from recsys_core.runs.run import Run

LEAST_TOLERANCE = 0.01
"""Overlaps that differ by less are taken for equal, however alike the measured pairs of seeds are."""


@dataclass(frozen=True, eq=False)
class NoiseFloor:
    """Overlaps of the lists of pairs of seeds, over the movies that two runs are compared by."""

    overlaps: np.ndarray = field(repr=False)
    """float64 `(n_pairs, n_movies)`: `list_overlap` of each pair of seeds; NaN where it is not known. May be empty."""
    runs: tuple[str, ...]
    """Name of the run whose seeds each pair is of, `(n_pairs,)`."""

    @property
    def is_measured(self) -> bool:
        """Whether it is known of any movie."""
        return bool(np.isfinite(self.overlaps).any())

    @property
    def means(self) -> np.ndarray:
        """Mean overlap of each pair of seeds, float64 `(n_pairs,)`."""
        return np.array([np.nanmean(pair) if np.isfinite(pair).any() else np.nan for pair in self.overlaps])

    @property
    def mean(self) -> float:
        """Mean overlap of two seeds, of the run whose seeds agree least: two runs can hardly agree more. Else NaN."""
        by_run = self.by_run()
        return min(by_run.values(), default=np.nan)

    def by_run(self) -> dict[str, float]:
        """Mean overlap of two seeds of each run that it is known of."""
        known = {name: self.means[np.array(self.runs) == name] for name in dict.fromkeys(self.runs)}
        return {name: float(np.nanmean(means)) for name, means in known.items() if np.isfinite(means).any()}

    @property
    def of_movie(self) -> np.ndarray:
        """Each movie's mean over the pairs, float64 `(n_movies,)`; NaN where no pair knows it."""
        return _over_pairs(np.nanmean, self.overlaps)

    @property
    def least_of_movie(self) -> np.ndarray:
        """Each movie's lowest overlap of two seeds, float64 `(n_movies,)`; NaN where no pair knows it."""
        return _over_pairs(np.nanmin, self.overlaps)

    @property
    def tolerance(self) -> float:
        """How far the means of pairs of seeds of one run lie apart: what a mean overlap may vary by."""
        spans = [np.ptp(self.means[np.array(self.runs) == name]) for name in self.by_run()]
        return max([LEAST_TOLERANCE, *(float(span) for span in spans if np.isfinite(span))])

    @property
    def share_by_chance(self) -> float:
        """Share of movies expected below `least_of_movie` if nothing but the seed had changed: 1 / (pairs + 1)."""
        return 1 / (len(self.overlaps) + 1)


def noise_floor(first: Run, second: Run, judged: SharedMovies, k: int) -> NoiseFloor:
    """What is known of it, from the lists kept with either run's quality report; nothing is trained here.

    Lists are narrowed to the movies compared, as the two runs' are, so that all are of one kind. Of a movie whose kept
    list is too short for that, nothing is known.
    """
    overlaps, names = [], []
    for run, rows in zip((first, second), judged.rows, strict=True):
        kept = seed_lists(run)
        if kept is None:
            continue
        lists = [_narrowed(one, kept[0], rows, k) for one in kept[1]]
        for one, other in itertools.combinations(lists, 2):
            known = (one >= 0).all(axis=1) & (other >= 0).all(axis=1)
            overlap = np.full(len(rows), np.nan)
            overlap[known] = list_overlap(one[known], other[known])
            overlaps.append(overlap)
            names.append(run.name)
    return NoiseFloor(np.array(overlaps).reshape(len(overlaps), len(judged)), tuple(names))


def _narrowed(lists: np.ndarray, asked: np.ndarray, rows: np.ndarray, k: int) -> np.ndarray:
    """The `k` nearest among `rows`, as positions in `rows`, intp `(len(rows), k)`; -1 where the list does not say.

    lists: `(len(asked), kept)`, rows of the run, nearest first; asked: the rows they are of, ascending.
    """
    position = np.full(max(int(lists.max(initial=0)), int(rows.max(initial=0))) + 1, -1)
    position[rows] = np.arange(len(rows))
    place = np.searchsorted(asked, rows).clip(0, len(asked) - 1)
    found = position[lists[place]]
    is_shared = found >= 0
    rank = np.cumsum(is_shared, axis=1)
    is_known = (asked[place] == rows) & (rank[:, -1] >= k)
    narrowed = np.full((len(rows), k), -1)
    narrowed[is_known] = found[is_known][is_shared[is_known] & (rank[is_known] <= k)].reshape(-1, k)
    return narrowed


def _over_pairs(reduce: object, overlaps: np.ndarray) -> np.ndarray:
    result = np.full(overlaps.shape[1], np.nan)
    known = np.isfinite(overlaps).any(axis=0)
    if known.any():
        result[known] = reduce(overlaps[:, known], axis=0)  # type: ignore[operator]
    return result
