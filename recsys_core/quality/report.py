"""The quality report of a saved run: what it holds, and the copy that is kept in the run's cache."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.errors import RunError
from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.runs.atomic import replacing
from recsys_core.runs.run import Run

NEIGHBORS = 10
MIN_MOVIES = 3 * NEIGHBORS
"""Among fewer movies any list holds a good part of all of them, which says nothing."""
SEEDS = 3
KEPT_NEIGHBORS = 50
"""Length of the neighbor lists that are kept for `neighbor_confidence`."""

REPORT_FILE = "quality.json"
LISTS_FILE = "neighbor_lists.npy"
_VERSION = 3
COLUMNS = ("measure", "band", "source", "value", "n")
"""Of `QualityReport.figures`."""

RUN, RANDOM, ITEM_COSINE, MEAN, BIASES = "run", "random", "item cosine", "training mean", "damped biases"
LEFT_IN = "era left in"
"""The run's vectors as they predict, where era or popularity are taken out of those that are looked at."""
ALL = "all"
"""The band that holds every movie."""


@dataclass(frozen=True)
class Measure:
    """What one measure is called and how to read it."""

    name: str
    title: str
    about: str
    """One sentence for people."""
    better: str
    """"higher", "lower", or "" where neither is better as such."""


MEASURES = (
    Measure("rmse", "Validation RMSE", "Root of the mean squared error on ratings it has not seen, in stars.", "lower"),
    Measure("mae", "Validation MAE", "Mean distance from ratings it has not seen, in stars.", "lower"),
    Measure("genre_overlap", "Genre overlap", "How many of their genres a movie and its 10 neighbors share.", "higher"),
    Measure("co_rated", "Co-rated overlap", "Share of the 10 neighbors that plain item-item cosine lists too.", ""),
    Measure("stability", "Stability", "Share of the 10 neighbors that stay when trained from another seed.", "higher"),
    Measure("hubness", "Hubness", "Skewness of how often movies appear in others' lists; 0 is even.", "lower"),
    Measure(
        "rating_time", "Rating time", "How far the neighbors tell when a movie was rated: R² of their mean.", "lower"
    ),
    Measure("release_year", "Release year", "How far the neighbors tell when a movie came out: R² of their mean.", ""),
    Measure("popularity", "Popularity", "How far the neighbors tell how often a movie was rated: R².", "lower"),
    Measure("dimensions", "Dimensions in use", "Participation ratio of the variances of the vectors' directions.", ""),
)


@dataclass(frozen=True)
class QualityReport:
    """Every figure, with those of the simplest answers to the same question."""

    figures: pd.DataFrame = field(repr=False)
    """A row a figure: measure, band ("all" or as `measures.band_name`), source ("run" or a yardstick), value, n (movies
    or ratings it is over)."""
    n_movies: int
    """Movies with at least `MIN_RATINGS` training ratings."""
    seeds: tuple[int, ...]
    """Seeds behind the stability; one of them alone means it was not measured."""
    seconds: float

    @property
    def has_neighbors(self) -> bool:
        """Whether there are movies enough to judge neighbors; if not, there are figures about predictions alone."""
        return self.n_movies >= MIN_MOVIES

    def value(self, measure: str, source: str = RUN, band: str = ALL) -> float:
        """One figure, NaN if it was not measured."""
        return self._values.get((measure, source, band), math.nan)

    @cached_property
    def _values(self) -> dict[tuple[str, str, str], float]:
        columns = (self.figures[name].tolist() for name in ("measure", "source", "band", "value"))
        rows = [*zip(*columns, strict=True)]
        # Of several, the first counts.
        return {(measure, source, band): float(value) for measure, source, band, value in reversed(rows)}

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; NaN becomes null."""
        records = self.figures.astype(object).where(self.figures.notna(), None).to_dict("records")
        return {
            "version": _VERSION,
            "neighbors": NEIGHBORS,
            "min_ratings": MIN_RATINGS,
            "n_movies": self.n_movies,
            "seeds": list(self.seeds),
            "seconds": round(self.seconds, 2),
            "figures": records,
        }


def can_train_again(run: Run) -> bool:
    """Whether the run's settings say how to repeat it: not where it went on from another run, or was stopped early."""
    info = run.info
    return info.status == "finished" and info.continued_from is None and info.started_from is None


def cached_report(run: Run) -> QualityReport | None:
    """The report kept with the run, or None. What cannot be read, or not all of it, is none: it can be made again."""
    file = run.cache_dir / REPORT_FILE
    try:
        report = _read_report(file.read_text(encoding="utf-8")) if file.is_file() else None
    except Exception:
        # However it is damaged, and whatever comes of reading it then.
        return None
    if report is not None and report.has_neighbors and _kept_lists(run) is None:
        return None
    return report


