"""Every setting of a training, each declared once: what else is said of a setting anywhere comes from here."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pydantic

from recsys_core.errors import ConfigError, quoted
from recsys_core.settings.declaration import Setting, Sweep, declared, settings_class, unknown_settings
from recsys_core.settings.learning_rates import MAX_EPOCHS, MAX_LEARNING_RATE, Phase, format_phases, parse_phases
from recsys_core.settings.own import all_own_settings, own_settings, own_values

__all__ = ["SETTINGS", "SHORTHANDS", "Phase", "TrainConfig", "settings_of_config", "with_values"]

Initializer = Literal["uniform", "positive_uniform", "he_normal", "glorot_uniform", "normal", "small_normal"]

MAX_EMBEDDING_SIZE = 512
MAX_BATCH_SIZE = 65_536
MAX_PENALTY = 1000
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}"
_NAME_IN_WORDS = "1 to 60 letters, digits, dots, dashes or underscores, starting with a letter or digit"
_DATE = r"(\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))?"
_DATE_IN_WORDS = "a day such as 2005-04-02, or empty"
_EMBEDDING_SIZE = Sweep(16, 256, log=True)
_INITIALIZERS = {
    "uniform": "uniform ±0.05",
    "tiny_uniform": "uniform ±0.01",
    "positive_uniform": "uniform 0 to 0.05",
    "normal": "normal, σ 1",
    "small_normal": "normal, σ 0.01",
    "he_normal": "He normal",
    "glorot_uniform": "Glorot uniform",
    "torch": "as PyTorch",
}


@settings_class
class TrainConfig:
    """How to train one model. Frozen; `dataclasses.replace` makes a variant. Built wrong, it raises `ConfigError`.

    An architecture's own settings (`recsys_core.settings.own`) are given by name like all others, and read as
    `config.own.name`.
    """

    # fmt: off
    preset: Annotated[str, Setting("Preset",
        "Published notebooks' models, by name, and our own. Choosing one fills in all settings.",
        scope="label", group="front", pattern=_NAME, in_words=_NAME_IN_WORDS)] = "custom"
    architecture: Annotated[str, Setting("Architecture",
        "How a predicted rating comes from the embeddings of a user and a movie.",
        scope="structure", group="front", lasting=True, pattern=_NAME, in_words=_NAME_IN_WORDS)] = "dot-bias"
    movie_embedding_size: Annotated[int, Setting("Movie embedding size",
        "Numbers in each movie's vector. More can say more, and overfit sooner.",
        scope="structure", group="front", low=1, high=MAX_EMBEDDING_SIZE, lasting=True, sweep=_EMBEDDING_SIZE)] = 50

    user_embedding_size: Annotated[int, Setting("User embedding size",
        "Numbers in each user's vector; must equal the movies' where the two are multiplied.",
        scope="structure", low=1, high=MAX_EMBEDDING_SIZE, lasting=True, sweep=_EMBEDDING_SIZE)] = 50
    hidden_layers: Annotated[tuple[int, ...], Setting("Hidden layers",
        "Units of each hidden ReLU layer, such as 32, 4. Empty for none.",
        scope="structure", low=1, high=4096, most=8, named_only=True, lasting=True)] = ()
    embedding_dropout: Annotated[float, Setting("Embedding dropout",
        "Share of the concatenated embeddings that is zeroed in training. More where it overfits.",
        scope="structure", low=0, high=0.95, step=0.05, named_only=True, sweep=Sweep(0, 0.6))] = 0.0
    hidden_dropout: Annotated[float, Setting("Hidden dropout",
        "Share of each hidden layer's outputs that is zeroed in training. More where it overfits.",
        scope="structure", low=0, high=0.95, step=0.05, named_only=True, sweep=Sweep(0, 0.8))] = 0.0
    embedding_activation: Annotated[Literal["linear", "relu"], Setting("Embedding activation",
        "What the concatenated embeddings pass through before the first hidden layer.",
        scope="structure", named_only=True, lasting=True, titles={"relu": "ReLU"}, sweep=Sweep())] = "linear"
    embedding_initializer: Annotated[Initializer, Setting("Initial embeddings",
        "Where vectors start. Small ones learn more alike from seed to seed.",
        scope="start", titles=_INITIALIZERS, sweep=Sweep())] = "uniform"
    bias_initializer: Annotated[Literal["zeros", "uniform", "tiny_uniform", "he_normal"], Setting("Initial biases",
        "Where biases start.",
        scope="start", named_only=True, titles=_INITIALIZERS, sweep=Sweep())] = "zeros"
    dense_initializer: Annotated[Literal["glorot_uniform", "he_normal", "torch"], Setting("Initial network",
        "Where the weights of dense layers start.",
        scope="start", named_only=True, titles=_INITIALIZERS, sweep=Sweep())] = "glorot_uniform"
    batch_normalization: Annotated[bool, Setting("Batch normalization",
        "Normalize each hidden layer's outputs over the batch. Steadies high learning rates.",
        scope="structure", named_only=True, lasting=True, sweep=Sweep())] = False
    stretched_sigmoid: Annotated[bool, Setting("Stretched sigmoid",
        "Squash predictions into the rating range, so that none is impossible.",
        scope="structure", lasting=True, sweep=Sweep())] = False
    centered: Annotated[bool, Setting("Start from the mean",
        "Add the training mean before the output (or the sigmoid): vectors learn only what differs from it.",
        scope="structure", lasting=True, sweep=Sweep())] = False
    sigmoid_margin: Annotated[float, Setting("Sigmoid margin",
        "Stars by which the stretched sigmoid reaches beyond the lowest and the highest rating.",
        scope="structure", low=0, high=5, step=0.1, lasting=True, sweep=Sweep(0, 1))] = 0.0

    phases: Annotated[tuple[Phase, ...], Setting("Learning rates",
        "Phases of rate × epochs, one after the other, such as 0.001 × 5, 0.01 × 3.",
        scope="runtime", group="learning", least=1, most=MAX_EPOCHS, read=parse_phases, write=format_phases,
        in_words="phases of a learning rate and its epochs, such as 0.001 × 5")] = (Phase(1e-3, 5),)
    optimizer: Annotated[Literal["adam", "sgd", "rmsprop", "adagrad"], Setting("Optimizer",
        "How a step follows from the gradient. Adam suits nearly everything here.",
        scope="structure", group="learning",
        titles={"adam": "Adam", "sgd": "SGD", "rmsprop": "RMSprop", "adagrad": "Adagrad"}, sweep=Sweep())] = "adam"
    schedule: Annotated[Literal["phases", "one_cycle"], Setting("Schedule",
        "Phases as given, or one cycle: it warms up to the first rate and anneals to zero, faster at high rates.",
        scope="runtime", group="learning", sweep=Sweep())] = "phases"
    batch_size: Annotated[int | None, Setting("Batch size",
        "Ratings a step. Smaller learns more from an epoch, larger is quicker.",
        scope="structure", group="learning", low=1, high=MAX_BATCH_SIZE, none="all rows",
        suggestions=(10, 32, 64, 128, 256, 512, 1024, 4096), sweep=Sweep(32, 2048, log=True))] = 64
    table_updates: Annotated[Literal["rows", "dense"], Setting("Table updates",
        "Rows: a step updates only the embeddings it looked up, many times faster. Dense: all, as Keras does.",
        scope="structure", group="learning")] = "rows"
    keep: Annotated[Literal["last", "best"], Setting("Keep",
        "Which epoch's weights are saved: the last one's, or those with the lowest validation MSE, which flatters it.",
        scope="runtime", group="learning")] = "last"
    patience: Annotated[int, Setting("Patience",
        "Stop after so many epochs without a lower validation MSE, and keep the best; 0 never stops early.",
        scope="runtime", group="learning", low=0, high=MAX_EPOCHS)] = 0
    seed: Annotated[int, Setting("Seed",
        "Everything random comes from it: the sample, the split, the initial weights, the order, the dropout.",
        scope="runtime", group="learning", low=0, high=2**31 - 1, lasting=True)] = 0
    snapshots: Annotated[int, Setting("Snapshots",
        "At most so many epochs' movie embeddings are kept for the replay, thinned evenly; 0 keeps none.",
        scope="label", group="learning", low=0, high=60)] = 60

    row_penalty: Annotated[float, Setting("Row penalty",
        "λ of λ·(‖p‖² + ‖q‖² + b²), averaged over the batch: only the rows that a step looks up.",
        scope="runtime", group="losses", low=0, high=MAX_PENALTY, step=0.01, sweep=Sweep(1e-3, 0.3, log=True))] = 0.0
    weight_decay: Annotated[float, Setting("Weight decay",
        "λ of λ·w added to the gradient of every weight, as PyTorch's Adam does.",
        scope="runtime", group="losses", low=0, high=MAX_PENALTY, step=1e-5, sweep=Sweep(1e-7, 1e-3, log=True))] = 0.0
    l2: Annotated[float, Setting("Table L2",
        "λ of λ·Σw² over the whole embedding tables, each step, as Keras' l2 does.",
        scope="runtime", group="losses", low=0, high=MAX_PENALTY, step=1e-4, sweep=Sweep(1e-7, 1e-3, log=True))] = 0.0
    bias_l2: Annotated[float, Setting("Bias L2",
        "λ of λ·Σb² over the bias tables, each step.",
        scope="runtime", group="losses", low=0, high=MAX_PENALTY, step=1e-4, named_only=True,
        sweep=Sweep(1e-7, 1e-3, log=True))] = 0.0
    watch_weight: Annotated[float, Setting("Weight of watching",
        "How much the loss of what is watched counts beside that of ratings.",
        scope="runtime", group="losses", low=0, high=MAX_PENALTY, step=0.1, named_only=True,
        sweep=Sweep(0.1, 10, log=True))] = 1.0
    watch_penalty: Annotated[float, Setting("Watch penalty",
        "Row penalty on the vectors that learn what is watched.",
        scope="runtime", group="losses", low=0, high=MAX_PENALTY, step=0.01, named_only=True,
        sweep=Sweep(1e-3, 0.3, log=True))] = 0.01
    liking: Annotated[float, Setting("Weight of liking",
        "λ of e^(λ · stars above the user's mean), by which a movie counts among those watched. 0 counts all alike.",
        scope="runtime", group="losses", low=0, high=3, step=0.1, named_only=True, sweep=Sweep(0, 1.5))] = 0.5
    era_penalty: Annotated[float, Setting("Era penalty",
        "Row penalty on how much more a movie is watched in one era than in another.",
        scope="runtime", group="losses", low=0, high=MAX_PENALTY, step=0.01, named_only=True,
        sweep=Sweep(1e-3, 0.3, log=True))] = 0.01
    popularity_correction: Annotated[float, Setting("Popularity correction",
        "Share of log-popularity that the watching loss subtracts: 0 keeps popularity out of the vectors, 1 puts "
        "it in.",
        scope="runtime", group="losses", low=0, high=1, step=0.05, named_only=True, sweep=Sweep(0, 1))] = 0.0
    gravity: Annotated[float, Setting("Gravity",
        "Weight of the penalty on predictions for pairs nobody rated: pulls them towards the middle.",
        scope="runtime", group="losses", low=0, high=MAX_PENALTY, step=0.1, named_only=True,
        sweep=Sweep(0.01, 3, log=True))] = 0.0

    split: Annotated[Literal["random", "time", "last"], Setting("Split",
        "By time validates on the latest ratings, or on each user's last ones: harder, and closer to life.",
        scope="data", group="ratings", titles={"time": "by time", "last": "each user's last ratings"},
        lasting=True)] = "random"
    validation_fraction: Annotated[float, Setting("Validation share",
        "Share of the ratings that is kept aside to validate on.",
        scope="data", group="ratings", low=0, high=0.9, step=0.05, lasting=True)] = 0.1
    unseen: Annotated[Literal["drop", "zero"], Setting("Unseen in training",
        "Validation ratings of users or movies without a training rating: drop and count them, or score them "
        "with a zero embedding.",
        scope="data", group="ratings", lasting=True,
        titles={"drop": "drop and count", "zero": "zero embedding"})] = "zero"
    n_ratings: Annotated[int | None, Setting("Ratings drawn",
        "Draw so many ratings before anything else; empty takes all.",
        scope="data", group="ratings", low=10, high=10**9, step=1000, none="all", lasting=True)] = None
    exact_genres: Annotated[tuple[str, ...], Setting("Only movies of exactly",
        "Keep only movies whose whole genre field is one of these: Comedy, not Comedy and Drama.",
        scope="data", group="ratings", most=100, lasting=True)] = ()
    any_genres: Annotated[tuple[str, ...], Setting("Movies with any of",
        "Keep only movies that have one of these genres, whatever others they have.",
        scope="data", group="filters", most=100, lasting=True)] = ()
    all_genres: Annotated[tuple[str, ...], Setting("Movies with all of",
        "Keep only movies that have every one of these genres, whatever others they have.",
        scope="data", group="filters", most=100, lasting=True)] = ()
    year_from: Annotated[int | None, Setting("Movies from year",
        "Keep only movies of this year or later; those of an unknown year are left out.",
        scope="data", group="filters", low=1, high=9999, step=1, none="any", lasting=True)] = None
    year_to: Annotated[int | None, Setting("Movies to year",
        "Keep only movies of this year or earlier; those of an unknown year are left out.",
        scope="data", group="filters", low=1, high=9999, step=1, none="any", lasting=True)] = None
    min_user_ratings: Annotated[int, Setting("Ratings a user, at least",
        "Leave out users with fewer ratings, together with rare movies, until all that are left have enough.",
        scope="data", group="filters", low=1, high=10**6, step=1, lasting=True)] = 1
    min_movie_ratings: Annotated[int, Setting("Ratings a movie, at least",
        "Leave out movies with fewer ratings, together with users who rated little, until all that are left have both.",
        scope="data", group="filters", low=1, high=10**6, step=1, lasting=True)] = 1
    n_users: Annotated[int | None, Setting("Users drawn",
        "Draw so many users and keep all their ratings; empty takes all.",
        scope="data", group="filters", low=2, high=10**9, step=100, none="all", lasting=True)] = None
    rating_from: Annotated[float | None, Setting("Ratings from",
        "Keep only ratings this high or higher.",
        scope="data", group="filters", low=-1e6, high=1e6, step=0.5, none="any", lasting=True)] = None
    rating_to: Annotated[float | None, Setting("Ratings to",
        "Keep only ratings this low or lower.",
        scope="data", group="filters", low=-1e6, high=1e6, step=0.5, none="any", lasting=True)] = None
    date_from: Annotated[str, Setting("Given from",
        "Keep only ratings given on this day or later; empty for any.",
        scope="data", group="filters", pattern=_DATE, in_words=_DATE_IN_WORDS, lasting=True)] = ""
    date_to: Annotated[str, Setting("Given to",
        "Keep only ratings given on this day or earlier; empty for any.",
        scope="data", group="filters", pattern=_DATE, in_words=_DATE_IN_WORDS, lasting=True)] = ""
    # fmt: on

    own: Any = None
    """The architecture's own settings, an object of the class it declares; None if it has none."""

    @classmethod
    def _given(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Gather what architectures declare for themselves into `own`."""
        known = all_own_settings()
        own = {name: given[name] for name in given if name in known}
        rest = {name: value for name, value in given.items() if name not in known}
        architecture, before = rest.get("architecture", SETTINGS["architecture"].default), rest.get("own")
        if before is not None and not dataclasses.is_dataclass(before):
            raise unknown_settings(["own"], SETTINGS)
        return rest | {"own": own_values(architecture, before, own) if isinstance(architecture, str) else None}

    @pydantic.model_validator(mode="after")
    def _fit_together(self) -> TrainConfig:
        SHORTHANDS["epochs"].check(self.epochs)
        if self.validation_fraction == 0 and (self.keep == "best" or self.patience):
            raise ConfigError('`keep="best"` and `patience` must have a `validation_fraction` above 0. Received: 0')
        return self

    @property
    def epochs(self) -> int:
        return sum(phase.epochs for phase in self.phases)

    def with_epochs(self, epochs: int) -> TrainConfig:
        """The same learning rates over `epochs` epochs: phases cut at the end, or the last one made longer."""
        SHORTHANDS["epochs"].check(epochs)
        phases: list[Phase] = []
        left = epochs
        for phase in self.phases:
            if left > 0:
                phases.append(Phase(phase.learning_rate, min(phase.epochs, left)))
                left -= phases[-1].epochs
        if left > 0:
            phases[-1] = Phase(phases[-1].learning_rate, phases[-1].epochs + left)
        return dataclasses.replace(self, phases=tuple(phases))

    def value(self, name: str) -> Any:
        """A setting by its name, an architecture's own too."""
        return getattr(self.own if name in own_settings(self.architecture) else self, name)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; `from_dict` reads them back."""
        values = dataclasses.asdict(self)
        return values | (values.pop("own") or {})

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainConfig:
        """Raises `ConfigError` for a name that is no setting."""
        if not isinstance(values, Mapping):
            raise ConfigError(f"Settings must be given by name. Received: {quoted(values)}")
        unknown = sorted(map(str, set(values) - set(SETTINGS) - set(all_own_settings())))
        if unknown:
            raise unknown_settings(unknown, SETTINGS)
        return cls(**values)


@settings_class
class _Shorthands:
    """Words for several settings, or for a part of one, that people say more often."""

    # fmt: off
    embedding_size: Annotated[int, Setting("Embedding size",
        "Numbers in each user's and each movie's vector. More can say more, and overfit sooner.",
        scope="structure", group="front", low=1, high=MAX_EMBEDDING_SIZE, sweep=_EMBEDDING_SIZE)] = 50
    learning_rate: Annotated[float, Setting("Learning rate",
        "One rate for all epochs.",
        scope="runtime", group="front", low=0, above_low=True, high=MAX_LEARNING_RATE,
        sweep=Sweep(1e-4, 0.1, log=True))] = 1e-3
    epochs: Annotated[int, Setting("Epochs",
        "How often all training ratings are gone through. Stop when validation stops falling.",
        scope="runtime", group="front", low=1, high=MAX_EPOCHS, sweep=Sweep(2, 20, log=True))] = 5
    # fmt: on


SETTINGS: Mapping[str, Setting] = declared(TrainConfig)
"""Every setting but those that an architecture declares for itself, by name."""
SHORTHANDS: Mapping[str, Setting] = declared(_Shorthands)


def settings_of_config(config: TrainConfig) -> dict[str, Setting]:
    """Every setting that `config` has a value for, its architecture's own ones last."""
    return {**SETTINGS, **own_settings(config.architecture)}


def with_values(config: TrainConfig, values: Mapping[str, Any]) -> TrainConfig:
    """`config` with other values of settings and of shorthands, by name. Raises `ConfigError`."""
    plain = {name: value for name, value in values.items() if name not in SHORTHANDS}
    if "embedding_size" in values:
        size = SHORTHANDS["embedding_size"].check(values["embedding_size"])
        plain = {"user_embedding_size": size, "movie_embedding_size": size} | plain
    config = TrainConfig.from_dict(config.to_dict() | plain)
    if "learning_rate" in values:
        config = dataclasses.replace(config, phases=(Phase(values["learning_rate"], config.epochs),))
    return config.with_epochs(values["epochs"]) if "epochs" in values else config
