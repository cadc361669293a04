"""Measuring a saved run: its predictions and neighbors, beside the simplest answers to the same questions."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.data.baselines import damped_bias_predictions, errors
from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import Split, split_ratings
from recsys_core.errors import Cancelled
from recsys_core.explore.evidence import has_few_ratings
from recsys_core.explore.nearest import unit_rows
from recsys_core.explore.predictions import predict_pairs
from recsys_core.quality import measures
from recsys_core.quality.ordering import ordering_of
from recsys_core.quality.report import (
    ALL,
    BIASES,
    COLUMNS,
    ITEM_COSINE,
    KEPT_NEIGHBORS,
    LEFT_IN,
    MEAN,
    MIN_MOVIES,
    NEIGHBORS,
    RANDOM,
    RUN,
    SEEDS,
    QualityReport,
    cached_report,
    can_train_again,
    keep_report,
)
from recsys_core.runs.again import training_split
from recsys_core.runs.run import Run
from recsys_core.runs.taste import taste_of, taste_of_split
from recsys_core.settings.train_config import TrainConfig

_STOPPED = "The quality report was stopped: nothing was kept."

Figure = dict[str, Any]


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
        k = min(KEPT_NEIGHBORS, len(rows) - 1)
        taste = taste_of(run)
        lists = [measures.cosine_neighbors(taste.vectors[rows], k)]
        left_in = [measures.cosine_neighbors(run.movie_vectors[rows], k)]
        cosine_lists = [_item_cosine(split, rows, check)]
        while len(seeds) < n_seeds:
            seed = config.seed + len(seeds)
            share = 0.4 + 0.55 * (len(seeds) - 1) / max(1, n_seeds - 1)
            on_progress(share, f"Training again from seed {seed}, to see which neighbors stay.")
            seeded = dataclasses.replace(config, seed=seed)
            looked_at, trained, again = _train_again(seeded, run, bool(taste.taken_out), should_stop)
            lists.append(measures.cosine_neighbors(looked_at[rows], k))
            left_in.append(measures.cosine_neighbors(trained[rows], k))
            cosine_lists.append(_item_cosine(again, rows, check))
            seeds.append(seed)
        check()
        by_source = {RUN: lists, ITEM_COSINE: cosine_lists} | ({LEFT_IN: left_in} if taste.taken_out else {})
        figures += _neighbor_figures(run, taste.vectors, split, rows, by_source)
    frame = pd.DataFrame(figures, columns=pd.Index(COLUMNS))
    report = QualityReport(frame, len(rows), tuple(seeds), time.perf_counter() - began)
    keep_report(run, report, lists, rows)
    on_progress(1.0, "Done.")
    return report


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
    run: Run, looked_at: np.ndarray, split: Split, rows: np.ndarray, lists: dict[str, list[np.ndarray]]
) -> list[Figure]:
    """`lists` of neighbors by source, one for each seed; `looked_at` are the vectors of those of the run."""
    k = NEIGHBORS
    rng = np.random.default_rng(0)
    n_movies = len(rows)
    by_source = {source: [each[:, :k] for each in seeds] for source, seeds in lists.items()}
    by_source[RANDOM] = [measures.random_neighbors(n_movies, k, rng)]
    learned = [source for source in by_source if source != RANDOM]
    genres = measures.genre_matrix(run.movies["genres"].iloc[rows].tolist())
    by_chance = np.full(n_movies, k / (n_movies - 1))
    co_rated = {
        source: measures.shared_neighbors(by_source[source][0], by_source[ITEM_COSINE][0]) for source in learned
    }
    per_movie = {
        "genre_overlap": {source: measures.genre_overlap(each[0], genres) for source, each in by_source.items()}
        | {RANDOM: measures.random_genre_overlap(genres)},
        "co_rated": co_rated | {RANDOM: by_chance},
    }
    if len(lists[RUN]) > 1:
        per_movie["stability"] = {source: measures.stability(by_source[source]) for source in learned} | {
            RANDOM: by_chance
        }
    bands = measures.bands_of(split.movies["n_train_ratings"].to_numpy()[rows])
    figures = [
        _figure(measure, band, source, float(values[chosen].mean()), int(chosen.sum()))
        for measure, sources in per_movie.items()
        for source, values in sources.items()
        for band, chosen in _bands(bands)
    ]
    judged = split.movies.iloc[rows]
    for source, each in by_source.items():
        ordering = ordering_of(each[0], judged)
        for name in ("rating_time", "release_year", "popularity"):
            value = getattr(ordering, name)
            if math.isfinite(value):
                # Random neighbors explain less than nothing: that is nothing.
                figures.append(_figure(name, ALL, source, max(0.0, value), n_movies))
    vectors = unit_rows(looked_at[rows])
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


def _train_again(
    config: TrainConfig, run: Run, taken_out: bool, should_stop: Callable[[], bool]
) -> tuple[np.ndarray, np.ndarray, Split]:
    """Movie vectors of the same settings from another seed, as they are looked at and as they predict, and the split.

    All in the rows of `run`; era and popularity are taken out of the first if `taken_out`.
    """
    from recsys_core.training.fit import fit

    split = split_ratings(load_ratings(run.data_set), config)
    trained = fit(split, dataclasses.replace(config, snapshots=0), should_stop=should_stop)
    if trained.stopped:
        raise Cancelled(_STOPPED)
    looked_at = taste_of_split(split, trained.movie_vectors).vectors if taken_out else trained.movie_vectors
    ids = run.movies["movie_id"].to_numpy()
    place = np.searchsorted(ids, split.movies["movie_id"]).clip(0, len(ids) - 1)
    known = ids[place] == split.movies["movie_id"].to_numpy()

    def in_rows(vectors: np.ndarray) -> np.ndarray:
        moved = np.zeros((len(ids), vectors.shape[1]), np.float32)
        moved[place[known]] = vectors[known]
        return moved

    return in_rows(looked_at), in_rows(trained.movie_vectors), _in_rows_of(split, place, known, run)


def _in_rows_of(split: Split, place: np.ndarray, known: np.ndarray, run: Run) -> Split:
    """`split` with its training examples' movies numbered as in `run`; movies that the run has not are left out."""
    kept = known[split.train.movie]
    train = dataclasses.replace(
        split.train,
        user=split.train.user[kept],
        movie=place[split.train.movie[kept]].astype(np.int32),
        rating=split.train.rating[kept],
        timestamp=None,
    )
    return dataclasses.replace(split, movies=run.movies, train=train)
