"""Do a task, wherever it runs: `run_task` reads the ratings, trains and saves, and tells all of it as events."""

from __future__ import annotations

import dataclasses
import datetime
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import pandas as pd

from recsys_core.data.catalog import DataSet, find_data_set, remembered
from recsys_core.data.split import Split
from recsys_core.errors import Cancelled, DataError, RecsysError, RunError, quoted
from recsys_core.explore.evidence import least_ratings
from recsys_core.jobs import messages
from recsys_core.jobs.messages import Event, Task
from recsys_core.jobs.preparing import load_split
from recsys_core.jobs.trial import try_out
from recsys_core.maps.live_map import LiveMap
from recsys_core.models.registry import SESSION_BIAS, check_settings, find_architecture
from recsys_core.runs.atomic import check_room
from recsys_core.runs.keeping.archive import import_run
from recsys_core.runs.run import Run
from recsys_core.runs.store import check_new_run_dir, check_run_name, find_run, new_run_name, run_path, runs_dir
from recsys_core.runs.taste import taste_of_split
from recsys_core.settings.names import timed_name
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training import fit
from recsys_core.training.rate_finder import find_learning_rate

Emit = Callable[[Event], None]
ShouldStop = Callable[[], bool]
Keep = Callable[["Unsaved"], None]

_log = logging.getLogger(__name__)


class Store(Protocol):
    """Where a task finds runs and leaves its own."""

    def check(self, n_bytes: int = 0) -> None:
        """Raise `RunError` if a run of so many bytes could not be saved now: before the training, not after it."""

    def find(self, name: str) -> Run:
        """Raises `RunError`."""
        ...

    def save(self, trained: fit.Trained, task: Task, about: dict[str, Any]) -> Run:
        """Raises `RunError`; the model can be saved again then. `about` goes into config.json beside the settings."""
        ...

    def take_in(self, archive: IO[bytes], task: Task) -> Run:
        """Save a run that `task` has left elsewhere, from its archive. Raises `RunError`, as `save` does."""
        ...


@dataclass(frozen=True)
class RunsFolder:
    """The store of the app: all runs are in one folder, `runs_dir()` unless told otherwise."""

    root: Path | None = None

    def check(self, n_bytes: int = 0) -> None:
        check_room(self.root or runs_dir(), n_bytes)

    def find(self, name: str) -> Run:
        return find_run(name, self.root)

    def save(self, trained: fit.Trained, task: Task, about: dict[str, Any]) -> Run:
        from recsys_core.runs import writer

        name = task.run_name or new_run_name(task.config.preset)
        return writer.save_run(trained, run_path(name, self.root), label=task.label or "", about=about)

    def take_in(self, archive: IO[bytes], task: Task) -> Run:
        return import_run(archive, run_path(task.run_name or new_run_name(task.config.preset), self.root))


@dataclass(frozen=True)
class OneFolder:
    """The store of the command line: the run goes into a folder that the user names, which must be new or empty."""

    path: Path

    def check(self, n_bytes: int = 0) -> None:
        check_new_run_dir(self.path, n_bytes)

    def find(self, name: str) -> Run:
        return find_run(name)

    def save(self, trained: fit.Trained, task: Task, about: dict[str, Any]) -> Run:
        from recsys_core.runs import writer

        return writer.save_run(trained, self.path, label=task.label or "", about=about)

    def take_in(self, archive: IO[bytes], task: Task) -> Run:
        return import_run(archive, self.path)


@dataclass(frozen=True)
class Unsaved:
    """A trained model that waits to be saved."""

    task: Task
    saving: Callable[[Store], messages.Saved] = field(repr=False)
    """Saves it in a store, and says how. Raises `RunError`, and can be called again then."""

    def save(self, emit: Emit, store: Store, keep: Keep) -> bool:
        """Whether it is a run now. If not, it is given to `keep`, and then the last event says why."""
        emit(messages.Saving())
        try:
            saved = self.saving(store)
        except Exception as error:
            # Whatever it was, the training must not be lost to it.
            if not isinstance(error, RunError):
                _log.exception("saving %s failed", self.task.run_name)
            keep(self)
            emit(messages.SaveFailed(message=f"The run could not be saved: {_reason(error)}"))
            return False
        emit(saved)
        return True


