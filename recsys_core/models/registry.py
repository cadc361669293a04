"""The Keras models, each one function that reads like its formula, in one registry.

A new architecture is one decorated function here. It then appears on the Train page, the command line and in the tests
that run every architecture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from recsys_core.errors import ConfigError, quoted
from recsys_core.settings.declaration import Setting
from recsys_core.settings.own import declare_own, own_settings
from recsys_core.settings.train_config import SETTINGS, SHORTHANDS, TrainConfig
from recsys_core.training.backend import tensorflow

if TYPE_CHECKING:
    import keras

USER_EMBEDDING = "user_embedding"
USER_WATCH_EMBEDDING = "user_watch_embedding"
MOVIE_EMBEDDING = "movie_embedding"
USER_BIAS = "user_bias"
MOVIE_BIAS = "movie_bias"
OFFSET = "offset"
"""A table of one number that training does not change: the training mean, where the output is centered."""


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
    penalties: dict[str, str] = field(default_factory=dict)
    """Table name -> the setting that is its row penalty, where that is not `row_penalty`."""
    reads_ratings: bool = False
    """Users are described by the movies they rated (`user_tower.py`): training takes each user's ratings side by side,
    and the tables of user vectors are computed after every epoch, not learned."""
    compares_pairs: bool = False
    """A step compares every example of the batch with every other: memory grows with the square of the batch."""
    auxiliary: Callable[..., Any] | None = None
    """A further loss: `(tables, batch, settings) -> scalar`; `tables` maps names to looked-up rows, `batch` is a
    `program.Batch`, `settings` maps the names of penalties and weights to scalars."""


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


class TrainingLayers(Protocol):
    """Layers that do in training what no stock Keras layer does."""

    def dropout(self, rate: float, name: str) -> Any:
        """A layer from `(batch, size)` to the same shape."""
        ...

    def other_ratings(self) -> Any:
        """`user_tower.make_layer`."""
        ...


@dataclass
class ModelBuilder:
    """The two inputs and the parts that architectures are made of. Tensors are `(batch, size)` float32."""

    config: TrainConfig
    n_users: int
    n_movies: int
    rating_range: tuple[float, float]
    """Lowest and highest rating, in stars."""
    training_layers: TrainingLayers | None = None
    """Layers that take part in the compiled loop alone; None builds the model of stock layers that is saved."""

    def __post_init__(self) -> None:
        _, self.keras = tensorflow()
        self.user = self.keras.Input((), dtype="int32", name="user")
        self.movie = self.keras.Input((), dtype="int32", name="movie")
        self.tables: dict[str, Any] = {}
        self.looked_up_by: dict[str, str] = {}
        self._names: Counter[str] = Counter()

    def table(self, ids: Any, n_rows: int, size: int, name: str, initializer: str, trainable: bool = True) -> Any:
        """Rows `(batch, size)` of an embedding table called `name`."""
        layer = self.keras.layers.Embedding(
            n_rows, size, name=name, embeddings_initializer=self._initializer(initializer), trainable=trainable
        )
        self.tables[name] = layer(ids)
        self.looked_up_by[name] = "user" if ids is self.user else "movie" if ids is self.movie else "constant"
        return self.tables[name]

    def user_embedding(self, name: str = USER_EMBEDDING) -> Any:
        size = self.config.user_embedding_size
        return self.table(self.user, self.n_users, size, name, self.config.embedding_initializer)

    def movie_embedding(self) -> Any:
        size = self.config.movie_embedding_size
        return self.table(self.movie, self.n_movies, size, MOVIE_EMBEDDING, self.config.embedding_initializer)

    def user_bias(self) -> Any:
        return self.table(self.user, self.n_users, 1, USER_BIAS, self.config.bias_initializer)

    def movie_bias(self) -> Any:
        return self.table(self.movie, self.n_movies, 1, MOVIE_BIAS, self.config.bias_initializer)

    def described_user(self, movie_vectors: Any, movie_bias: Any) -> tuple[Any, Any]:
        """How the user rates and what they watch, from the movies that they rated: `(batch, size)` each.

        In training from the user's other ratings of the batch; in the saved model looked up in the tables in which
        `user_tower.user_vectors` leaves them.
        """
        names = (USER_EMBEDDING, USER_WATCH_EMBEDDING)
        size = self.config.user_embedding_size
        looked_up = [self.table(self.user, self.n_users, size, name, "zeros", trainable=False) for name in names]
        if not self.training_layers:
            return looked_up[0], looked_up[1]
        described = self.training_layers.other_ratings()([movie_vectors, self.rating(movie_bias), *looked_up])
        self.tables.update(zip(names, described, strict=True))
        return described

    def constant_row(self, size: int, name: str, trainable: bool) -> Any:
        """One learned or fixed row `(batch, size)`, the same for every example."""
        zero = self.keras.layers.Rescaling(0, dtype="int32", name=self._name("zero"))(self.user)
        return self.table(zero, 1, size, name, "zeros", trainable)

    def dot(self, a: Any, b: Any) -> Any:
        return self.keras.layers.Dot(axes=1, name=self._name("dot"))([a, b])

    def add(self, *parts: Any) -> Any:
        return self.keras.layers.Add(name=self._name("add"))(list(parts))

    def relu(self, x: Any) -> Any:
        return self.keras.layers.Activation("relu", name=self._name("relu"))(x)

    def concatenate(self, *parts: Any) -> Any:
        return self.keras.layers.Concatenate(name=self._name("concatenate"))(list(parts))

    def dense(self, x: Any, units: int) -> Any:
        initializer = self._initializer(self.config.dense_initializer)
        return self.keras.layers.Dense(units, name=self._name("dense"), kernel_initializer=initializer)(x)

    def dropout(self, x: Any, rate: float) -> Any:
        layer = self.training_layers.dropout if self.training_layers else self.keras.layers.Dropout
        return layer(rate, name=self._name("dropout"))(x) if rate > 0 else x

    def hidden_stack(self, x: Any) -> Any:
        """Dense(ReLU) layers, each followed by batch normalization and dropout where the settings ask for them."""
        for units in self.config.hidden_layers:
            x = self.relu(self.dense(x, units))
            if self.config.batch_normalization:
                x = self.keras.layers.BatchNormalization(name=self._name("normalization"))(x)
            x = self.dropout(x, self.config.hidden_dropout)
        return x

    def rating(self, *parts: Any) -> Any:
        """The sum of `parts`, each `(batch, 1)`; with the mean if centered, stretched if the settings say so."""
        terms = list(parts)
        if self.config.centered:
            if OFFSET not in self.tables:
                self.constant_row(1, OFFSET, trainable=False)
            terms.append(self.tables[OFFSET])
        total = self.add(*terms) if len(terms) > 1 else terms[0]
        if not self.config.stretched_sigmoid:
            return total
        low, high = output_range(self.config, self.rating_range)
        squashed = self.keras.layers.Activation("sigmoid", name=self._name("sigmoid"))(total)
        return self.keras.layers.Rescaling(high - low, low, name=self._name("stars"))(squashed)

    def model(self) -> keras.Model:
        """A Keras model from `[user, movie]` positions, each `(batch,)` int32, to a rating `(batch, 1)` in stars.

        An architecture that says more than a rating makes it a dict with the rating under "rating".
        """
        chosen = find_architecture(self.config.architecture)
        check_settings(self.config)
        return self.keras.Model([self.user, self.movie], chosen.build(self), name=chosen.name.replace("-", "_"))

    def _name(self, kind: str) -> str:
        """A name that is the same each time this model is built, whatever was built before."""
        self._names[kind] += 1
        return f"{kind}_{self._names[kind]}"

    def _initializer(self, name: str) -> Any:
        initializers = self.keras.initializers
        return {
            "zeros": initializers.Zeros,
            "uniform": lambda: initializers.RandomUniform(-0.05, 0.05),
            "positive_uniform": lambda: initializers.RandomUniform(0, 0.05),
            "tiny_uniform": lambda: initializers.RandomUniform(-0.01, 0.01),
            "normal": lambda: initializers.RandomNormal(stddev=1.0),
            "small_normal": lambda: initializers.RandomNormal(stddev=0.01),
            "he_normal": initializers.HeNormal,
            "glorot_uniform": initializers.GlorotUniform,
            "torch": lambda: initializers.VarianceScaling(1 / 3, "fan_in", "uniform"),
        }[name]()


def output_range(config: TrainConfig, rating_range: tuple[float, float]) -> tuple[float, float]:
    """Lowest and highest prediction of a stretched sigmoid, in stars."""
    return rating_range[0] - config.sigmoid_margin, rating_range[1] + config.sigmoid_margin


def to_stars(score: np.ndarray, output_range: tuple[float, float] | None) -> np.ndarray:
    """Ratings in stars, shaped as `score`: `score` itself, or through the sigmoid stretched over `output_range`."""
    if output_range is None:
        return score
    low, high = output_range
    return low + (high - low) / (1 + np.exp(-score))


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


NETWORK_SETTINGS = frozenset({"hidden_layers", "hidden_dropout", "batch_normalization", "dense_initializer"})
BIAS_SETTINGS = frozenset({"bias_initializer", "bias_l2"})


@architecture(
    "dot",
    title="Dot product",
    formula="r̂ = p·q",
    explain="The plainest matrix factorization: a user likes a movie as far as their vectors point the same way. "
    "It must spend dimensions on what a bias would say in one number, so it fits slowly.",
)
def dot(m: ModelBuilder) -> Any:
    return m.rating(m.dot(m.user_embedding(), m.movie_embedding()))


@architecture(
    "dot-bias",
    title="Dot product with biases",
    formula="r̂ = b_user + b_movie + p·q",
    explain="Biases say who rates high and what is rated high, so the vectors are free to say who likes what. "
    "The classic of the Netflix Prize, quick and hard to beat on rating error.",
    settings=BIAS_SETTINGS,
)
def dot_bias(m: ModelBuilder) -> Any:
    return m.rating(m.dot(m.user_embedding(), m.movie_embedding()), m.user_bias(), m.movie_bias())


def gravity_loss(rows: dict[str, Any], batch: Any, settings: dict[str, Any]) -> Any:
    """`gravity` times the mean of (p·q)² over all pairs of the batch's users and movies, rated or not.

    Σ (p·q)² over all pairs is the trace of (PᵀP)(QᵀQ): two matrices of the embedding size squared, no pair is ever
    formed. Google's recommendation systems course calls it gravity; Krichene et al. 2019, "Efficient training on very
    large corpora via Gramian estimation".
    """
    tf, _ = tensorflow()
    counted = batch.weight[:, None]
    p, q = counted * rows[USER_EMBEDDING], counted * rows[MOVIE_EMBEDDING]
    pairs = tf.reduce_sum(tf.matmul(p, p, transpose_a=True) * tf.matmul(q, q, transpose_a=True))
    return settings["gravity"] * pairs / tf.reduce_sum(batch.weight) ** 2


@architecture(
    "dot-bias-gravity",
    title="Dot product with biases and gravity",
    formula="r̂ = b_user + b_movie + p·q,   with gravity · mean over all pairs of (p·q)²",
    explain="Ratings alone leave the pairs that nobody rated free to be anything; gravity pulls them all towards "
    "no opinion. Neighbors gain a little, at a small cost in rating error; what people watch teaches more.",
    settings=BIAS_SETTINGS | {"gravity"},
    auxiliary=gravity_loss,
)
def dot_bias_gravity(m: ModelBuilder) -> Any:
    return dot_bias(m)


def watching_loss(rows: dict[str, Any], batch: Any, settings: dict[str, Any]) -> Any:
    """`watch_weight` times the mean cross-entropy of finding each user's movie among the movies of the batch.

    A batch draws movies by their popularity, so this softmax learns how much more than by popularity alone a user
    watches a movie. Subtracting log-popularity (Yi et al. 2019, "Sampling-bias-corrected neural modeling for large
    corpus item recommendations") makes the vectors hold popularity as well, by the share `popularity_correction`.
    Other occurrences of the same movie are no wrong answers: they are left out.
    """
    tf, _ = tensorflow()
    w, q = rows[USER_WATCH_EMBEDDING], rows[MOVIE_EMBEDDING]
    correction = settings["popularity_correction"] * batch.log_popularity
    scores = tf.matmul(w, q, transpose_b=True) - correction
    place = tf.range(tf.shape(batch.movie)[0])
    also_right = (batch.movie[:, None] == batch.movie[None, :]) | (batch.user[:, None] == batch.user[None, :])
    also_right &= place[:, None] != place[None, :]
    scores = tf.where(also_right | (batch.weight == 0), -1e9, scores)
    highest = tf.stop_gradient(tf.reduce_max(scores, axis=1))
    total = tf.reduce_sum(tf.exp(scores - highest[:, None]), axis=1)
    own = tf.reduce_sum(w * q, axis=1) - correction
    surprise = highest + tf.math.log(total) - own
    return settings["watch_weight"] * tf.reduce_sum(batch.weight * surprise) / tf.reduce_sum(batch.weight)


@architecture(
    "rate-and-watch",
    title="Rating and watching",
    formula="r̂ = b_user + b_movie + p·q   and   P(watch) ∝ popularity · exp(w·q)",
    explain="Each user has two vectors, one for how they rate and one for what they watch, and each movie one that "
    "serves both. Predictions stay sharp, and neighbors become movies that the same people choose.",
    settings=BIAS_SETTINGS | {"watch_weight", "watch_penalty", "popularity_correction"},
    penalties={USER_WATCH_EMBEDDING: "watch_penalty", MOVIE_EMBEDDING: "watch_penalty"},
    compares_pairs=True,
    auxiliary=watching_loss,
)
def rate_and_watch(m: ModelBuilder) -> Any:
    p, w, q = m.user_embedding(), m.user_embedding(USER_WATCH_EMBEDDING), m.movie_embedding()
    return {"rating": m.rating(m.dot(p, q), m.user_bias(), m.movie_bias()), "watch": m.dot(w, q)}


@architecture(
    "rated-movies",
    title="Mean of rated movies",
    formula="r̂ = b_user + b_movie + p·q   with   p = Σ (e − ē)·q / (n + 50) over the user's n ratings",
    explain="Users have no vectors of their own: they are the mean of the movies they rated, liked more than "
    "expected (e) pulling and liked less pushing. A new user needs no training, and each movie's one vector does all "
    "the work.",
    settings=BIAS_SETTINGS | {"watch_weight", "watch_penalty", "popularity_correction"},
    penalties={MOVIE_EMBEDDING: "watch_penalty"},
    reads_ratings=True,
    compares_pairs=True,
    auxiliary=watching_loss,
)
def rated_movies(m: ModelBuilder) -> Any:
    q, b_movie = m.movie_embedding(), m.movie_bias()
    p, w = m.described_user(q, b_movie)
    return {"rating": m.rating(m.dot(p, q), m.user_bias(), b_movie), "watch": m.dot(w, q)}


@architecture(
    "concatenation",
    title="Concatenation network",
    formula="r̂ = network(p ⊕ q)",
    explain="A small network reads both vectors side by side and may combine them in any way. "
    "Sizes can differ, but similarity between vectors means less than with a dot product.",
    settings=NETWORK_SETTINGS | {"embedding_activation", "embedding_dropout"},
    same_size=False,
    is_dot=False,
)
def concatenation(m: ModelBuilder) -> Any:
    x = m.concatenate(m.user_embedding(), m.movie_embedding())
    if m.config.embedding_activation == "relu":
        x = m.relu(x)
    x = m.dropout(x, m.config.embedding_dropout)
    return m.rating(m.dense(m.hidden_stack(x), 1))


@architecture(
    "one-hot-mlp",
    title="One-hot network, joint embedding",
    formula="r̂ = network(ReLU(W·[onehot(user) ⊕ onehot(movie)] + b))",
    explain="Both one-hot vectors enter one ReLU layer, which is a user row plus a movie row: one joint embedding. "
    "It shows that an embedding is nothing but a dense layer on a one-hot input.",
    settings=NETWORK_SETTINGS,
    is_dot=False,
)
def one_hot_mlp(m: ModelBuilder) -> Any:
    bias = m.constant_row(m.config.movie_embedding_size, "joint_bias", trainable=True)
    joint = m.add(m.user_embedding(), m.movie_embedding(), bias)
    return m.rating(m.dense(m.hidden_stack(m.relu(joint)), 1))


@architecture(
    "split-mlp",
    title="One-hot network, separate embeddings",
    formula="r̂ = network(ReLU(W_u·onehot(user) + b_u) ⊕ ReLU(W_m·onehot(movie) + b_m))",
    explain="User and movie each pass a ReLU layer of their own before they are joined, so the movie part can be read "
    "alone. Because of the ReLU, its vectors have no negative side.",
    settings=NETWORK_SETTINGS,
    same_size=False,
    is_dot=False,
)
def split_mlp(m: ModelBuilder) -> Any:
    def encode(rows: Any, size: int, name: str) -> Any:
        return m.relu(m.add(rows, m.constant_row(size, name, trainable=True)))

    user = encode(m.user_embedding(), m.config.user_embedding_size, "user_layer_bias")
    movie = encode(m.movie_embedding(), m.config.movie_embedding_size, "movie_layer_bias")
    return m.rating(m.dense(m.hidden_stack(m.concatenate(user, movie)), 1))
