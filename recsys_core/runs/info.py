"""What a run says of itself in config.json: typed, checked when read, and written from the same declaration."""

from __future__ import annotations

import datetime
import json
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PlainSerializer,
    PlainValidator,
    PositiveInt,
    ValidationError,
)
from pydantic_core import from_json

from recsys_core.errors import ConfigError, RunError
from recsys_core.settings.train_config import TrainConfig

FORMAT = 2
"""Number of the format that is written. Runs without a number are of format 1."""

Status = Literal["finished", "stopped", "diverged"]

MAX_BYTES = 2**20
"""Of config.json."""
_MAX_QUOTED = 200


class _Facts(BaseModel):
    # What a later version of the same format adds is passed over.
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", ser_json_inf_nan="constants")


class DataInfo(_Facts):
    """The ratings that were trained on, as `Ratings.describe` tells them."""

    id: str | None = None
    """Of the data set; None in runs older than data sets with an id: see `RunInfo.data_path`."""
    fingerprint: str | None = None
    name: str
    n_ratings: NonNegativeInt
    n_users: NonNegativeInt
    n_movies: NonNegativeInt
    rating_min: float
    """Stars, as are the two below."""
    rating_max: float
    rating_mean: float


class SplitInfo(_Facts):
    """How the ratings were divided."""

    n_users: NonNegativeInt
    n_movies: NonNegativeInt
    n_train: NonNegativeInt
    n_validation: NonNegativeInt
    n_dropped: NonNegativeInt
    """Validation ratings left out because their user or movie has no training rating."""
    train_mean: float
    """Stars."""


class Baselines(_Facts):
    """Validation errors of the simplest predictions, in stars (squared for MSE); NaN without validation ratings."""

    mean_mse: float
    mean_mae: float
    bias_mse: float
    bias_mae: float


class Prediction(_Facts):
    """How vectors and biases make a rating: no Keras is needed where it is a dot product."""

    is_dot: bool
    """offset + biases + dot product, then the stretched sigmoid if there is an `output_range`."""
    reads_ratings: bool = False
    """Users are described by the movies they rated."""
    offset: float
    output_range: tuple[float, float] | None
    """Stars between which the stretched sigmoid stays; None without one."""


def _read_config(value: Any) -> TrainConfig:
    if isinstance(value, TrainConfig):
        return value
    if not isinstance(value, dict):
        raise ValueError("must be an object of settings")
    try:
        return TrainConfig.from_dict(value)
    except (ConfigError, TypeError) as error:
        raise ValueError(str(error)) from error


class RunInfo(_Facts):
    """The whole of config.json."""

    format: int = 1
    label: str = ""
    """What it was called when it was saved; the folder's name if empty. See `Run.label`."""
    status: Status
    created: datetime.datetime
    kept_epoch: NonNegativeInt
    """Number of the epoch whose weights were kept."""
    config: Annotated[TrainConfig, PlainValidator(_read_config), PlainSerializer(TrainConfig.to_dict)]
    data: DataInfo
    split: SplitInfo
    baselines: Baselines
    n_parameters: NonNegativeInt
    prediction: Prediction
    versions: dict[str, str] = Field(default_factory=dict)
    """Of Python and of the libraries that trained it."""
    data_path: str | None = None
    """The ratings' file or folder in runs whose data have no id; None for the built-in ones."""
    continued_from: str | None = None
    """Name of the run whose training this one went on with."""
    first_epoch: PositiveInt = 1
    """Number of the first epoch of this training; those before it in the history are of the run it went on from."""
    started_from: str | None = None
    """Name of the run whose embeddings this one started from."""

    @classmethod
    def from_text(cls, text: bytes) -> RunInfo:
        """Read a config.json, of this format or an older one.

        Raises `RunError` with the reason alone ("config.json …"): newer formats, text that is no JSON, wrong values.
        """
        if len(text) > MAX_BYTES:
            raise RunError(f"config.json must have at most {MAX_BYTES:,} bytes. Received: {len(text):,}")
        try:
            raw = from_json(text)
        except ValueError as error:
            raise RunError(f"config.json must be JSON. Received: {_short(str(error))}") from error
        written = raw.get("format", 1) if isinstance(raw, dict) else 1
        if isinstance(written, int) and written > FORMAT:
            raise RunError(
                f"config.json must have format {FORMAT} or older. Received: format {_short(str(written))}, written by "
                "a newer version of this program: update to open it"
            )
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise RunError(_reason(error)) from error

    def to_text(self) -> str:
        """What config.json holds; `from_text` reads it back."""
        values = self.model_dump(mode="json")
        # Nothing is said of what does not apply.
        for name in ("continued_from", "started_from"):
            if values[name] is None:
                del values[name]
        return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def _reason(error: ValidationError) -> str:
    """The first of the errors as one sentence."""
    first = error.errors(include_url=False)[0]
    name = ".".join(map(str, first["loc"]))
    if not name:
        return f"config.json must hold an object. Received: {_short(repr(first['input']))}"
    if first["type"] == "missing":
        return f"config.json must have `{name}`. Received: none"
    if first["type"] == "value_error":
        return f"config.json: `{name}`: {_short(first['msg'].removeprefix('Value error, '), 800)}"
    wanted = first["msg"].removeprefix("Input should be ")
    return f"config.json: `{name}` must be {wanted}. Received: {_short(repr(first['input']))}"


def _short(text: str, most: int = _MAX_QUOTED) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most] + " …"