def cached_figures(run: Run) -> dict[tuple[str, str], float]:
    """(measure, source) -> value over all movies, from the report kept with the run; without what is not known.

    What `cached_report` says of them, for lists of many runs and every page: it makes no table.
    """
    try:
        kept = json.loads((run.cache_dir / REPORT_FILE).read_text(encoding="utf-8"))
        if kept["version"] != _VERSION:
            return {}
        return {
            (str(each["measure"]), str(each["source"])): float(each["value"])
            for each in kept["figures"]
            if each["band"] == ALL and each["value"] is not None
        }
    except Exception:
        # However it is damaged: it can be made again.
        return {}


def cached_values(run: Run) -> dict[str, float]:
    """Of `cached_figures` those of the run itself, by the name of the measure."""
    return {measure: value for (measure, source), value in cached_figures(run).items() if source == RUN}


def neighbor_confidence(run: Run, movie_index: int, neighbors: np.ndarray, k: int = NEIGHBORS) -> np.ndarray:
    """In what share of the seeds each of `neighbors` (rows of the run) is among the `k` nearest of `movie_index`.

    float64 `(len(neighbors),)`: NaN where it is not known, because the stability was not measured or a movie has fewer
    than `MIN_RATINGS` training ratings. A `k` above `KEPT_NEIGHBORS` counts as that.
    """
    unknown = np.full(len(neighbors), math.nan)
    kept = _kept_lists(run)
    if kept is None:
        return unknown
    rows, lists = kept[0, :, 0], kept[1:]
    place = np.searchsorted(rows, movie_index)
    if len(lists) < 2 or place == len(rows) or rows[place] != movie_index:
        return unknown
    listed = [np.isin(neighbors, one[place, :k]) for one in lists]
    return np.where(np.isin(neighbors, rows), np.mean(listed, axis=0), math.nan)


def seed_lists(run: Run) -> tuple[np.ndarray, np.ndarray] | None:
    """The neighbor lists behind the stability of `run`: the rows asked about, int32 `(n,)`, ascending, and the lists of
    each seed, int32 `(seeds, n, k)`, rows of the run, nearest first, the run's own seed first.

    None if the stability was not measured. The neighbors are among the rows asked about.
    """
    kept = _kept_lists(run)
    return None if kept is None or len(kept) < 3 else (kept[0, :, 0], kept[1:])


def _read_report(text: str) -> QualityReport | None:
    """None for one of another version. Raises all sorts of errors for anything but a report."""
    kept = json.loads(text)
    if kept["version"] != _VERSION:
        return None
    kinds = {"measure": str, "band": str, "source": str, "value": float, "n": int}
    frame = pd.DataFrame(kept["figures"], columns=pd.Index(COLUMNS)).astype(kinds)
    return QualityReport(frame, int(kept["n_movies"]), tuple(map(int, kept["seeds"])), float(kept["seconds"]))


def _kept_lists(run: Run) -> np.ndarray | None:
    """int32 `(1 + seeds, movies asked about, k)`; None if they are missing or damaged."""
    file = run.cache_dir / LISTS_FILE
    try:
        lists = np.lib.format.open_memmap(file, mode="r") if file.is_file() else None
    except Exception:
        return None
    if lists is None or lists.ndim != 3 or len(lists) < 2 or lists.dtype.kind != "i":
        return None
    return lists if lists.min() >= 0 and lists.max() < len(run.movie_vectors) else None


def keep_report(run: Run, report: QualityReport, lists: list[np.ndarray], rows: np.ndarray) -> None:
    """Write the report and, for `neighbor_confidence`, the lists `(n_rows, k)` of each seed, each complete or absent.

    The lists are numbered as `rows` `(n_rows,)`, the rows of the run that are asked about. Raises `RunError`.
    """
    try:
        run.cache_dir.mkdir(exist_ok=True)
        if lists:
            asked = np.broadcast_to(rows[:, None], lists[0].shape)
            # Layer 0 repeats the rows that are asked about.
            with replacing(run.cache_dir / LISTS_FILE) as temporary:
                np.save(temporary, np.stack([asked, *(rows[each] for each in lists)]).astype(np.int32))
        with replacing(run.cache_dir / REPORT_FILE) as temporary:
            temporary.write_text(json.dumps(report.to_dict(), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise RunError(f"The report of run {run.name!r} cannot be kept: {error.strerror or error}.") from error
