"""What architectures are written with: the two inputs, tables, layers and the output, as stock Keras layers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from recsys_core.models.registry import (
    MOVIE_BIAS,
    MOVIE_EMBEDDING,
    OFFSET,
    USER_BIAS,
    USER_EMBEDDING,
    USER_WATCH_EMBEDDING,
    check_settings,
    find_architecture,
)
from recsys_core.models.scoring import output_range
from recsys_core.settings.train_config import TrainConfig


class TrainingLayers(Protocol):
    """Layers that do in training what no stock Keras layer does, or does as quickly."""

    def dropout(self, rate: float, name: str) -> Any:
        """A layer from `(batch, size)` to the same shape."""
        ...

    def dot(self, name: str) -> Any:
        """A layer from two of `(batch, size)` to their rows' dot products `(batch, 1)`."""
        ...

    def other_ratings(self) -> Any:
        """`rated_movies.make_layer`."""
        ...

    def sitting_bias(self) -> Any:
        """A layer from users `(batch,)` to the biases `(batch, 1)` of their sittings."""
        ...


@dataclass
class ModelBuilder:
    """The two inputs and the parts that architectures are made of. Tensors are `(batch, size)` float32."""

    keras: Any
    """The module, as `training.backend` sets it up."""
    config: TrainConfig
    n_users: int
    n_movies: int
    rating_range: tuple[float, float]
    """Lowest and highest rating, in stars."""
    training_layers: TrainingLayers | None = None
    """Layers that take part in the compiled loop alone; None builds the model of stock layers that is saved."""
    tables_are: Literal["drawn", "zero", "elsewhere"] = "drawn"
    """How embedding tables begin: as their initializers draw them; as zeros, where weights come later; or, those that
    training changes, as one row that stands for them, where their rows are kept elsewhere."""

    def __post_init__(self) -> None:
        self.user = self.keras.Input((), dtype="int32", name="user")
        self.movie = self.keras.Input((), dtype="int32", name="movie")
        self.tables: dict[str, Any] = {}
        self.table_shapes: dict[str, tuple[int, int]] = {}
        self.looked_up_by: dict[str, str] = {}
        self._names: Counter[str] = Counter()

    def table(self, ids: Any, n_rows: int, size: int, name: str, initializer: str, trainable: bool = True) -> Any:
        """Rows `(batch, size)` of an embedding table called `name`."""
        drawn_by = self._initializer(initializer)
        layer = self.keras.layers.Embedding(
            1 if self.tables_are == "elsewhere" and trainable else n_rows, size, name=name, trainable=trainable,
            embeddings_initializer=drawn_by if self.tables_are == "drawn" else "zeros",
        )  # fmt: skip
        self.tables[name] = layer(ids)
        # What it was made with, for whoever reads the saved model or draws the weights.
        layer.embeddings_initializer = drawn_by
        self.table_shapes[name] = (n_rows, size)
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

    def sitting_bias(self) -> tuple[Any, ...]:
        """The bias of the sitting, a further part of `rating`; none in the saved model, which knows no sittings."""
        return (self.training_layers.sitting_bias()(self.user),) if self.training_layers else ()

    def described_user(self, movie_vectors: Any, movie_bias: Any) -> tuple[Any, Any]:
        """How the user rates and what they watch, from the movies that they rated: `(batch, size)` each.

        In training from the user's other ratings of the batch; in the saved model looked up in the tables in which
        `rated_movies.user_vectors` leaves them.
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
        name = self._name("dot")
        layer = self.training_layers.dot(name) if self.training_layers else self.keras.layers.Dot(axes=1, name=name)
        return layer([a, b])

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

    def model(self) -> Any:
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
