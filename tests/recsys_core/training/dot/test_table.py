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
    arrays = table.for_steps({"vectors": 0.5}, {"vectors": 0.25})
    assert arrays.penalty.tolist() == [0.5] * 3
    assert arrays.decay.tolist() == [0.25] * 3
    np.testing.assert_array_equal(arrays.rows[:, :3], WEIGHTS["vectors"])
    arrays.rows[:] = 7
    arrays.place[1] = 0
    table.start({})
    assert not arrays.rows.any()
    assert (arrays.place == -1).all()


def test_each_row_is_charged_once_or_as_often_as_is_said():
    table = ArrayTable({"vectors": 3}, 4)
    none = {"vectors": 0.0}
    assert table.for_steps(none, none).charged.tolist() == [1]
    table.charge(np.arange(4, dtype=np.float32))
    assert table.for_steps(none, none).charged.tolist() == [0, 1, 2, 3]


def test_steps_of_rows_are_counted_where_all_rows_step():
    none = {"vectors": 0.0}
    assert [len(ArrayTable({"vectors": 3}, 4, all_step=all_step).for_steps(none, none).done) for all_step in
            (False, True)] == [0, 4]  # fmt: skip
