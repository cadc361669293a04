"""What a job's events add up to: `fold(status, event)` gives the next status, and nothing else changes one."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from recsys_core.jobs.messages import (
    EpochEnded,
    Event,
    Failed,
    Noticed,
    Preparing,
    Progress,
    Queued,
    RateFound,
    Saved,
    SaveFailed,
    Saving,
    SearchProgress,
    Started,
    StopAsked,
    StopHeard,
    Stopped,
    Task,
    Tried,
)
from recsys_core.maps.live_map import LiveMap
from recsys_core.settings.numbers import show_number
from recsys_core.training.events import HISTORY_COLUMNS

State = Literal[
    "queued", "preparing", "compiling", "running", "saving",
    "done", "stopped", "diverged", "failed", "unsaved", "interrupted",
]  # fmt: skip
FINAL_STATES = ("done", "stopped", "diverged", "failed", "unsaved", "interrupted")
"""Nothing more happens by itself. An "unsaved" one has its model in memory and may be saved after all."""


@dataclass(frozen=True)
class JobStatus:
    """A job at one moment."""

    job_id: str
    task: Task
    state: State = "queued"
    queue_place: int = 0
    """Jobs before this one that are not over; 0 when it is running or over. Told by the board."""
    message: str = "Waiting for its turn."
    """One sentence for people: what happens now, or what went wrong."""
    progress: float = 0.0
    """0 to 1."""
    epoch: int = 0
    """The one in training or, between two, the last that is over."""
    n_epochs: int = 0
    """Number of the last epoch planned."""
    ratings_per_second: float = 0.0
    seconds_left: float = math.nan
    """NaN while not known."""
    queued_at: float = math.nan
    """In seconds since 1970."""
    seconds: float = 0.0
    """Since it was submitted, until it ended; waiting and compiling included."""
    saved_as: str = ""
    """Name of the run that it left; empty as long as there is none."""
    so_far: Progress | None = None
    """The latest word from inside an epoch; None when that epoch is over."""
    started: Started | None = None
    epochs_ended: tuple[EpochEnded, ...] = field(default=(), repr=False)
    live_map: LiveMap | None = field(default=None, repr=False, compare=False)
    tried: tuple[SearchProgress, ...] = field(default=(), repr=False)
    """The learning rates that a search has tried so far, each with its loss."""
    found: RateFound | None = None
    """What a search for a learning rate came to."""
    notices: tuple[str, ...] = ()
    is_stopping: bool = False
    """Whether it has been asked to stop, and has not done so yet."""
    stop_heard_by: str = ""
    """The worker of another machine that has heard it."""

    @property
    def is_over(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def run_name(self) -> str:
        """The name of its run, or the one it will have if that is still free."""
        return self.saved_as or self.task.run_name or ""

    @property
    def label(self) -> str:
        """What people read of it: the label of its run, before and after that is saved."""
        return self.task.label or self.run_name

    @cached_property
    def history(self) -> pd.DataFrame:
        """A row for each finished epoch, as in history.csv."""
        rows = [[getattr(end, name) for name in HISTORY_COLUMNS] for end in self.epochs_ended]
        return pd.DataFrame(rows, columns=pd.Index(HISTORY_COLUMNS))

    def at(self, now: float, queue_place: int = 0) -> JobStatus:
        """As it stands at `now`, in seconds since 1970, though nothing was heard since."""
        if self.is_over or math.isnan(self.queued_at):
            return self
        return dataclasses.replace(self, seconds=max(self.seconds, now - self.queued_at), queue_place=queue_place)


def new_status(job_id: str, task: Task) -> JobStatus:
    """A job of which nothing has been heard yet."""
    return JobStatus(job_id, task, n_epochs=task.config.epochs)


def fold(status: JobStatus, event: Event) -> JobStatus:
    """What `status` becomes by `event`. After the end only saving what could not be saved changes anything."""
    if status.is_over and not (status.state == "unsaved" and isinstance(event, Saving)):
        return status
    # The time first: it stands still once the job is over.
    return _folded(status.at(event.at), event)


def _folded(status: JobStatus, event: Event) -> JobStatus:
    def change(state: State, message: str, **more: Any) -> JobStatus:
        return dataclasses.replace(status, state=state, message=message, **more)

    match event:
        case Queued():
            again = status if status.state == "queued" else new_status(status.job_id, status.task)
            return dataclasses.replace(
                again,
                message=event.message or again.message,
                queued_at=event.at if math.isnan(status.queued_at) else status.queued_at,
                is_stopping=status.is_stopping,
            )
        case Noticed():
            return dataclasses.replace(status, notices=(*status.notices, event.text))
        case Preparing():
            return change("preparing", event.text or "Reading the ratings and building the model.")
        case Started():
            return change("compiling", "Compiling the training loop.", started=event, n_epochs=event.last_epoch)
        case Progress():
            return _in_an_epoch(status, event)
        case EpochEnded():
            return _after_an_epoch(status, event)
        case SearchProgress():
            return change(
                "running", "Sweeping the learning rate upwards.", progress=event.fraction, tried=(*status.tried, event)
            )
        case Saving():
            return change("saving", "Saving the run.", progress=1.0, seconds_left=0.0, so_far=None)
        case SaveFailed():
            return change("unsaved", event.message)
        case Saved():
            state, message = _outcome(status, event)
            return change(state, message, saved_as=event.run_name)
        case RateFound():
            return change(
                "done", f"Suggested learning rate: {show_number(event.suggested)}.", found=event, progress=1.0
            )
        case Tried():
            return change("done", f"Tried: {event.n_epochs} epochs.", progress=1.0, seconds_left=0.0, so_far=None)
        case StopAsked():
            return dataclasses.replace(status, is_stopping=True)
        case StopHeard():
            return dataclasses.replace(status, stop_heard_by=event.by)
        case Stopped():
            return change("stopped", event.message, so_far=None)
        case Failed():
            return change("failed", event.message, so_far=None)


def _in_an_epoch(status: JobStatus, event: Progress) -> JobStatus:
    started = status.started
    left = math.nan
    if started is not None and event.ratings_per_second > 0:
        work = started.n_train * (started.last_epoch - started.first_epoch + 1)
        left = (1 - event.fraction) * work / event.ratings_per_second
    live_map = _moved(status, event, is_within=True)
    if event.coordinates is not None:
        event = event.model_copy(update={"coordinates": None})
    return dataclasses.replace(
        status,
        state="running",
        message=f"Epoch {event.epoch} of {status.n_epochs}.",
        epoch=event.epoch,
        progress=event.fraction,
        ratings_per_second=event.ratings_per_second,
        seconds_left=left,
        so_far=event,
        live_map=live_map,
    )


def _after_an_epoch(status: JobStatus, event: EpochEnded) -> JobStatus:
    # The points are in the map; a thousand epochs of them are not kept beside it.
    row = event.model_copy(update={"coordinates": None})
    return dataclasses.replace(
        status,
        state="running",
        message=f"Epoch {event.epoch} of {status.n_epochs}.",
        epoch=event.epoch,
        epochs_ended=(*status.epochs_ended, row),
        so_far=None,
        live_map=_moved(status, event, is_within=False),
    )


def _moved(status: JobStatus, event: Progress | EpochEnded, *, is_within: bool) -> LiveMap | None:
    """The map as `event` has it, else as it was."""
    if event.coordinates is None or status.started is None or status.started.movies is None:
        return status.live_map
    return LiveMap(status.started.movies, event.epoch, event.coordinates.astype(np.float32), is_within)


def _outcome(status: JobStatus, event: Saved) -> tuple[State, str]:
    if event.status == "stopped":
        return "stopped", f"Stopped in epoch {event.last_epoch}: what it had learned is kept."
    if event.status == "diverged":
        return "diverged", f"Diverged in epoch {event.last_epoch}."
    return "done", f"Finished after {len(status.epochs_ended)} epochs."
