"""The quality report of a saved run: measured once, kept in the run's cache, each figure with its yardsticks."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.data.baselines import damped_bias_predictions, errors
from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import Split, split_ratings
from recsys_core.errors import Cancelled, RunError
from recsys_core.explore.evidence import MIN_RATINGS, has_few_ratings
from recsys_core.explore.nearest import unit_rows
from recsys_core.explore.predictions import predict_pairs
from recsys_core.quality import measures
from recsys_core.runs.atomic import replacing
from recsys_core.runs.info import DataInfo
from recsys_core.runs.run import Run
from recsys_core.settings.train_config import TrainConfig

NEIGHBORS = 10
MIN_MOVIES = 3 * NEIGHBORS
"""Among fewer movies any list holds a good part of all of them, which says nothing."""
SEEDS = 3
KEPT_NEIGHBORS = 50
"""Length of the neighbor lists that are kept for `neighbor_confidence`."""

REPORT_FILE = "quality.json"
LISTS_FILE = "neighbor_lists.npy"
_VERSION = 2
_COLUMNS = ("measure", "band", "source", "value", "n")
_STOPPED = "The quality report was stopped: nothing was kept."

RUN, RANDOM, ITEM_COSINE, MEAN, BIASES = "run", "random", "item cosine", "training mean", "damped biases"
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
        frame = self.figures
        found = frame[(frame["measure"] == measure) & (frame["source"] == source) & (frame["band"] == band)]["value"]
        return float(found.iloc[0]) if len(found) else math.nan

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


def quality_report(
    run: Run,
    *,
    n_seeds: int = SEEDS,
    on_progress: Callable[[float, str], None] = lambda fraction, message: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> QualityReport:
    """Measure `run` and keep the report in its cache; a report that is there already is returned as it is.

    With `n_seeds` above 1 the run's settings are trained `n_seeds - 1` more times, for the stability, if the run is one
    that `can_train_again`: then, and for a run that is no dot product, call it on the thread that owns TensorFlow
    (`worker.py`). `on_progress` gets the share done, 0 to 1, and what is going on. `should_stop` is asked several times
    a second. Raises `DataError` or `RunError` if the ratings it was trained on are not there, `Cancelled` if
    `should_stop` says so.
    """
    if not can_train_again(run):
        n_seeds = 1
    known = cached_report(run)
    if known is not None and (len(known.seeds) >= n_seeds or not known.has_neighbors):
        return known
    began = time.perf_counter()

    def check() -> None:
        if should_stop():
            raise Cancelled(_STOPPED)

    check()
    on_progress(0.0, "Reading the ratings.")
    config, split = training_split(run)
    rows = np.flatnonzero(~has_few_ratings(split.movies))
    check()
    on_progress(0.1, "Predicting the validation ratings.")
    figures = _error_figures(run, split)
    seeds = [config.seed]
    lists: list[np.ndarray] = []
    if len(rows) >= MIN_MOVIES:
        on_progress(0.25, "Comparing neighbors with item-item cosine.")
        cosine_lists = [_item_cosine(split, rows, check)]
        lists = [measures.cosine_neighbors(run.movie_vectors[rows], min(KEPT_NEIGHBORS, len(rows) - 1))]
        while len(seeds) < n_seeds:
            seed = config.seed + len(seeds)
            share = 0.4 + 0.55 * (len(seeds) - 1) / max(1, n_seeds - 1)
            on_progress(share, f"Training again from seed {seed}, to see which neighbors stay.")
            vectors, again = _train_again(dataclasses.replace(config, seed=seed), run, should_stop)
            lists.append(measures.cosine_neighbors(vectors[rows], lists[0].shape[1]))
            cosine_lists.append(_item_cosine(again, rows, check))
            seeds.append(seed)
        check()
        figures += _neighbor_figures(run, split, rows, lists, cosine_lists)
    frame = pd.DataFrame(figures, columns=pd.Index(_COLUMNS))
    report = QualityReport(frame, len(rows), tuple(seeds), time.perf_counter() - began)
    _save(run, report, lists, rows)
    on_progress(1.0, "Done.")
    return report


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


def training_split(run: Run) -> tuple[TrainConfig, Split]:
    """The settings and the very split that `run` was trained on, read again.

    Raises `DataError` if the ratings are not there any more, `RunError` if they are not the same.
    """
    config = run.info.config
    split = split_ratings(load_ratings(run.data_set), config)
    found = DataInfo(**split.data)
    if run.info.data.fingerprint is None:
        found = found.model_copy(update={"id": run.info.data.id, "fingerprint": None})
    if not np.array_equal(split.movies["movie_id"], run.movies["movie_id"]) or found != run.info.data:
        raise RunError(
            f"The ratings must be those that run {run.name!r} was trained on. "
            f"Received: {split.data['name']}, which has changed since."
        )
    return config, split


def _read_report(text: str) -> QualityReport | None:
    """None for one of another version. Raises all sorts of errors for anything but a report."""
    kept = json.loads(text)
    if kept["version"] != _VERSION:
        return None
    kinds = {"measure": str, "band": str, "source": str, "value": float, "n": int}
    frame = pd.DataFrame(kept["figures"], columns=pd.Index(_COLUMNS)).astype(kinds)
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


Figure = dict[str, Any]


def _error_figures(run: Run, split: Split) -> list[Figure]:
    asked = split.validation
    if len(asked) == 0:
        return []
    rng = np.random.default_rng(0)
    predictions = {
        RUN: predict_pairs(run, asked.user, asked.movie),
        BIASES: damped_bias_predictions(split.train, asked, split.n_users, split.n_movies),
        MEAN: np.full(len(asked), split.train_mean),
        RANDOM: rng.choice(split.train.rating, len(asked)),
    }
    bands = measures.bands_of(split.movies["n_train_ratings"].to_numpy()[asked.movie])
    figures: list[Figure] = []
    for source, predicted in predictions.items():
        for band, chosen in _bands(bands):
            mse, mae = errors(predicted[chosen], asked.rating[chosen])
            n = int(chosen.sum())
            figures.append(_figure("rmse", band, source, math.sqrt(mse), n))
            figures.append(_figure("mae", band, source, mae, n))
    return figures


def _neighbor_figures(
    run: Run, split: Split, rows: np.ndarray, lists: list[np.ndarray], cosine_lists: list[np.ndarray]
) -> list[Figure]:
    k = NEIGHBORS
    rng = np.random.default_rng(0)
    n_movies = len(rows)
    by_source = {
        RUN: [each[:, :k] for each in lists],
        ITEM_COSINE: [each[:, :k] for each in cosine_lists],
        RANDOM: [measures.random_neighbors(n_movies, k, rng)],
    }
    genres = measures.genre_matrix(run.movies["genres"].iloc[rows].tolist())
    by_chance = np.full(n_movies, k / (n_movies - 1))
    per_movie = {
        "genre_overlap": {source: measures.genre_overlap(each[0], genres) for source, each in by_source.items()}
        | {RANDOM: measures.random_genre_overlap(genres)},
        "co_rated": {
            RUN: measures.shared_neighbors(by_source[RUN][0], by_source[ITEM_COSINE][0]),
            ITEM_COSINE: np.ones(n_movies),
            RANDOM: by_chance,
        },
    }
    if len(lists) > 1:
        per_movie["stability"] = {source: measures.stability(by_source[source]) for source in (RUN, ITEM_COSINE)} | {
            RANDOM: by_chance
        }
    bands = measures.bands_of(split.movies["n_train_ratings"].to_numpy()[rows])
    figures = [
        _figure(measure, band, source, float(values[chosen].mean()), int(chosen.sum()))
        for measure, sources in per_movie.items()
        for source, values in sources.items()
        for band, chosen in _bands(bands)
    ]
    vectors = unit_rows(run.movie_vectors[rows])
    noise = unit_rows(rng.standard_normal(vectors.shape))
    by_user = measures.rating_matrix(split.train, split.n_movies, split.n_users)[rows]
    occurrences = {source: measures.occurrences(each[0]) for source, each in by_source.items()}
    for band, chosen in _bands(bands):
        n = int(chosen.sum())
        if n < 3:
            continue
        for source, counts in occurrences.items():
            figures.append(_figure("hubness", band, source, measures.skewness(counts[chosen]), n))
        for source, dimensions in {
            RUN: measures.participation_ratio(measures.spectrum(vectors[chosen])),
            ITEM_COSINE: measures.sparse_participation_ratio(by_user[chosen]),
            RANDOM: measures.participation_ratio(measures.spectrum(noise[chosen])),
        }.items():
            figures.append(_figure("dimensions", band, source, dimensions, n))
    return figures


def _bands(bands: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """The whole, then every band that is not empty: name and mask."""
    parts = [(measures.band_name(band), bands == i) for i, band in enumerate(measures.BANDS)]
    return [(ALL, np.ones(len(bands), bool)), *((name, chosen) for name, chosen in parts if chosen.any())]


def _figure(measure: str, band: str, source: str, value: float, n: int) -> Figure:
    return {"measure": measure, "band": band, "source": source, "value": value, "n": n}


def _item_cosine(split: Split, rows: np.ndarray, on_block: Callable[[], None]) -> np.ndarray:
    by_user = measures.rating_matrix(split.train, split.n_movies, split.n_users)[rows]
    return measures.item_cosine_neighbors(by_user, NEIGHBORS, on_block=on_block)


def _train_again(config: TrainConfig, run: Run, should_stop: Callable[[], bool]) -> tuple[np.ndarray, Split]:
    """Movie vectors of the same settings from another seed, in the rows of `run`, and its split in the same rows."""
    from recsys_core.training.fit import fit

    split = split_ratings(load_ratings(run.data_set), config)
    trained = fit(split, dataclasses.replace(config, snapshots=0), should_stop=should_stop)
    if trained.stopped:
        raise Cancelled(_STOPPED)
    ids = run.movies["movie_id"].to_numpy()
    place = np.searchsorted(ids, split.movies["movie_id"]).clip(0, len(ids) - 1)
    known = ids[place] == split.movies["movie_id"].to_numpy()
    vectors = np.zeros((len(ids), trained.movie_vectors.shape[1]), np.float32)
    vectors[place[known]] = trained.movie_vectors[known]
    return vectors, _in_rows_of(split, place, known, run)


def _in_rows_of(split: Split, place: np.ndarray, known: np.ndarray, run: Run) -> Split:
    """`split` with its training examples' movies numbered as in `run`; movies that the run has not are left out."""
    kept = known[split.train.movie]
    train = dataclasses.replace(
        split.train,
        user=split.train.user[kept],
        movie=place[split.train.movie[kept]].astype(np.int32),
        rating=split.train.rating[kept],
    )
    return dataclasses.replace(split, movies=run.movies, train=train)


def _save(run: Run, report: QualityReport, lists: list[np.ndarray], rows: np.ndarray) -> None:
    """Report and lists, each complete or absent. Layer 0 of the lists repeats the rows that are asked about."""
    try:
        run.cache_dir.mkdir(exist_ok=True)
        if lists:
            asked = np.broadcast_to(rows[:, None], lists[0].shape)
            with replacing(run.cache_dir / LISTS_FILE) as temporary:
                np.save(temporary, np.stack([asked, *(rows[each] for each in lists)]).astype(np.int32))
        with replacing(run.cache_dir / REPORT_FILE) as temporary:
            temporary.write_text(json.dumps(report.to_dict(), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise RunError(f"The report of run {run.name!r} cannot be kept: {error.strerror or error}.") from error
