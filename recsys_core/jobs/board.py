"""The queue of trainings. Pages see jobs only as plain data: `submit`, `status`, `stop`.

They run on the thread of `worker.py`, one at a time, first come first served. Another executor can stand behind the
same three words.
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import logging
import threading
import time
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from recsys_core.data import ratings
from recsys_core.data.split import Split, split_ratings
from recsys_core.errors import Cancelled, QueryError, RecsysError
from recsys_core.jobs import quality_jobs, worker
from recsys_core.maps.live_map import LiveMap
from recsys_core.models.summary import ModelSummary
from recsys_core.runs.store import check_new_run_dir, check_run_name, find_run, new_run_name, run_path
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training import fit

State = Literal["queued", "compiling", "running", "saving", "done", "stopped", "failed"]
FINAL_STATES = ("done", "stopped", "failed")
MAX_REMEMBERED = 50
MAX_QUEUED = 20

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainRequest:
    """What to train, and on what. Checked when submitted."""

    config: TrainConfig
    data: str | None = None
    """A MovieLens folder or zip; None takes the built-in ratings."""
    continue_run: str | None = None
    """Go on training the model of this run, with this config's phases."""
    start_from: str | None = None
    """Start from the user and movie embeddings of this run."""
    name: str | None = None
    """The run's name; None makes one of the preset and the time."""


@dataclass(frozen=True)
class SweepRequest:
    """Find a learning rate for this config."""

    config: TrainConfig
    data: str | None = None


@dataclass(frozen=True)
class JobStatus:
    """A job at one moment."""

    job_id: str
    state: State
    request: TrainRequest | SweepRequest
    run_name: str
    queue_place: int
    """Jobs before this one that are not over; 0 when it is running or over."""
    message: str
    """One sentence for people: what happens now, or what went wrong."""
    progress: float
    """0 to 1."""
    epoch: int
    n_epochs: int
    """Number of the last epoch planned."""
    ratings_per_second: float
    seconds: float
    """Since it was submitted; until it ended, if it is over."""
    seconds_left: float
    """NaN while not known."""
    history: pd.DataFrame = field(repr=False)
    """A row for each finished epoch, as in history.csv."""
    so_far: fit.Progress | None = None
    """The latest word from inside an epoch; None when that epoch is over."""
    started: fit.Started | None = None
    live_map: LiveMap | None = field(default=None, repr=False)
    sweep: tuple[pd.DataFrame, float] | None = field(default=None, repr=False)
    """For a sweep that is done: columns learning_rate, mse; and the suggested rate."""

    @property
    def is_over(self) -> bool:
        return self.state in FINAL_STATES


def submit(request: TrainRequest | SweepRequest) -> str:
    """Queue a job and return its id. Raises `ConfigError`, `RunError` for what can be seen to be wrong at once."""
    return _jobs.submit(request)


def status(job_id: str) -> JobStatus:
    """Raises `QueryError` for an id that is not known (any more)."""
    return _jobs.status(job_id)


def stop(job_id: str) -> None:
    """Ask a job to stop: a queued one is forgotten, a running one keeps what it has learned."""
    _jobs.stop(job_id)


def active() -> list[JobStatus]:
    """The jobs that are not over, the running one first."""
    return _jobs.active()


def latest() -> JobStatus | None:
    """The job submitted last, whatever its state."""
    return _jobs.latest()


def summarize(config: TrainConfig, data: str | None = None) -> Future[ModelSummary]:
    """The layers and parameters that `config` makes of the data."""

    def build() -> ModelSummary:
        from recsys_core.models.summary import summarize_model

        split = _split(data, config)
        return summarize_model(config, split.n_users, split.n_movies, split.rating_range)

    return worker.call(build)


def warm_up() -> Future[Any]:
    """Import TensorFlow on its thread, so that the first training need not wait for it."""
    from recsys_core.training.backend import tensorflow

    return worker.call(tensorflow)


