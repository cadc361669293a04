"""The watching loss against its formula, example by example."""

import numpy as np
import pytest

from recsys_core.models.registry import Batch
from recsys_core.models.watching import watching_loss
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
