"""Every setting of a training, declared once with its meaning, its limits and its check."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from recsys_core.errors import ConfigError

Optimizer = Literal["adam", "sgd", "rmsprop", "adagrad"]
Initializer = Literal["uniform", "positive_uniform", "he_normal", "glorot_uniform", "normal", "small_normal"]
TableUpdates = Literal["rows", "dense"]
Schedule = Literal["phases", "one_cycle"]
SplitMethod = Literal["random", "time"]
Unseen = Literal["drop", "zero"]
Keep = Literal["last", "best"]

MAX_EMBEDDING_SIZE = 512
MAX_EPOCHS = 1000
MAX_BATCH_SIZE = 65_536
MAX_HIDDEN_UNITS = 4096
MAX_HIDDEN_LAYERS = 8


def _check_range(
    name: str, value: float, low: float, high: float, *, whole: bool = False, exclusive_low: bool = False
) -> None:
    right_type = isinstance(value, int) if whole else isinstance(value, int | float) and math.isfinite(value)
    if not right_type or isinstance(value, bool) or not low <= value <= high or (exclusive_low and value == low):
        kind = "a whole number" if whole else "a number"
        above = "above" if exclusive_low else "from"
        raise ConfigError(f"`{name}` must be {kind} {above} {low:g} to {high:,g}. Received: {value!r}")


@dataclass(frozen=True)
class Phase:
    """A stretch of epochs at one learning rate."""

    learning_rate: float
    epochs: int

    def __post_init__(self) -> None:
        _check_range("learning_rate", self.learning_rate, 0, 100, exclusive_low=True)
        _check_range("epochs", self.epochs, 1, MAX_EPOCHS, whole=True)


@dataclass(frozen=True)
class TrainConfig:
    """How to train one model. Frozen; `dataclasses.replace` makes a variant. Built wrong, it raises `ConfigError`."""

    preset: str = "custom"
    """Name of the preset these settings started from; a label only."""
    architecture: str = "dot-bias"
    """Name of an entry of `architectures.ARCHITECTURES`."""
    user_embedding_size: int = 50
    """Numbers in each user's vector."""
    movie_embedding_size: int = 50
    """Numbers in each movie's vector; must equal the user's where the two are multiplied."""
    hidden_layers: tuple[int, ...] = ()
    """Units of each hidden Dense(ReLU) layer, for the architectures that have them."""
    embedding_activation: Literal["linear", "relu"] = "linear"
    """What the concatenated embeddings pass through before the first hidden layer."""
    embedding_dropout: float = 0.0
    """Share of the concatenated embeddings that is zeroed in training."""
    hidden_dropout: float = 0.0
    """Share of each hidden layer's outputs that is zeroed in training."""
    batch_normalization: bool = False
    """Normalize each hidden layer's outputs over the batch."""
    stretched_sigmoid: bool = False
    """Squash the output into the rating range (plus `sigmoid_margin` on both sides)."""
    sigmoid_margin: float = 0.0
    """Stars by which the stretched sigmoid reaches beyond the lowest and highest rating."""
    centered: bool = False
    """Start from the training mean: a constant added before the output (or before the sigmoid)."""
    embedding_initializer: Initializer = "uniform"
    bias_initializer: Literal["zeros", "uniform", "tiny_uniform", "he_normal"] = "zeros"
    dense_initializer: Literal["glorot_uniform", "he_normal", "torch"] = "glorot_uniform"

    optimizer: Optimizer = "adam"
    phases: tuple[Phase, ...] = (Phase(1e-3, 5),)
    """Learning rates, one after the other."""
    schedule: Schedule = "phases"
    """"phases" as given; "one_cycle" warms up to the first phase's rate and anneals over all epochs."""
    batch_size: int | None = 64
    """Ratings a step; None takes all training rows in every step."""
    table_updates: TableUpdates = "rows"
    """"rows": a step updates only the looked-up rows of an embedding table; "dense": the whole table, as Keras does."""
    row_penalty: float = 0.0
    """λ of λ·(‖p‖² + ‖q‖² + b²), averaged over the ratings of the batch: only the looked-up rows."""
    l2: float = 0.0
    """λ of λ·Σw² over the whole embedding tables, each step."""
    bias_l2: float = 0.0
    """The same over the bias tables."""
    weight_decay: float = 0.0
    """λ of λ·w added to the gradient of every weight, as PyTorch's Adam does."""
    watch_weight: float = 1.0
    """Weight of the watching loss beside the rating loss, for the architectures that learn both."""
    watch_penalty: float = 0.01
    """Row penalty on the vectors that learn what is watched."""
    popularity_correction: float = 0.0
    """Share of log-popularity that the watching loss subtracts: 0 keeps popularity out of the vectors, 1 puts it in."""
    gravity: float = 0.0
    """Weight of the all-pairs penalty on predictions for unobserved pairs, for the architecture that has it."""
    keep: Keep = "last"
    """Which epoch's weights are kept: the last one's, or those with the lowest validation MSE."""
    patience: int = 0
    """Stop after so many epochs without a lower validation MSE, and keep the best; 0 never stops early."""

    validation_fraction: float = 0.1
    """Share of the ratings that validate, the last ones if the split is by time."""
    split: SplitMethod = "random"
    unseen: Unseen = "zero"
    """Validation rows whose user or movie has no training rating: "drop" and count them, or score them with a "zero"
    embedding (its row then stays zero)."""
    n_ratings: int | None = None
    """Draw so many ratings before anything else; None takes all."""
    exact_genres: tuple[str, ...] = ()
    """Keep only movies whose whole genre field is one of these; empty keeps all."""
    seed: int = 0
    """Everything random comes from it: the sample, the split, the initial weights, the order, the dropout."""
    snapshots: int = field(default=60)
    """At most so many epochs' movie embeddings are kept for the replay, thinned evenly; 0 keeps none."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden_layers", tuple(self.hidden_layers))
        object.__setattr__(self, "exact_genres", tuple(self.exact_genres))
        phases = tuple(p if isinstance(p, Phase) else Phase(**p) for p in self.phases)
        object.__setattr__(self, "phases", phases)
        for name in ("user_embedding_size", "movie_embedding_size"):
            _check_range(name, getattr(self, name), 1, MAX_EMBEDDING_SIZE, whole=True)
        if len(self.hidden_layers) > MAX_HIDDEN_LAYERS:
            raise ConfigError(f"`hidden_layers` must be at most {MAX_HIDDEN_LAYERS}. Received: {self.hidden_layers}")
        for units in self.hidden_layers:
            _check_range("hidden_layers", units, 1, MAX_HIDDEN_UNITS, whole=True)
        for name in ("embedding_dropout", "hidden_dropout"):
            _check_range(name, getattr(self, name), 0, 0.95)
        for name in ("row_penalty", "l2", "bias_l2", "weight_decay", "watch_penalty", "gravity", "watch_weight"):
            _check_range(name, getattr(self, name), 0, 1000)
        _check_range("popularity_correction", self.popularity_correction, 0, 1)
        _check_range("sigmoid_margin", self.sigmoid_margin, 0, 5)
        if not phases:
            raise ConfigError("`phases` must have at least one phase. Received: none")
        _check_range("epochs", self.epochs, 1, MAX_EPOCHS, whole=True)
        if self.batch_size is not None:
            _check_range("batch_size", self.batch_size, 1, MAX_BATCH_SIZE, whole=True)
        _check_range("patience", self.patience, 0, MAX_EPOCHS, whole=True)
        _check_range("validation_fraction", self.validation_fraction, 0, 0.9)
        _check_range("seed", self.seed, 0, 2**31 - 1, whole=True)
        _check_range("snapshots", self.snapshots, 0, 60, whole=True)
        if self.n_ratings is not None:
            _check_range("n_ratings", self.n_ratings, 10, 10**9, whole=True)
        if self.validation_fraction == 0 and (self.keep == "best" or self.patience):
            raise ConfigError('`keep="best"` and `patience` must have a `validation_fraction` above 0. Received: 0')
        for name, accepted in _CHOICES.items():
            if getattr(self, name) not in accepted:
                raise ConfigError(f"`{name}` must be one of {', '.join(accepted)}. Received: {getattr(self, name)!r}")

    @property
    def epochs(self) -> int:
        return sum(phase.epochs for phase in self.phases)

    def with_epochs(self, epochs: int) -> TrainConfig:
        """The same learning rates over `epochs` epochs: phases cut at the end, or the last one made longer."""
        _check_range("epochs", epochs, 1, MAX_EPOCHS, whole=True)
        phases: list[Phase] = []
        left = epochs
        for phase in self.phases:
            if left > 0:
                phases.append(Phase(phase.learning_rate, min(phase.epochs, left)))
                left -= phases[-1].epochs
        if left > 0:
            phases[-1] = Phase(phases[-1].learning_rate, phases[-1].epochs + left)
        return dataclasses.replace(self, phases=tuple(phases))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; `from_dict` reads them back."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainConfig:
        """Raises `ConfigError` for a name that is no setting."""
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ConfigError(f"Settings must be among {', '.join(sorted(known))}. Received: {', '.join(unknown)}")
        return cls(**values)


_CHOICES: dict[str, tuple[str, ...]] = {
    "embedding_activation": ("linear", "relu"),
    "embedding_initializer": get_args(Initializer),
    "bias_initializer": ("zeros", "uniform", "tiny_uniform", "he_normal"),
    "dense_initializer": ("glorot_uniform", "he_normal", "torch"),
    "optimizer": get_args(Optimizer),
    "schedule": get_args(Schedule),
    "table_updates": get_args(TableUpdates),
    "keep": get_args(Keep),
    "split": get_args(SplitMethod),
    "unseen": get_args(Unseen),
}
