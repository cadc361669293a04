"""What the compiled steps are made of, against NumPy; whole steps are held to other loops in test_loop.py."""

import numpy as np
import pytest

from recsys_core.training.dot.steps import Columns, _exp, _room_of_part, _softmax_gradients


def test_exponentials_are_right_to_seven_digits_and_zero_where_they_are_next_to_nothing():
    for x in np.concatenate([np.linspace(-59.9, 0, 401), -np.geomspace(1e-9, 1e-2, 20)]).astype(np.float32):
        assert _exp(x) == pytest.approx(np.exp(np.float64(x)), rel=1e-6)
    assert [_exp(np.float32(x)) for x in (-60, -61, -87, -1e9)] == [0, 0, 0, 0]


def test_the_gradient_of_a_surprise_is_what_differences_say():
    rng = np.random.default_rng(0)
    user, movie = np.array([1, 2, 1, 3, 4], np.int32), np.array([7, 8, 9, 7, 5], np.int32)
    correction, scores = rng.normal(size=5).astype(np.float32), rng.normal(size=5)
    own, weight = 0, 2.5
    counts = np.array([True, True, False, False, True])  # its own, and neither its user's nor its movie's others

    def surprise(of: np.ndarray) -> float:
        known = (of - correction)[counts]
        return weight * (np.log(np.exp(known).sum()) - known[0])

    expected = [(surprise(scores + step) - surprise(scores - step)) / 2e-5 for step in 1e-5 * np.eye(5)]
    part = _room_of_part(7, Columns(*[-1] * 8, size=2, n_eras=0))
    for array, values in ((part.user, user), (part.movie, movie), (part.correction, correction), (part.weight, weight)):
        array[:5] = values
    part.scores[:] = 99
    part.scores[own, :5] = scores
    _softmax_gradients(part, 5)
    assert part.scores[own, :5] == pytest.approx(expected, abs=1e-5)
    assert not part.scores[5:].any()
    assert not part.scores[:, 5:].any()
