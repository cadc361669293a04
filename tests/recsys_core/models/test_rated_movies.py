"""Users described by the movies they rated, on numbers worked out by hand."""

import dataclasses

import numpy as np
import pytest

from recsys_core.models.rated_movies import DAMPING, SLICE, make_layer, order_by_user, user_vectors
from recsys_core.models.registry import Batch
from recsys_core.training.backend import tensorflow

VECTORS = np.array([[1, 0], [0, 1], [2, 2]], np.float32)


def test_user_vectors_are_means_of_the_rated_movies():
    user, movie = np.array([0, 0, 2]), np.array([0, 1, 2])
    liking, watching = user_vectors(user, movie, np.array([1.0, -1.0, 0.5]), VECTORS, n_users=3)
    assert liking == pytest.approx(np.array([[1, -1], [0, 0], [0, 0]]) / (2 + DAMPING))  # one rating shows no liking
    assert watching == pytest.approx(np.array([[0.5, 0.5], [0, 0], [2, 2]]))
    assert liking.dtype == watching.dtype == np.float32


def test_a_rating_is_described_by_the_users_other_ratings_alone():
    """The layer gives each example what `user_vectors` gives for all ratings of its user but that one."""
    tf, _ = tensorflow()
    user, movie = np.array([0, 0, 0, 1, 1, 0]), np.array([0, 1, 2, 0, 2, 1])
    rating, expected = np.array([5, 3, 1, 4, 2, 3], np.float32), np.full(6, 3.0, np.float32)
    weight = np.array([1, 1, 1, 1, 1, 0], np.float32)  # the last one is padding

    @dataclasses.dataclass
    class Step:
        batch: Batch

    step = Step(Batch(user, movie, rating, weight, None))
    looked_up = tf.zeros((6, 2))
    inputs = [tf.constant(VECTORS[movie]), tf.constant(expected[:, None]), looked_up, looked_up]
    liking, watching = make_layer(*tensorflow(), step)(inputs, training=True)
    for i in range(5):
        others = (user == user[i]) & (movie != movie[i]) & (weight > 0)
        wanted = user_vectors(np.zeros(others.sum(), int), movie[others], (rating - expected)[others], VECTORS, 1)
        assert liking[i].numpy() == pytest.approx(wanted[0][0], abs=1e-6)
        assert watching[i].numpy() == pytest.approx(wanted[1][0], abs=1e-6)
    outside = make_layer(*tensorflow(), step)(inputs, training=False)
    assert outside[0].numpy() == pytest.approx(looked_up.numpy())


def test_order_keeps_slices_of_a_user_together():
    user = np.repeat([3, 1, 2], [2 * SLICE + 5, 1, SLICE])
    order = order_by_user(user, np.random.default_rng(0))
    assert np.array_equal(np.sort(order), np.arange(len(user)))
    changes = np.flatnonzero(np.diff(user[order])) + 1
    runs = np.diff(np.r_[0, changes, len(user)])
    assert len(runs) <= 5  # three slices of user 3, one each of the others, some of them side by side
    assert not np.array_equal(order, order_by_user(user, np.random.default_rng(1)))