class _Job:
    """The worker's side of a job; `status` copies it."""

    def __init__(self, job_id: str, request: TrainRequest | SweepRequest, run_name: str) -> None:
        self.stop = threading.Event()
        self._submitted = time.perf_counter()
        self.status = JobStatus(
            job_id=job_id,
            state="queued",
            request=request,
            run_name=run_name,
            queue_place=0,
            message="Waiting for TensorFlow.",
            progress=0.0,
            epoch=0,
            n_epochs=request.config.epochs,
            ratings_per_second=0.0,
            seconds=0.0,
            seconds_left=float("nan"),
            history=fit.history_of([]),
        )

    def update(self, **changes: Any) -> None:
        # One assignment of a frozen value: readers on other threads see the old status or the new one.
        self.status = dataclasses.replace(self.status, **changes, seconds=self.seconds())

    def seconds(self) -> float:
        """Since it was submitted."""
        return time.perf_counter() - self._submitted


class _Jobs:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._numbers = itertools.count(1)

    def submit(self, request: TrainRequest | SweepRequest) -> str:
        from recsys_core.models.registry import check_settings

        check_settings(request.config)
        if isinstance(request, TrainRequest):
            for name in (request.continue_run, request.start_from):
                if name is not None:
                    find_run(name)
        with self._lock:
            if len([job for job in self._jobs.values() if not job.status.is_over]) >= MAX_QUEUED:
                raise QueryError(f"At most {MAX_QUEUED} jobs may wait. Wait for one to finish, or stop one.")
            job_id = f"job-{next(self._numbers)}"
            job = _Job(job_id, request, self._new_run_name(request))
            self._jobs[job_id] = job
            for old in [key for key, value in self._jobs.items() if value.status.is_over][:-MAX_REMEMBERED]:
                del self._jobs[old]
        worker.call(_run, job)
        return job_id

    def status(self, job_id: str) -> JobStatus:
        with self._lock:
            if job_id not in self._jobs:
                raise QueryError(f"`job_id` must be the id of a job of this server. Received: {job_id!r}")
            job = self._jobs[job_id]
            now = job.status
            if now.is_over:
                return now
            before = itertools.takewhile(lambda key: key != job_id, self._jobs)
            place = sum(not self._jobs[key].status.is_over for key in before) if now.state == "queued" else 0
            return dataclasses.replace(now, queue_place=place, seconds=job.seconds())

    def stop(self, job_id: str) -> None:
        self.status(job_id)
        job = self._jobs[job_id]
        job.stop.set()
        if job.status.state == "queued":
            job.update(state="stopped", message="Stopped before it began: nothing was kept.")

    def active(self) -> list[JobStatus]:
        with self._lock:
            waiting = [job_id for job_id, job in self._jobs.items() if not job.status.is_over]
        return [self.status(job_id) for job_id in waiting]

    def latest(self) -> JobStatus | None:
        with self._lock:
            job_id = next(reversed(self._jobs), None)
        return None if job_id is None else self.status(job_id)

    def _new_run_name(self, request: TrainRequest | SweepRequest) -> str:
        if isinstance(request, SweepRequest):
            return ""
        if request.name:
            return check_run_name(request.name)
        stem = new_run_name(request.config.preset)
        taken = {job.status.run_name for job in self._jobs.values()}
        names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
        return next(name for name in names if name not in taken and not run_path(name).exists())


def _run(job: _Job) -> None:
    if job.status.is_over:
        return
    job.update(state="compiling", message="Reading the ratings and building the model.")
    try:
        if isinstance(job.status.request, TrainRequest):
            _train(job, job.status.request)
        else:
            _sweep(job, job.status.request)
    except Cancelled as error:
        job.update(state="stopped", message=str(error))
    except RecsysError as error:
        job.update(state="failed", message=str(error))
    except MemoryError:
        job.update(state="failed", message="Training ran out of memory. Try a smaller embedding size or batch.")
    except Exception as error:
        # Whatever it was, the queue must go on: the job is marked and the details are in the server's log.
        _log.exception("job %s failed", job.status.job_id)
        reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else "no details"
        job.update(state="failed", message=f"Training failed unexpectedly ({type(error).__name__}: {reason}).")


