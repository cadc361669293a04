"""The watching loss against its formula, example by example."""

import numpy as np
import pytest

from recsys_core.models.registry import Batch
from recsys_core.models.watching import PARTS, watching_loss, watching_surprise
from recsys_core.training.backend import tensorflow
from tests.recsys_core.models import losses


@pytest.mark.parametrize("correction", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("n_ratings", [6, 4])
def test_surprise_at_each_users_movie(n_ratings, correction):
    """With repeated users and movies, which are no rivals, and with padding, which is none either."""
    tf, _ = tensorflow()
    w, q = np.random.default_rng(0).normal(size=(2, 6, 3)).astype(np.float32)
    user, movie = np.array([0, 0, 1, 2, 2, 3]), np.array([0, 1, 0, 2, 3, 2])
    q = q[movie]
    popularity = np.log(np.array([0.4, 0.3, 0.2, 0.1], np.float32))[movie]
    weight = (np.arange(6) < n_ratings).astype(np.float32)
    rows = {"user_watch_embedding": tf.constant(w), "movie_embedding": tf.constant(q)}
    batch = Batch(*map(tf.constant, (user, movie, np.zeros(6, np.float32), weight, popularity)))
    loss = watching_loss(tf, rows, batch, {"watch_weight": 2.0, "popularity_correction": correction})
    n = n_ratings
    expected = losses.watching(w[:n], q[:n], user[:n], movie[:n], popularity[:n], 2.0, correction)
    assert float(loss) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("n_ratings", "n_parts"), [(255, 1), (256, 2), (389, 3), (600, PARTS)])
def test_a_large_batch_is_compared_in_parts(n_ratings, n_parts):
    """Every n-th example of the batch with the others of its part, and each finds its own surprise."""
    tf, _ = tensorflow()
    rng = np.random.default_rng(0)
    user, movie = rng.integers(0, 40, (2, n_ratings))
    # In float64, as what a small step changes is small.
    w, q = rng.normal(size=(2, n_ratings, 3))
    popularity, ones, counted = np.log(rng.random(n_ratings)), np.ones(n_ratings), np.arange(n_ratings)
    batch = Batch(*map(tf.constant, (user, movie, ones, ones, popularity)))
    settings = {"popularity_correction": 0.5}

    def surprise(w, q):
        return watching_surprise(tf, w, q, batch, settings)

    for start in range(n_parts):
        part = slice(start, None, n_parts)
        expected = losses.surprises(w[part], q[part], user[part], movie[part], popularity[part], 0.5)
        assert surprise(w, q).numpy()[part] == pytest.approx(expected)
    w, q = tf.constant(w), tf.constant(q)
    with tf.GradientTape() as tape:
        tape.watch([w, q])
        loss = tf.reduce_sum(surprise(w, q) * counted)
    gradients = tape.gradient(loss, [w, q])
    # By a small step along the gradient the loss falls as the gradient says.
    squared = sum(float(tf.reduce_sum(each**2)) for each in gradients)
    after = surprise(*(value - 1e-5 / squared**0.5 * each for value, each in zip((w, q), gradients, strict=True)))
    assert float(loss - tf.reduce_sum(after * counted)) == pytest.approx(1e-5 * squared**0.5, rel=1e-3)
