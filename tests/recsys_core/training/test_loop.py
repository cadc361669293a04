"""The compiled loop's arithmetic: against Keras' `fit`, and against plain steps with autodiff and NumPy."""

import dataclasses

import numpy as np
import pytest

from recsys_core.data.split import split_ratings
from recsys_core.models.builder import ModelBuilder
from recsys_core.models.registry import ARCHITECTURES
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.backend import tensorflow
from recsys_core.training.dot.loop import DotLoop, is_dot_loop
from recsys_core.training.loop import CompiledLoop
from recsys_core.training.loop_cache import loop_for
from recsys_core.training.stock_model import initial_weights

RATE = 0.05
BATCH = 5


def keras_reference(config, split, weights, learning_rate):
    """The stock model compiled for `fit`, with Adam on dense gradients: its sparse path does not sum repeated ids."""
    tf, keras = tensorflow()

    class DenseAdam(keras.optimizers.Adam):
        def apply(self, grads, trainable_variables=None):
            return super().apply([tf.convert_to_tensor(g) for g in grads], trainable_variables)

    model = ModelBuilder(keras, config, split.n_users, split.n_movies, split.rating_range).model()
    for variable in model.weights:
        variable.assign(weights[variable.path])
    model = keras.Model(model.inputs, model.output["rating"] if isinstance(model.output, dict) else model.output)
    model.compile(DenseAdam(learning_rate), "mse")
    return model


