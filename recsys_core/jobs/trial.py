"""Do a trial of a sweep: train, and measure on what was validated on and on what no trial of its study has seen."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from recsys_core.data.baselines import errors
from recsys_core.data.catalog import DataSet, find_data_set, load_ratings
from recsys_core.data.split import Examples, Split, split_with_holdout
from recsys_core.errors import Cancelled
from recsys_core.explore.evidence import least_ratings
from recsys_core.jobs import messages
from recsys_core.jobs.messages import Event, Task, Trial
from recsys_core.maps.live_map import LiveMap
from recsys_core.models.registry import find_architecture
from recsys_core.models.scoring import score_terms, to_stars, total_score
from recsys_core.quality.trial_figures import neighbor_figures
from recsys_core.runs.taste import taste_of_split
from recsys_core.settings.scopes import data_key
from recsys_core.training import fit

MAX_KEPT_SPLITS = 2
MAX_KEPT_RATINGS = 5_000_000
"""Of a split that is kept for the next trial: where there are more, splitting them again is little beside training."""

_splits: OrderedDict[Any, tuple[Split, Examples]] = OrderedDict()
_splitting = threading.Lock()


def try_out(task: Task, trial: Trial, emit: Callable[[Event], None], should_stop: Callable[[], bool]) -> None:
    """Train as `task` says and emit `Tried`, or `Failed` for a training that diverged.

    For the thread that owns TensorFlow. Raises `Cancelled` when told to stop, and the errors of data and settings.
    """
    begun = time.perf_counter()
    if should_stop():
        raise Cancelled("The trial was stopped before it began.")
    split, held_out = trial_split(task, trial)
    trained = fit.fit(split, task.config, on_event=_Teller(emit), should_stop=should_stop)
    if trained.stopped or should_stop():
        raise Cancelled("The trial was stopped.")
    if trained.divergence is not None:
        emit(messages.Failed(message=trained.divergence.message))
        return
    kept = trained.history[trained.history["epoch"] == trained.kept_epoch].iloc[0]
    holdout_mse, holdout_mae = errors(_predict(trained, held_out), held_out.rating)
    figures = {
        "val_mse": float(kept["val_mse"]),
        "val_mae": float(kept["val_mae"]),
        "holdout_mse": holdout_mse,
        "holdout_mae": holdout_mae,
        "seconds": float(trained.history["seconds"].sum()),
    }
    figures |= neighbor_figures(trial.figures, split, trained.movie_vectors)
    if should_stop():
        raise Cancelled("The trial was stopped.")
    coordinates = _coordinates(split, trained.movie_vectors) if task.shows_map else None
    seconds = time.perf_counter() - begun
    emit(messages.Tried(figures=figures, n_epochs=len(trained.history), seconds=seconds, coordinates=coordinates))


def trial_split(task: Task, trial: Trial) -> tuple[Split, Examples]:
    """What `task` trains and validates on, and what is held out. The last ones are kept: trials of a study share them.

    Raises `DataError`.
    """
    if task.data_set is None or task.fingerprint is None:
        data_set = find_data_set(task.data_set)
    else:
        data_set = DataSet(task.data_set, task.data_set, task.fingerprint)
    key = (data_set.id, data_set.fingerprint, data_key(task.config), trial.split_seed, trial.holdout_fraction)
    # Whoever wants the same one meanwhile waits for it, rather than make it too.
    with _splitting:
        if key in _splits:
            _splits.move_to_end(key)
            return _splits[key]
        split = split_with_holdout(load_ratings(data_set), task.config, trial.split_seed, trial.holdout_fraction)
        if len(split[0].train) <= MAX_KEPT_RATINGS:
            _splits[key] = split
            while len(_splits) > MAX_KEPT_SPLITS:
                _splits.popitem(last=False)
        return split


def shown_rows(split: Split) -> np.ndarray:
    """The movies that maps show at first, intp `(n,)`: point i of a trial's map is row `shown_rows(split)[i]`."""
    return np.flatnonzero(split.movies["n_ratings"].to_numpy() >= least_ratings(split.movies))


def _coordinates(split: Split, movie_vectors: np.ndarray) -> np.ndarray:
    rows = shown_rows(split)
    nowhere = LiveMap.before_training(split.movies.iloc[rows])
    return nowhere.moved(1, taste_of_split(split, movie_vectors).vectors[rows]).coordinates


def _predict(trained: fit.Trained, asked: Examples) -> np.ndarray:
    """Ratings in stars, `(n,)`: of a dot product from its arrays, which is many times quicker than to build a model."""
    if not find_architecture(trained.config.architecture).is_dot:
        return trained.predict(asked)
    none = np.zeros(1)
    user_bias = none if trained.user_bias is None else trained.user_bias[asked.user]
    movie_bias = none if trained.movie_bias is None else trained.movie_bias[asked.movie]
    terms = score_terms(
        trained.user_vectors[asked.user], trained.movie_vectors[asked.movie], user_bias, movie_bias, trained.offset
    )
    return to_stars(total_score(terms), trained.output_range)


class _Teller:
    """Turns training's events into messages, without the maps of epochs."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit

    def __call__(self, event: fit.Event) -> None:
        told = {name: value for name, value in vars(event).items() if name != "movie_vectors"}
        match event:
            case fit.Started():
                self._emit(messages.Started(**told))
            case fit.Progress():
                self._emit(messages.Progress(**told))
            case fit.EpochEnd():
                self._emit(messages.EpochEnded(**told))