def unsaved(task: Task, trained: fit.Trained, about: dict[str, Any]) -> Unsaved:
    """What was trained here; `about` goes into config.json beside the settings."""

    def save(store: Store) -> messages.Saved:
        run = store.save(trained, task, about)
        return messages.Saved(
            run_name=run.name,
            path=str(run.path),
            kept_epoch=trained.kept_epoch,
            last_epoch=int(trained.history["epoch"].iloc[-1]),
            status=trained.status,
        )

    return Unsaved(task, save)


def checked(task: Task, store: Store) -> Task:
    """`task` with all that is left open filled in: its data set, and the name and label of its run.

    Raises `ConfigError`, `DataError`, `RunError` for what can be seen to be wrong before it begins.
    """
    check_settings(task.config)
    for name in (task.continue_run, task.start_from):
        if name is not None:
            store.find(name)
    if task.run_name is not None:
        check_run_name(task.run_name)
    data_set = _data_set_of(task, store)
    task = task.model_copy(update={"data_set": data_set.id, "fingerprint": data_set.fingerprint})
    if task.kind != "train":
        return task
    label = timed_name(task.config, datetime.datetime.now(), is_continued=task.continue_run is not None)
    return task.model_copy(
        update={
            "run_name": task.run_name or new_run_name(task.config.preset),
            "label": label if task.label is None else task.label,
        }
    )


def _data_set_of(task: Task, store: Store) -> DataSet:
    """What `task` is about, its files there and unchanged. Whoever goes on from a run has that run's ratings."""
    before = None if task.continue_run is None else store.find(task.continue_run)
    if before is None or task.data_set is not None:
        found = find_data_set(task.data_set)
        wanted = task.fingerprint if before is None else before.data_set.fingerprint
        if wanted not in (None, "", found.fingerprint):
            raise DataError(
                f"The ratings must have the fingerprint {wanted}"
                f"{'' if before is None else f' to continue run {quoted(before.name)}'}. "
                f"Received: {quoted(found.id)}, whose fingerprint is {found.fingerprint}."
            )
        return found
    return remembered(before.data_set)


def run_task(task: Task, emit: Emit, should_stop: ShouldStop, store: Store, keep: Keep = lambda unsaved: None) -> None:
    """Do `task` on this thread, which must be the one that owns TensorFlow. Raises nothing: events tell how it went.

    emit: called on this thread with every event, the last of which is one of `Saved`, `SaveFailed`, `RateFound`,
    `Tried`, `Stopped`, `Failed`. should_stop: asked several times a second. keep: given the trained model if it could
    not be saved, before `SaveFailed` says so.
    """
    emit(messages.Preparing())
    try:
        if task.kind == "find_learning_rate":
            _find_learning_rate(task, emit, should_stop)
        elif task.trial is not None:
            try_out(task, task.trial, emit, should_stop)
        else:
            _train(task, emit, should_stop, store, keep)
    except Cancelled as error:
        emit(messages.Stopped(message=str(error)))
    except RecsysError as error:
        emit(messages.Failed(message=str(error)))
    except MemoryError:
        emit(messages.Failed(message="Training ran out of memory. Try a smaller embedding size or batch."))
    except Exception as error:
        # Whatever it was, the queue must go on: the job is marked and the details are in the log.
        _log.exception("task %s failed", task.run_name or task.kind)
        emit(messages.Failed(message=f"Training failed unexpectedly ({_reason(error)})", is_expected=False))