@pytest.mark.parametrize("batch_normalization", [False, True])
@pytest.mark.parametrize("architecture", [name for name, about in ARCHITECTURES.items() if not about.reads_ratings])
def test_losses_equal_those_of_fit(architecture, checkerboard, batch_normalization):
    """Same data, same batches, same initial weights: the loss of each of three epochs to a thousandth.

    The last batch is a shorter one, but where it would be normalized with its padding. `fit` has no way to describe a
    user by the other ratings of the batch: test_rated_movies.py checks that layer.
    """
    has_networks = "batch_normalization" in ARCHITECTURES[architecture].settings
    if batch_normalization and not has_networks:
        pytest.skip("has no hidden layers to normalize")
    batch_size = 30 if batch_normalization else 50
    config = TrainConfig(
        architecture=architecture, user_embedding_size=4, movie_embedding_size=4,
        hidden_layers=(16,) if has_networks else (), table_updates="dense", batch_normalization=batch_normalization,
        watch_weight=0.0, gravity=0.0, watch_penalty=0.0, validation_fraction=0.1, batch_size=batch_size,
    )  # fmt: skip
    split = split_ratings(checkerboard, config)
    n_train = len(split.train)
    assert (n_train % batch_size == 0) is batch_normalization
    weights = initial_weights(split, config)
    reference = keras_reference(config, split, weights, 0.01)
    order = np.random.default_rng(0).permutation(n_train)
    user, movie, rating = split.train.user[order], split.train.movie[order], split.train.rating[order]
    fitted = reference.fit([user, movie], rating, batch_size=batch_size, epochs=3, shuffle=False, verbose=0)
    n_steps = -(-n_train // batch_size)
    for kind in (CompiledLoop, DotLoop) if is_dot_loop(config) else (CompiledLoop,):
        loop = kind(config, split.n_users, split.n_movies, split.rating_range, n_train)
        loop.start(split, config, weights)
        ours = []
        for _ in range(3):
            totals = loop.run(user, movie, rating, np.full(n_steps, 0.01, np.float32), seed=0)
            ours.append(totals.squared_error / totals.n_ratings)
        assert ours == pytest.approx(fitted.history["loss"], rel=1e-3), kind


def plain_loss(tf, config, rows, user, movie, rating, log_popularity):
    """The whole loss of one batch without padding, written from the formulas, pair by pair."""
    p, q = rows["user_embedding"], rows["movie_embedding"]
    predicted = rows["user_bias"][:, 0] + rows["movie_bias"][:, 0] + tf.reduce_sum(p * q, axis=1)
    loss = tf.reduce_mean((predicted - rating) ** 2)
    penalties = ARCHITECTURES[config.architecture].penalties
    for name, row in rows.items():
        penalty = getattr(config, penalties.get(name, "row_penalty"))
        loss += penalty * tf.reduce_mean(tf.reduce_sum(row * row, axis=1))
    n = len(user)
    if config.architecture == "dot-bias-gravity":
        pairs = [tf.tensordot(p[i], q[j], 1) ** 2 for i in range(n) for j in range(n)]
        loss += config.gravity * tf.add_n(pairs) / n**2
    if config.architecture == "rate-and-watch":
        w, surprises = rows["user_watch_embedding"], []
        for i in range(n):
            rivals = [j for j in range(n) if j == i or (movie[j] != movie[i] and user[j] != user[i])]
            scores = [
                tf.tensordot(w[i], q[j], 1) - config.popularity_correction * log_popularity[movie[j]] for j in rivals
            ]
            surprises.append(tf.reduce_logsumexp(tf.stack(scores)) - scores[rivals.index(i)])
        loss += config.watch_weight * tf.add_n(surprises) / n
    return loss


def plain_training(config, split, weights, order, n_epochs):
    """Adam in NumPy on gradients from autodiff, in float64: tables by name, each a row a user or movie."""
    tf, _ = tensorflow()
    train = split.train
    tables = {path.split("/")[0]: values.astype(np.float64) for path, values in weights.items()}
    slots = {name: [np.zeros_like(table), np.zeros_like(table)] for name, table in tables.items()}
    counts = split.movies["n_train_ratings"].to_numpy(np.float64)
    log_popularity = np.log((counts + 1) / (counts + 1).sum())
    starts = [start for _ in range(n_epochs) for start in range(0, len(order), BATCH)]
    for t, start in enumerate(starts, start=1):
        batch = order[start : start + BATCH]
        user, movie = train.user[batch], train.movie[batch]
        variables = {name: tf.Variable(table) for name, table in tables.items()}
        with tf.GradientTape() as tape:
            rows = {name: tf.gather(table, user if name.startswith("user") else movie)
                    for name, table in variables.items()}  # fmt: skip
            loss = plain_loss(tf, config, rows, user, movie, train.rating[batch].astype(np.float64), log_popularity)
        gradients = tape.gradient(loss, variables)
        for name, table in tables.items():
            index, of_all = (user, train.user) if name.startswith("user") else (movie, train.movie)
            decay = 2 * (config.bias_l2 if name.endswith("_bias") else config.l2) + config.weight_decay
            gradient = tf.convert_to_tensor(gradients[name]).numpy()
            touched = np.arange(len(table))
            charged = np.ones(len(table))
            if config.table_updates == "rows":
                touched = np.unique(index)
                looked_up = np.maximum(np.bincount(of_all, minlength=len(table)), 1)
                charged = np.maximum(1, len(train) / BATCH / looked_up)
            gradient = (gradient + decay * charged[:, None] * table)[touched]
            m, v = slots[name]
            m[touched] = 0.9 * m[touched] + 0.1 * gradient
            v[touched] = 0.999 * v[touched] + 0.001 * gradient**2
            rate = RATE * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            table[touched] -= rate * m[touched] / (np.sqrt(v[touched]) + 1e-7)
    return tables


CASES = [
    {"l2": 0.1},
    {"bias_l2": 0.1},
    {"weight_decay": 0.1},
    {"row_penalty": 0.1},
    {"architecture": "dot-bias-gravity", "gravity": 0.5},
    {"architecture": "rate-and-watch", "watch_weight": 1.5, "watch_penalty": 0.05, "row_penalty": 0.02},
    {"architecture": "rate-and-watch", "watch_weight": 0.7, "popularity_correction": 0.6, "watch_penalty": 0.0},
]


@pytest.mark.parametrize("table_updates", ["dense", "rows"])
@pytest.mark.parametrize("settings", CASES, ids=lambda settings: " ".join(settings))
def test_steps_equal_plain_ones(tiny, settings, table_updates):
    """Batches of 5, 5 and 3 ratings, twice over: every table to five digits."""
    defaults = {"architecture": "dot-bias", "user_embedding_size": 3, "movie_embedding_size": 3, "gravity": 0.0,
                "embedding_initializer": "normal", "batch_size": BATCH, "validation_fraction": 0.0}  # fmt: skip
    config = TrainConfig(**{**defaults, **settings, "table_updates": table_updates})
    split = split_ratings(tiny, config)
    assert len(split.train) == 13
    weights = initial_weights(split, config)
    order = np.random.default_rng(0).permutation(13)
    expected = plain_training(config, split, weights, order, n_epochs=2)
    loop = loop_for(split, config)
    loop.start(split, config, weights)
    train = split.train
    for _ in range(2):
        loop.run(train.user[order], train.movie[order], train.rating[order], np.full(3, RATE, np.float32), seed=0)
    for name, table in expected.items():
        assert loop.table(name) == pytest.approx(table, abs=2e-5), name


def test_padding_touches_no_row_that_the_batch_does_not_hold(tiny):
    config = TrainConfig(
        architecture="dot-bias", user_embedding_size=3, movie_embedding_size=3, batch_size=BATCH, validation_fraction=0
    )
    split = split_ratings(tiny, config)
    loop = loop_for(split, dataclasses.replace(config))
    weights = initial_weights(split, config)
    loop.start(split, config, weights)
    two = slice(0, 2)
    loop.run(
        split.train.user[two], split.train.movie[two], split.train.rating[two], np.full(1, RATE, np.float32), seed=0
    )
    changed = np.flatnonzero((loop.table("user_embedding") != weights["user_embedding/embeddings"]).any(axis=1))
    assert set(changed) == set(split.train.user[two])