def _train(job: _Job, request: TrainRequest) -> None:
    from recsys_core.runs import weights as known
    from recsys_core.runs import writer

    split = _split(request.data, request.config)
    weights, first_epoch, about = None, 1, {"data_path": request.data}
    if request.continue_run:
        before = find_run(request.continue_run)
        weights = known.continued_weights(before, split, request.config)
        first_epoch = before.info.kept_epoch + 1
        about["continued_from"] = before.name
    elif request.start_from:
        weights = known.embeddings_as_weights(find_run(request.start_from), split, request.config)
        about["started_from"] = request.start_from
    path = run_path(job.status.run_name)
    check_new_run_dir(path, writer.estimate_bytes(split, request.config))
    watcher = _Watcher(job, split)
    trained = fit.fit(
        split,
        request.config,
        on_event=watcher,
        should_stop=job.stop.is_set,
        weights=weights,
        first_epoch=first_epoch,
    )
    job.update(state="saving", message="Saving the run.", progress=1.0)
    if request.continue_run:
        before = find_run(request.continue_run)
        earlier = before.history[before.history["epoch"] < first_epoch]
        trained = dataclasses.replace(trained, history=pd.concat([earlier, trained.history], ignore_index=True))
    label = f"{request.config.preset} · {datetime.datetime.now():%d %b %H:%M:%S}"
    run = writer.save_run(trained, path, label=label, about=about)
    job.update(run_name=run.name)
    quality_jobs.ensure_measured(run)
    last = trained.history.iloc[-1]
    if trained.stopped:
        job.update(state="stopped", message=f"Stopped in epoch {last['epoch']:.0f}: what it had learned is kept.")
    else:
        job.update(state="done", message=f"Finished after {len(trained.history)} epochs.", seconds_left=0.0)


def _sweep(job: _Job, request: SweepRequest) -> None:
    split = _split(request.data, request.config)

    def progress(fraction: float) -> None:
        job.update(state="running", message="Sweeping the learning rate upwards.", progress=fraction)

    sweep = fit.find_learning_rate(split, request.config, on_progress=progress, should_stop=job.stop.is_set)
    job.update(state="done", message=f"Suggested learning rate: {sweep[1]:.2g}.", progress=1.0, sweep=sweep)


class _Watcher:
    """Turns training's events into the job's status."""

    def __init__(self, job: _Job, split: Split) -> None:
        self._job = job
        self._ends: list[fit.EpochEnd] = []
        self._work = len(split.train) * job.status.request.config.epochs
        self._map = LiveMap.before_training(split.movies)

    def __call__(self, event: fit.Event) -> None:
        job = self._job
        if isinstance(event, fit.Started):
            job.update(started=event, message="Compiling the training loop.", epoch=event.first_epoch,
                       n_epochs=event.last_epoch)  # fmt: skip
        elif isinstance(event, fit.Progress):
            left = (1 - event.fraction) * self._work / event.ratings_per_second
            job.update(
                state="running",
                message=f"Epoch {event.epoch} of {job.status.n_epochs}.",
                epoch=event.epoch,
                progress=event.fraction,
                ratings_per_second=event.ratings_per_second,
                seconds_left=left,
                so_far=event,
            )
        else:
            self._ends.append(dataclasses.replace(event, movie_vectors=None))
            if event.movie_vectors is not None:
                self._map = self._map.moved(event.epoch, event.movie_vectors)
            job.update(state="running", history=fit.history_of(self._ends), so_far=None, live_map=self._map)


@lru_cache(maxsize=1)
def _ratings(data: str | None) -> ratings.Ratings:
    return ratings.load(Path(data) if data else None)


def _split(data: str | None, config: TrainConfig) -> Split:
    return split_ratings(_ratings(data), config)


_jobs = _Jobs()
