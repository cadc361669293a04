"""Work as plain messages: a `Task` says what to do, `Event`s say what happens. Both are JSON, there and back.

Whoever can read a task and write events can do the work: a thread of this process, another process, another machine.
JSON has no NaN and no infinity: they travel as the strings "NaN", "Infinity" and "-Infinity".
"""

from __future__ import annotations

import base64
import io
import time
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, TypeAdapter, ValidationError
from pydantic import model_validator as after_reading

from recsys_core.errors import ConfigError, JobError, quoted
from recsys_core.settings.train_config import TrainConfig


def _read_config(value: Any) -> TrainConfig:
    if isinstance(value, TrainConfig):
        return value
    if not isinstance(value, dict):
        raise ValueError("must be an object of settings")
    return TrainConfig.from_dict(value)


def _read_coordinates(value: Any) -> np.ndarray:
    """From base64, or any array: float16 `(n, 2)` that nobody can write to."""
    points = np.frombuffer(base64.b64decode(value, validate=True), "<f2") if isinstance(value, str) else value
    points = np.asarray(points).astype(np.float16).reshape(-1, 2)
    points.flags.writeable = False
    return points


def _write_coordinates(points: np.ndarray) -> str:
    return base64.b64encode(points.astype("<f2").tobytes()).decode("ascii")


def _read_table(value: Any) -> pd.DataFrame:
    if isinstance(value, pd.DataFrame):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a table as base64 of a Parquet file")
    return pd.read_parquet(io.BytesIO(base64.b64decode(value, validate=True)))


def _write_table(table: pd.DataFrame) -> str:
    return base64.b64encode(table.to_parquet(index=False)).decode("ascii")


Config = Annotated[
    TrainConfig, PlainValidator(_read_config), PlainSerializer(lambda config: config.to_dict(), return_type=dict)
]
Coordinates = Annotated[
    np.ndarray, PlainValidator(_read_coordinates), PlainSerializer(_write_coordinates, return_type=str)
]
"""float16 `(n_movies, 2)`; in JSON base64 of its little-endian bytes: 36 kB for 9,066 movies, against 900 kB of their
vectors. What a map shows is rounded wherever the work is done, so that it is the same everywhere."""
Table = Annotated[pd.DataFrame, PlainValidator(_read_table), PlainSerializer(_write_table, return_type=str)]
"""In JSON base64 of a Parquet file."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings", arbitrary_types_allowed=True)

    def to_json(self) -> str:
        """One line of text that `read_task` or `read_event` turns back into this."""
        return self.model_dump_json()


class Trial(_Message):
    """What makes a training a trial of a sweep: it is measured and leaves no run."""

    split_seed: int
    """The split and all that is drawn of the ratings come from this seed, the same for every trial of a study, and not
    from `config.seed`."""
    holdout_fraction: float
    """Share of the ratings set aside before the split: neither trained nor validated on, and measured at the end."""
    figures: tuple[str, ...] = ()
    """Names of `quality.trial_figures.FIGURES` that are measured after the last epoch."""


class Task(_Message):
    """What to do, on what, and where to start from. Whoever has this and the data set can do it."""

    kind: Literal["train", "find_learning_rate", "try"] = "train"
    config: Config
    data_set: str | None = None
    """Id of a data set; None takes that of the run it goes on from, else the built-in one. Filled in by `task.checked`,
    as is what follows."""
    fingerprint: str | None = None
    """What the data set's content must be; None takes what there is."""
    continue_run: str | None = None
    """Go on training the model of this run, with this config's phases."""
    start_from: str | None = None
    """Start from the user and movie embeddings of this run."""
    run_name: str | None = None
    """The name that the run will have, if it is free; None makes one of the preset and the time."""
    label: str | None = None
    """What the run picker shows."""
    shows_map: bool = True
    """Whether events carry the map of each epoch, of a trial that after its last; without it nothing of it is
    computed."""
    trial: Trial | None = None
    """For the kind "try", and no other."""

    @after_reading(mode="after")
    def _check_start(self) -> Task:
        if (self.kind == "try") != (self.trial is not None):
            raise ConfigError(
                'A task must have a `trial` if it is of the kind "try", and none otherwise. '
                f"Received: {quoted(self.kind)} with {'none' if self.trial is None else 'one'}"
            )
        if self.continue_run and self.start_from:
            raise ConfigError(
                "A training must either continue a run or start from the embeddings of one. "
                f"Received: {quoted(self.continue_run)} and {quoted(self.start_from)}"
            )
        return self


class _Event(_Message):
    at: float = Field(default_factory=time.time)
    """When, in seconds since 1970, by the clock of whoever says so."""


class Queued(_Event):
    """Waiting for its turn: at first, and again where what had begun gave way to a training or lost its worker. Then it
    begins anew, and what it had told before counts no more."""

    kind: Literal["queued"] = "queued"
    message: str = ""
    """Why it waits, if it is not only for its turn."""


class Preparing(_Event):
    """Begun: the ratings are read, the model is built."""

    kind: Literal["preparing"] = "preparing"
    text: str = ""
    """What is being done, a sentence for people; empty for all of it."""


class Noticed(_Event):
    """Something about the data that people should know."""

    kind: Literal["noticed"] = "noticed"
    text: str


