"""What an architecture says about itself, and the one table of them all.

A new architecture is a file beside this one with a decorated function in it. It then appears on the Train page, on the
command line and in the tests that run every architecture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recsys_core.errors import ConfigError, quoted
from recsys_core.settings.declaration import Setting
from recsys_core.settings.own import declare_own, own_settings
from recsys_core.settings.train_config import SETTINGS, SHORTHANDS, TrainConfig

if TYPE_CHECKING:
    from recsys_core.models.builder import ModelBuilder

USER_EMBEDDING = "user_embedding"
USER_WATCH_EMBEDDING = "user_watch_embedding"
SESSION_EMBEDDING = "session_embedding"
SESSION_BIAS = "session_bias"
MOVIE_ERA = "movie_era"
MOVIE_EMBEDDING = "movie_embedding"
USER_BIAS = "user_bias"
MOVIE_BIAS = "movie_bias"
OFFSET = "offset"
"""A table of one number that training does not change: the training mean, where the output is centered."""

BIAS_SETTINGS = frozenset({"bias_initializer", "bias_l2"})


@dataclass(frozen=True)
class Architecture:
    """What an architecture is called, says, and how it is built."""

    name: str
    title: str
    formula: str
    """For people, in plain Unicode."""
    explain: str
    """What it is good for, in two sentences."""
    build: Callable[[ModelBuilder], Any]
    """From the builder to the model's output tensor `(batch, 1)`, in stars; or to a dict of such tensors, of which
    "rating" is that one."""
    settings: frozenset[str] = frozenset()
    """Names of the `TrainConfig` settings, beyond those that every architecture uses, that it uses."""
    own: type | None = None
    """A `settings_class` of settings that no other architecture has: read as `config.own.name`, told to `auxiliary`."""
    same_size: bool = True
    """User and movie vectors are multiplied, so their sizes must be equal."""
    is_dot: bool = True
    """A prediction is offset + biases + dot product (then the sigmoid), so that vectors and biases alone give it."""
    user_tables: tuple[str, ...] = (USER_EMBEDDING,)
    """Names of the tables with a vector for each user."""
    penalties: dict[str, str] = field(default_factory=dict)
    """Table name -> the setting that is its row penalty, where that is not `row_penalty`."""
    reads_ratings: bool = False
    """Users are described by the movies they rated (`rated_movies.py`): training takes each user's ratings side by
    side, and the tables of user vectors are computed after every epoch, not learned."""
    moment_tables: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    """Tables that take part in training alone, begin at zero and are not saved: name -> what looks them up ("movie" or
    "session") and their size, None for that of the movie embeddings. They take up what belongs to the sitting or the
    era in which a rating was given; without times their rows are looked up, and count for nothing. `SESSION_BIAS` is
    part of the predicted rating, in training and for validation ratings of sittings that training knows."""
    compares_pairs: bool = False
    """A step compares every example of the batch with all others, or with a part of them that grows as the batch does:
    memory grows with the square of the batch."""
    auxiliary: Callable[..., Any] | None = None
    """A further loss: `(tf, tables, batch, settings) -> scalar`. `tf` is TensorFlow; `tables` maps names to looked-up
    rows `(batch, size)`; `batch` is a `Batch`; `settings` maps the names of penalties and weights to scalars."""


@dataclass(frozen=True)
class Batch:
    """What an auxiliary loss sees of one step; tensors inside the compiled loop, `(batch,)` each."""

    user: Any
    movie: Any
    rating: Any
    weight: Any
    """1 for a rating, 0 for padding."""
    log_popularity: Any
    """Log of each example's movie's share of the training ratings."""
    above_mean: Any = None
    """Rating minus the mean training rating of its user, in stars."""
    era: Any = None
    """int32: the era in which it was given, where the architecture has `moment_tables`."""


ARCHITECTURES: dict[str, Architecture] = {}


def architecture(name: str, **about: Any) -> Callable[[Callable[[ModelBuilder], Any]], Callable[[ModelBuilder], Any]]:
    """Register the decorated function under `name`."""

    def register(build: Callable[[ModelBuilder], Any]) -> Callable[[ModelBuilder], Any]:
        made = Architecture(name=name, build=build, **about)
        misnamed = sorted(each for each in made.settings if each not in SETTINGS or not SETTINGS[each].named_only)
        if misnamed:
            raise ValueError(f"`settings` of {name} must name settings that are `named_only`. Received: {misnamed}")
        declare_own(name, made.own, {**SETTINGS, **SHORTHANDS})
        ARCHITECTURES[name] = made
        return build

    return register


def find_architecture(name: str) -> Architecture:
    """Raises `ConfigError` for a name that is not registered."""
    if name not in ARCHITECTURES:
        raise ConfigError(f"`architecture` must be one of {', '.join(ARCHITECTURES)}. Received: {quoted(name)}")
    return ARCHITECTURES[name]


def settings_of(chosen: Architecture) -> dict[str, Setting]:
    """The settings that a person can choose for this architecture, by name; its own ones last."""
    shared = {
        name: setting
        for name, setting in SETTINGS.items()
        if (not setting.named_only or name in chosen.settings)
        and not (name == "user_embedding_size" and chosen.same_size)
    }
    return {**shared, **own_settings(chosen.name)}


def check_settings(config: TrainConfig) -> None:
    """Raise `ConfigError` if the settings do not fit the architecture."""
    chosen = find_architecture(config.architecture)
    if chosen.same_size and config.user_embedding_size != config.movie_embedding_size:
        raise ConfigError(
            f"`user_embedding_size` must equal `movie_embedding_size` for {chosen.name}, which multiplies the vectors. "
            f"Received: {config.user_embedding_size} and {config.movie_embedding_size}"
        )


def check_used(config: TrainConfig, given: Iterable[str]) -> None:
    """Raise `ConfigError` if a setting of `given`, by name, is one that the architecture of `config` has no use for."""
    chosen = find_architecture(config.architecture)
    for name in given:
        users = [each.name for each in ARCHITECTURES.values() if name in settings_of(each)]
        if users and chosen.name not in users and name != "user_embedding_size":
            raise ConfigError(f"`{name}` must be given to {', '.join(users)} only. Received: {chosen.name}")