def _train(task: Task, emit: Emit, should_stop: ShouldStop, store: Store, keep: Keep) -> None:
    from recsys_core.runs import writer
    from recsys_core.runs.weights import continued_weights, embeddings_as_weights

    store.check()

    def tell(share: float, text: str) -> None:
        emit(messages.Preparing(text=text))

    loaded, split = load_split(task, tell=tell, should_stop=should_stop)
    store.check(writer.estimate_bytes(split, task.config))
    for notice in (*loaded.notices, *_notices(split, task.config)):
        emit(messages.Noticed(text=notice))
    weights, first_epoch, earlier, about = None, 1, None, {}
    if task.continue_run:
        before = store.find(task.continue_run)
        weights = continued_weights(before, split, task.config)
        first_epoch = before.info.kept_epoch + 1
        earlier = before.history[before.history["epoch"] < first_epoch]
        about |= {"continued_from": before.name, "first_epoch": first_epoch}
    elif task.start_from:
        weights = embeddings_as_weights(store.find(task.start_from), split, task.config)
        about["started_from"] = task.start_from
    trained = fit.fit(
        split,
        task.config,
        on_event=_Teller(emit, split if task.shows_map else None),
        should_stop=should_stop,
        weights=weights,
        first_epoch=first_epoch,
    )
    if earlier is not None:
        trained = dataclasses.replace(trained, history=pd.concat([earlier, trained.history], ignore_index=True))
    unsaved(task, trained, about).save(emit, store, keep)


def _notices(split: Split, config: TrainConfig) -> list[str]:
    """What `config` asks for that `split` does not have, a sentence each."""
    tables = find_architecture(config.architecture).moment_tables
    if tables and split.train.timestamp is None:
        return ["These ratings have no timestamps: sittings and eras are left out of the training."]
    if SESSION_BIAS in tables:
        return [
            "The losses shown count the bias of a sitting where other ratings of it are in training. The saved model "
            "predicts without it, as for a rating that is yet to come."
        ]
    return []


def _find_learning_rate(task: Task, emit: Emit, should_stop: ShouldStop) -> None:
    _, split = load_split(task, should_stop=should_stop)

    def progress(fraction: float, learning_rate: float, mse: float) -> None:
        emit(messages.SearchProgress(fraction=fraction, learning_rate=learning_rate, mse=mse))

    sweep, suggested = find_learning_rate(split, task.config, on_progress=progress, should_stop=should_stop)
    rates, mse = sweep["learning_rate"].tolist(), sweep["mse"].tolist()
    emit(messages.RateFound(learning_rates=tuple(rates), mse=tuple(mse), suggested=suggested))


class _Teller:
    """Turns training's events into messages."""

    def __init__(self, emit: Emit, split: Split | None) -> None:
        """`split`: of what a map is told, of the movies that other maps show at first; None for none."""
        self._emit = emit
        self._split = split
        self._map = None
        if split is not None:
            self._rows = np.flatnonzero(split.movies["n_ratings"].to_numpy() >= least_ratings(split.movies))
            self._map = LiveMap.before_training(split.movies.iloc[self._rows].reset_index(drop=True))

    def __call__(self, event: fit.Event) -> None:
        told = {name: value for name, value in vars(event).items() if name != "movie_vectors"}
        match event:
            case fit.Started():
                self._emit(messages.Started(**told, movies=None if self._map is None else self._map.movies))
            case fit.Progress():
                self._emit(messages.Progress(**told, coordinates=self._moved(event)))
            case fit.EpochEnd():
                self._emit(messages.EpochEnded(**told, coordinates=self._moved(event)))

    def _moved(self, event: fit.Progress | fit.EpochEnd) -> np.ndarray | None:
        """Where the movies are by now. There is no map of what has diverged; the training is none the worse for it."""
        vectors = event.movie_vectors
        if self._map is None or self._split is None or vectors is None or not np.isfinite(vectors).all():
            return None
        self._map = self._map.moved(event.epoch, taste_of_split(self._split, vectors).vectors[self._rows])
        return self._map.coordinates


def _reason(error: Exception) -> str:
    """One line about an error that was not raised on purpose, or that of one that was."""
    lines = str(error).strip().splitlines()
    text = lines[0][:300] if lines else "no details"
    return text if isinstance(error, RecsysError) else f"{type(error).__name__}: {text}"