class Started(_Event):
    """The model is built and compiling begins."""

    kind: Literal["started"] = "started"
    n_parameters: int
    n_train: int
    n_validation: int
    n_dropped: int
    baselines: dict[str, float]
    """MSE in stars squared and MAE in stars, see `data.baselines`."""
    first_epoch: int
    last_epoch: int
    movies: Table | None = Field(None, repr=False)
    """Row i describes point i of the maps to come: movie_id, title, year, genres, n_ratings, …"""


class Progress(_Event):
    """Inside an epoch, at most ten times a second."""

    kind: Literal["progress"] = "progress"
    epoch: int
    fraction: float
    """Share of the whole training that is done, 0 to 1."""
    ratings_per_second: float
    train_mse: float
    """Over the epoch so far, in stars squared."""
    train_mae: float
    """Over the epoch so far, in stars."""
    coordinates: Coordinates | None = Field(None, repr=False)
    """The map as it is now, now and then where an epoch is long."""


class EpochEnded(_Event):
    """An epoch is over: a row of history.csv. MSE in stars squared, MAE in stars; NaN without validation ratings."""

    kind: Literal["epoch_ended"] = "epoch_ended"
    epoch: int
    learning_rate: float
    train_mse: float
    train_mae: float
    val_mse: float
    val_mae: float
    seconds: float
    """Since the epoch began, validation included, compiling not."""
    coordinates: Coordinates | None = Field(None, repr=False)
    """The map after this epoch, where it is shown; turned so that movies move little from one to the next."""


class SearchProgress(_Event):
    """While a learning rate is looked for."""

    kind: Literal["search_progress"] = "search_progress"
    fraction: float
    """0 to 1."""
    learning_rate: float
    """The latest one tried."""
    mse: float
    """Smoothed training loss at it, in stars squared."""


class Saving(_Event):
    """Training is over; its run is being written."""

    kind: Literal["saving"] = "saving"


class Saved(_Event):
    """The last event of a training that left a run."""

    kind: Literal["saved"] = "saved"
    run_name: str
    """The name it has: a taken one got a suffix."""
    path: str
    """Its folder, where the work was done."""
    kept_epoch: int
    last_epoch: int
    status: Literal["finished", "stopped", "diverged"]


class SaveFailed(_Event):
    """The model is trained and in memory, but could not be saved; it can be tried again."""

    kind: Literal["save_failed"] = "save_failed"
    message: str


class RateFound(_Event):
    """The last event of a search for a learning rate."""

    kind: Literal["rate_found"] = "rate_found"
    learning_rates: tuple[float, ...] = Field(repr=False)
    mse: tuple[float, ...] = Field(repr=False)
    """Smoothed training loss at each of them, in stars squared."""
    suggested: float


class Tried(_Event):
    """The last event of a trial that was trained to its end; one that was stopped or diverged has other ends."""

    kind: Literal["tried"] = "tried"
    figures: dict[str, float]
    """val_mse, val_mae, holdout_mse, holdout_mae (NaN without such ratings), seconds (of all epochs, compiling not,
    as whoever did it had them: with one thread or two, alone or beside others), and those that were asked for."""
    n_epochs: int
    seconds: float
    """From its beginning to its end, compiling and measuring included."""
    coordinates: Coordinates | None = Field(None, repr=False)
    """The map after the last epoch, if it was asked for: of the movies that maps show at first."""


class StopAsked(_Event):
    """Somebody has asked for an end; what follows is said by the events after it."""

    kind: Literal["stop_asked"] = "stop_asked"


class StopHeard(_Event):
    """Whoever does it has heard that it is to stop, and ends soon. Told where that is another machine."""

    kind: Literal["stop_heard"] = "stop_heard"
    by: str
    """What it calls itself."""


class Stopped(_Event):
    """The last event of what was stopped before there was anything to keep."""

    kind: Literal["stopped"] = "stopped"
    message: str


class Failed(_Event):
    """The last event of what could not be done."""

    kind: Literal["failed"] = "failed"
    message: str
    """One sentence for people."""
    is_expected: bool = True
    """False for an error that nobody foresaw; the log of whoever did the work has its traceback."""


Event = Annotated[
    Queued
    | Preparing
    | Noticed
    | Started
    | Progress
    | EpochEnded
    | SearchProgress
    | Saving
    | Saved
    | SaveFailed
    | RateFound
    | Tried
    | StopAsked
    | StopHeard
    | Stopped
    | Failed,
    Field(discriminator="kind"),
]

LAST_EVENTS = (Saved, SaveFailed, RateFound, Tried, Stopped, Failed)
"""Of which a task tells one, after all others."""

_EVENTS: TypeAdapter[Event] = TypeAdapter(Event)


def read_task(text: str | bytes) -> Task:
    """Raises `JobError` for what is no task, `ConfigError` for wrong settings in it."""
    try:
        return Task.model_validate_json(text)
    except (ValidationError, RecursionError) as error:
        raise _unreadable("A task", text, error) from error


def read_event(text: str | bytes) -> Event:
    """Raises `JobError` for what is no event."""
    try:
        return _EVENTS.validate_json(text)
    except (ValidationError, OSError, RecursionError) as error:
        raise _unreadable("An event", text, error) from error


def _unreadable(what: str, text: str | bytes, error: Exception) -> JobError:
    why = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": str(error)}
    place = ".".join(map(str, why["loc"]))
    return JobError(
        f"{what} must be JSON of the form that `to_json` writes{f'; at {place}' if place else ''}: {why['msg']}. "
        f"Received: {repr(text)[:200]}"
    )
