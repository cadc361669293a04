"""Embedding tables as arrays."""

import numpy as np

from recsys_core.training.dot.table import ArrayTable

WEIGHTS = {"vectors": np.arange(12, dtype=np.float32).reshape(4, 3), "bias": np.ones((4, 1), np.float32)}


def test_tables_are_side_by_side_and_apart_again():
    table = ArrayTable({"vectors": 3, "bias": 1, "other": 2}, 4)
    table.start(WEIGHTS)
    assert [table.column(name) for name in ("vectors", "bias", "other", "none")] == [0, 3, 4, -1]
    for name, weights in WEIGHTS.items():
        np.testing.assert_array_equal(table.weights(name), weights)
        np.testing.assert_array_equal(table.rows(np.array([2, 0, 2]))[name], weights[[2, 0, 2]])
    assert not table.weights("other").any()


def test_what_is_handed_out_is_a_copy_and_starting_anew_forgets_all():
    table = ArrayTable({"vectors": 3}, 4)
    table.start(WEIGHTS)
    table.weights("vectors")[:] = 99
    arrays = table.for_steps({"vectors": 0.5})
    assert arrays.penalty.tolist() == [0.5] * 3
    np.testing.assert_array_equal(arrays.rows[:, 0], WEIGHTS["vectors"])
    arrays.rows[:] = 7
    arrays.place[1] = 0
    table.start({})
    assert not arrays.rows.any()
    assert (arrays.place == -1).all()
