"""The compiled training loop: many optimizer steps of a Keras model in one XLA program, reused between trainings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recsys_core.data.moments import Moments
from recsys_core.data.split import Examples, Split
from recsys_core.models import rated_movies
from recsys_core.models.builder import ModelBuilder
from recsys_core.models.registry import (
    MOVIE_BIAS,
    MOVIE_EMBEDDING,
    OFFSET,
    SESSION_BIAS,
    USER_BIAS,
    USER_EMBEDDING,
    USER_WATCH_EMBEDDING,
    Batch,
    find_architecture,
)
from recsys_core.models.scoring import output_range, score_of, to_stars
from recsys_core.settings.scopes import loop_key, told_to_loop
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.backend import tensorflow
from recsys_core.training.compiling.programs import forget_programs, named_alike, seal_programs
from recsys_core.training.row_optimizers import FORMULAS, RowTable, WholeUpdater
from recsys_core.training.traced_layers import TracedStep

RATINGS_PER_CALL = 65_536
"""The most ratings one call of the compiled loop takes; fewer where time asks for it."""

PREDICTED_AT_ONCE = 16_384
"""Ratings: what is looked up for them takes some megabytes, and what Keras takes for each call is little beside it."""

_RATING = "predicted_rating"
_NOTHING = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32), np.empty(0, np.float32), 0)
"""Users, movies, ratings, learning rates and seed of a call of no steps."""


@dataclass(frozen=True)
class LoopTotals:
    """Sums over the ratings that a call went through."""

    squared_error: float
    absolute_error: float
    n_ratings: int


class CompiledLoop:
    """One model structure with its optimizer, compiled once and used for any number of trainings."""

    def __init__(
        self,
        config: TrainConfig,
        n_users: int,
        n_movies: int,
        rating_range: tuple[float, float],
        n_train: int,
        n_session_rows: int = 1,
    ) -> None:
        self._tf, keras = tensorflow()
        self.config = config
        self.architecture = find_architecture(config.architecture)
        self.batch_size = min(config.batch_size or n_train, n_train)
        self.steps_per_call = max(1, RATINGS_PER_CALL // self.batch_size)
        self._shape = (n_users, n_movies, rating_range)
        self._n_session_rows = n_session_rows
        self._traced = TracedStep()
        builder = ModelBuilder(keras, config, *self._shape, training_layers=self._traced, tables_are="elsewhere")
        self._is_charged = is_charged(config)
        self._structure = repr((loop_key(config), self._is_charged, self._shape, self.batch_size, n_session_rows))
        with named_alike(self._structure):
            self._model = builder.model()
        self._layers = {layer.name: layer for layer in self._model.layers if layer.weights}
        self._table_names = [name for name in builder.tables if self._layers[name].trainable]
        self._looked_up_by = {name: builder.looked_up_by[name] for name in self._table_names}
        outputs = self._model.output
        rating = outputs["rating"] if isinstance(outputs, dict) else outputs
        # What training learns row by row is looked up outside the model, and enters it in place of the lookups.
        rows = [builder.tables[name] for name in self._table_names]
        others = {name: tensor for name, tensor in builder.tables.items() if name not in self._table_names}
        self._training_model = keras.Model([*self._model.inputs, *rows], {_RATING: rating, **others})
        formula = FORMULAS[config.optimizer]
        tf = self._tf
        self._table_shapes = {name: builder.table_shapes[name] for name in self._table_names}
        for name, (kind, size) in self.architecture.moment_tables.items():
            self._table_shapes[name] = (self._n_rows(kind), size or config.movie_embedding_size)
            self._looked_up_by[name] = kind
        self._row_tables: dict[str, RowTable] = {}
        self._table_updaters: dict[str, WholeUpdater] = {}
        if self._keeps_tables_by_row():
            for kind in sorted(set(self._looked_up_by.values())):
                sizes = {
                    name: size for name, (_, size) in self._table_shapes.items() if self._looked_up_by[name] == kind
                }
                self._row_tables[kind] = self._new_row_table(sizes, kind)
        else:
            self._table_updaters = {
                name: WholeUpdater(tf.Variable(tf.zeros(shape), trainable=False), formula)
                for name, shape in self._table_shapes.items()
            }
        # Variables of the model that are no stand-ins for tables.
        stand_ins = {id(self._layers[name].embeddings) for name in self._table_names}
        self._variables = [variable for variable in self._model.weights if id(variable) not in stand_ins]
        self._updaters = [WholeUpdater(each.value, formula) for each in self._variables if each.trainable]
        self._log_popularity = tf.Variable(tf.zeros(n_movies), trainable=False)
        self._user_mean = tf.Variable(tf.zeros(n_users), trainable=False)
        self._steps_between = {
            kind: tf.Variable(tf.ones((self._n_rows(kind), 1)), trainable=False)
            for kind in self._row_tables
            if self._is_charged
        }
        self._loop = self._untraced()
        self._no_steps: tuple = ()
        """What a call of no steps is called with; nothing before the loop is traced."""
        self._step = 0

    @property
    def n_parameters(self) -> int:
        """How many numbers training changes."""
        in_tables = sum(int(np.prod(self._table_shapes[name])) for name in self._table_names)
        return in_tables + sum(int(np.prod(each.shape)) for each in self._variables if each.trainable)

    @property
    def n_bytes(self) -> int:
        """Memory of the weights and of the optimizer slots."""
        moments = sum(int(np.prod(self._table_shapes[name])) for name in self.architecture.moment_tables)
        return 4 * (self.n_parameters + moments) * (1 + len(FORMULAS[self.config.optimizer].initial))

    def start(self, split: Split, config: TrainConfig, weights: Mapping[str, np.ndarray]) -> None:
        """Begin a training: `weights` by variable path, empty optimizer slots, step 0."""
        self.config = config
        self._step = 0
        self.set_weights(weights)
        for updater in (*self._updaters, *self._table_updaters.values()):
            updater.reset()
        counts = split.movies["n_train_ratings"].to_numpy(np.float64)
        self._log_popularity.assign(np.log((counts + 1) / (counts.sum() + len(counts))).astype(np.float32))
        self._user_mean.assign(split.user_means)
        for kind, steps_between in self._steps_between.items():
            steps_between.assign(self._mean_steps_between(split, kind)[:, None])

    def weights(self) -> dict[str, np.ndarray]:
        """Copies of all weights by variable path."""
        tables = {self._layers[name].embeddings.path: self._table(name) for name in self._table_names}
        return tables | {variable.path: variable.numpy() for variable in self._variables}

    def set_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """The next step starts with them, and with empty slots for the rows of tables; what sittings and eras have of
        their own begins as zeros."""
        for variable in self._variables:
            variable.assign(weights[variable.path])
        tables = {name: weights[self._layers[name].embeddings.path] for name in self._table_names}
        for table in self._row_tables.values():
            table.start(tables)
        for name, updater in self._table_updaters.items():
            updater.weight.assign(tables[name] if name in tables else self._tf.zeros(updater.weight.shape))

    def table(self, name: str) -> np.ndarray | None:
        """A copy of the table `(n_rows, size)` float32, or None if the architecture has none of this name."""
        if name in self._table_shapes:
            return self._table(name)
        return self._layers[name].embeddings.numpy() if name in self._layers else None

    def _table(self, name: str) -> np.ndarray:
        if name in self._table_updaters:
            return self._table_updaters[name].weight.numpy()
        return self._row_tables[self._looked_up_by[name]].weights(name)

    def gathered(self, split: Split, rows: np.ndarray) -> tuple[Examples, Moments | None]:
        """The training ratings `rows` of `split`, `(n,)`, in this order, as `run` takes them. From any thread."""
        moments = split.train_moments if self.architecture.moment_tables else None
        train = split.train
        return (
            Examples(train.user[rows], train.movie[rows], train.rating[rows]),
            None if moments is None else Moments(moments.session[rows], moments.era[rows]),
        )

    def run_on(self, split: Split, rows: np.ndarray, learning_rates: np.ndarray, seed: int) -> LoopTotals:
        """`run` on the training ratings `rows` of `split`, `(n,)`, in this order."""
        examples, moments = self.gathered(split, rows)
        return self.run(examples.user, examples.movie, examples.rating, learning_rates, seed, moments)

    def run(
        self,
        user: np.ndarray,
        movie: np.ndarray,
        rating: np.ndarray,
        learning_rates: np.ndarray,
        seed: int,
        moments: Moments | None = None,
    ) -> LoopTotals:
        """Train on the ratings in the order given, `(n,)` each; one learning rate a step, `(ceil(n / batch_size),)`.

        `moments`, of the same ratings, are for architectures with `moment_tables`; None if nothing is known of times.
        """
        squared, absolute = self._sums(Examples(user, movie, rating), learning_rates, seed, moments)
        self._step += len(learning_rates)
        return LoopTotals(float(squared), float(absolute), len(rating))

    def _sums(self, examples: Examples, rates: np.ndarray, seed: int, moments: Moments | None) -> tuple[Any, Any]:
        """Do the steps; the sums of squared and of absolute errors."""
        return self._loop(*self._arguments(examples.user, examples.movie, examples.rating, rates, seed, moments))

    def trace(self) -> None:
        """Do the part of `compile` that TensorFlow's and Keras' Python has in it: `compile_traced` is the rest."""
        if not self._no_steps:
            no_steps = self._arguments(*_NOTHING)
            with named_alike(self._structure):
                self._loop.get_concrete_function(*no_steps)
            self._no_steps = no_steps

    def compile_traced(self) -> None:
        """Compile what was traced, by a call of no steps.

        Any thread may do so, beside the one that owns TensorFlow: no operation of TensorFlow is called from Python. Two
        threads must not do that at once, which may end the process: the C++ that looks who is to do an operation puts
        its arguments where the next call of the same operation puts its own.
        """
        self._loop(*self._no_steps)
        seal_programs()

    def compile(self) -> None:
        """Compile the loop, if that was not done before."""
        self.trace()
        try:
            self.compile_traced()
        except self._tf.errors.OpError:
            # What is kept on disk may be at fault. That it failed is remembered too, but not of a function traced anew.
            forget_programs()
            self._loop, self._no_steps = self._untraced(), ()
            self.trace()
            self.compile_traced()

    def _arguments(
        self,
        user: np.ndarray,
        movie: np.ndarray,
        rating: np.ndarray,
        learning_rates: np.ndarray,
        seed: int,
        moments: Moments | None = None,
    ) -> tuple:
        """What the compiled loop is called with: always of the same shapes."""
        tf = self._tf
        n_ratings, n_steps = len(rating), len(learning_rates)
        last = n_ratings - (n_steps - 1) * self.batch_size
        capacity = self.steps_per_call * self.batch_size

        def padded(values: np.ndarray) -> Any:
            # The padding of the last batch repeats its own rows (they weigh nothing), so that no other row is touched.
            out = np.zeros(capacity, values.dtype)
            out[:n_ratings] = values
            if last < self.batch_size:
                padding = np.resize(values[n_ratings - last :], self.batch_size - last)
                out[n_ratings : n_ratings + len(padding)] = padding
            return tf.constant(out.reshape(self.steps_per_call, self.batch_size))

        rates = np.zeros(self.steps_per_call, np.float32)
        rates[:n_steps] = learning_rates
        settings = dict(told_to_loop(self.config))
        when: dict[str, Any] = {}
        if self.architecture.moment_tables:
            settings["knows_times"] = float(moments is not None)
            unknown = np.zeros(n_ratings, np.int32)
            when["session"] = padded(unknown if moments is None else moments.session % self._n_session_rows)
            when["era"] = padded(unknown if moments is None else moments.era)
        return (
            padded(user), padded(movie), padded(rating), tf.constant(rates),
            tf.constant(n_steps), tf.constant(last), tf.constant(self._step), tf.constant(seed),
            {name: tf.constant(value, tf.float32) for name, value in settings.items()}, when,
        )  # fmt: skip

    def describe_users(self, train: Examples) -> None:
        """Compute the users' vectors from the ratings `train`, where the architecture does not learn them."""
        if not self.architecture.reads_ratings:
            return
        n_users, _, rating_range = self._shape
        offset = self.table(OFFSET)
        score = self._table(MOVIE_BIAS)[:, 0] + (0 if offset is None else offset[0, 0])
        expected = to_stars(score, output_range(self.config, rating_range) if self.config.stretched_sigmoid else None)
        surprise = train.rating - expected[train.movie]
        tables = rated_movies.user_vectors(train.user, train.movie, surprise, self._table(MOVIE_EMBEDDING), n_users)
        for name, table in zip((USER_EMBEDDING, USER_WATCH_EMBEDDING), tables, strict=True):
            self._layers[name].embeddings.assign(table)

    def predict(self, examples: Examples) -> np.ndarray:
        """Predicted ratings in stars, float32 `(n,)`."""
        tf = self._tf
        said = []
        for start in range(0, len(examples), PREDICTED_AT_ONCE):
            user = tf.constant(examples.user[start : start + PREDICTED_AT_ONCE])
            movie = tf.constant(examples.movie[start : start + PREDICTED_AT_ONCE])
            ids = {"user": user, "movie": movie, "constant": tf.zeros_like(user)}
            kinds = {self._looked_up_by[name] for name in self._table_names}
            rows = {name: row for kind, table in self._row_tables.items() if kind in kinds
                    for name, row in table.rows(ids[kind]).items()}  # fmt: skip
            for name, updater in self._table_updaters.items():
                if name in self._table_names:
                    rows[name] = tf.gather(updater.weight, ids[self._looked_up_by[name]])
            inputs = [user, movie, *(rows[name] for name in self._table_names)]
            said.append(self._training_model(inputs, training=False)[_RATING].numpy()[:, 0])
        return np.concatenate(said) if said else np.empty(0, np.float32)

    def predict_validation(self, split: Split) -> np.ndarray:
        """The same of the validation ratings, with the biases of their sittings if the architecture has any."""
        said = self.predict(split.validation)
        sitting = split.validation_sittings if SESSION_BIAS in self._table_shapes else None
        if sitting is None:
            return said
        bias = self._table(SESSION_BIAS)[sitting % self._n_session_rows, 0]
        stretched = output_range(self.config, split.rating_range) if self.config.stretched_sigmoid else None
        return to_stars(score_of(said, stretched) + np.where(sitting >= 0, bias, 0), stretched)

    def _run_steps(
        self,
        user: Any,
        movie: Any,
        rating: Any,
        rates: Any,
        n_steps: Any,
        last: Any,
        start: Any,
        seed: Any,
        settings: Any,
        when: Mapping[str, Any],
    ) -> tuple[Any, Any]:
        tf = self._tf

        # `now` is the batch of a step. Taken from `batches` in the step itself, XLA would look up its place in them for
        # each pair of a batch again, one after the other.
        batches = {"user": user, "movie": movie, "rating": rating, **when}

        def body(i: Any, squared: Any, absolute: Any, now: dict[str, Any]) -> tuple[Any, Any, Any, dict[str, Any]]:
            size = tf.where(i == n_steps - 1, last, self.batch_size)
            weight = tf.cast(tf.range(self.batch_size) < size, tf.float32)
            batch = Batch(now["user"], now["movie"], now["rating"], weight, None)
            if self.architecture.auxiliary:
                batch = replace(
                    batch,
                    log_popularity=tf.gather(self._log_popularity, batch.movie),
                    above_mean=batch.rating - tf.gather(self._user_mean, batch.user),
                    era=now.get("era"),
                )
            self._traced.seed, self._traced.batch = tf.stack([seed, start + i]), batch
            ids = {"user": batch.user, "movie": batch.movie, "constant": tf.zeros_like(batch.user)}
            if when:
                ids["session"] = now["session"]
            looked_up = {kind: table.look_up(ids[kind]) for kind, table in self._row_tables.items()}
            rows = {name: row for each in looked_up.values() for name, row in each.rows.items()}
            for name, updater in self._table_updaters.items():
                rows[name] = tf.gather(updater.weight, ids[self._looked_up_by[name]])
            dense = [updater.weight for updater in self._updaters]
            with tf.GradientTape() as tape:
                tape.watch(rows)
                if SESSION_BIAS in rows:
                    self._traced.bias_of_sitting = settings["knows_times"] * rows[SESSION_BIAS]
                inputs = [batch.user, batch.movie, *(rows[name] for name in self._table_names)]
                outputs = self._training_model(inputs, training=True)
                error = (outputs[_RATING][:, 0] - batch.rating) * weight
                loss = tf.reduce_sum(error * error) / tf.reduce_sum(weight)
                if self.architecture.auxiliary:
                    loss += self.architecture.auxiliary(tf, outputs | rows, batch, settings)
            of_rows, of_dense = tape.gradient(loss, (rows, dense))
            t = tf.cast(start + i + 1, tf.float32)
            for updater, gradient in zip(self._updaters, of_dense, strict=True):
                updater.apply(gradient + settings["weight_decay"] * updater.weight, rates[i], t)
            # ∂/∂w of λ·‖w‖² averaged over the batch's ratings, for each looked-up row.
            share = (weight / tf.reduce_sum(weight))[:, None]
            for name, row in rows.items():
                of_rows[name] += 2 * settings[self.architecture.penalties.get(name, "row_penalty")] * share * row
            for name, updater in self._table_updaters.items():
                slices = tf.IndexedSlices(of_rows[name], ids[self._looked_up_by[name]], updater.weight.shape)
                updater.apply(
                    tf.convert_to_tensor(slices) + self._table_decay(name, settings) * updater.weight, rates[i], t
                )
            for kind, table in self._row_tables.items():
                decay = None
                if kind in self._steps_between:
                    # The whole-table penalty of the steps in which a row was not looked up is made good when it is.
                    between = tf.gather(self._steps_between[kind], ids[kind])
                    decay = {name: self._table_decay(name, settings) * between for name in looked_up[kind].rows}
                table.apply(looked_up[kind], of_rows, rates[i], t, decay)
            # Summed in float64, so that the totals do not depend on how the epoch is cut into calls.
            squared += tf.cast(tf.reduce_sum(error * error), tf.float64)
            absolute += tf.cast(tf.reduce_sum(tf.abs(error)), tf.float64)
            following = tf.minimum(i + 1, self.steps_per_call - 1)
            return i + 1, squared, absolute, {name: values[following] for name, values in batches.items()}

        zero = tf.constant(0.0, tf.float64)
        first = {name: values[0] for name, values in batches.items()}
        _, squared, absolute, _ = tf.while_loop(lambda i, *_: i < n_steps, body, (tf.constant(0), zero, zero, first))
        return squared, absolute

    def _keeps_tables_by_row(self) -> bool:
        return self.config.table_updates == "rows"

    def _new_row_table(self, sizes: Mapping[str, int], kind: str) -> Any:
        """For the tables, by name with the size of their rows, that are looked up by the ids of `kind`."""
        return RowTable(sizes, self._n_rows(kind), FORMULAS[self.config.optimizer])

    def _untraced(self) -> Any:
        return self._tf.function(self._run_steps, jit_compile=True, autograph=False)

    def _table_decay(self, name: str, settings: Mapping[str, Any]) -> Any:
        return 2 * settings["bias_l2" if name in (USER_BIAS, MOVIE_BIAS) else "l2"] + settings["weight_decay"]

    def _n_rows(self, kind: str) -> int:
        n_users, n_movies, _ = self._shape
        return {"user": n_users, "movie": n_movies, "constant": 1, "session": self._n_session_rows}[kind]

    def _mean_steps_between(self, split: Split, kind: str) -> np.ndarray:
        """How many steps there are for each that looks up the row, float32 `(n_rows,)`."""
        n_steps = max(1.0, len(split.train) / self.batch_size)
        looked_up = np.maximum(self._train_counts(split, kind), 1)
        return np.maximum(1.0, n_steps / looked_up).astype(np.float32)

    def _train_counts(self, split: Split, kind: str) -> np.ndarray:
        if kind != "session":
            return train_counts(split, kind)
        moments = split.train_moments
        if moments is None:
            return np.full(self._n_session_rows, len(split.train))
        return np.bincount(moments.session % self._n_session_rows, minlength=self._n_session_rows)


def is_charged(config: TrainConfig) -> bool:
    """Whether rows are penalized when they are looked up for the steps in which they were not: that takes time, so that
    the other loops are compiled without."""
    return config.table_updates == "rows" and bool(config.l2 or config.bias_l2 or config.weight_decay)


def train_counts(split: Split, kind: str) -> np.ndarray:
    """How often training looks up each row of a table that is indexed by "user", by "movie", or by a "constant"."""
    if kind == "constant":
        return np.array([len(split.train)])
    return split.user_counts if kind == "user" else split.movies["n_train_ratings"].to_numpy()
