"""Gravity against the double sum that it stands for."""

import numpy as np
import pytest

from recsys_core.models.dot import gravity_loss
from recsys_core.models.registry import Batch
from recsys_core.training.backend import tensorflow
from tests.recsys_core.models import losses


@pytest.mark.parametrize("n_ratings", [6, 4])
def test_gravity_is_the_mean_over_all_pairs(n_ratings):
    """With padding too: what lies behind the batch's ratings is in no pair."""
    tf, _ = tensorflow()
    p, q = np.random.default_rng(0).normal(size=(2, 6, 3)).astype(np.float32)
    weight = (np.arange(6) < n_ratings).astype(np.float32)
    rows = {"user_embedding": tf.constant(p), "movie_embedding": tf.constant(q)}
    loss = gravity_loss(tf, rows, Batch(None, None, None, tf.constant(weight), None), {"gravity": 0.3})
    assert float(loss) == pytest.approx(losses.gravity(p[:n_ratings], q[:n_ratings], 0.3), rel=1e-5)
