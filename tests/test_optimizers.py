"""Row-sparse optimizers against plain NumPy with repeated ids, and against dense ones where every row is touched."""

import numpy as np
import pytest

from recsys_core.backend import tensorflow
from recsys_core.optimizers import FORMULAS, RowFinder, Updater

RATE = 0.1


def numpy_step(name, weight, slots, gradient, t):
    """The published formulas with Keras' constants, in float64."""
    if name == "sgd":
        return weight - RATE * gradient, []
    if name == "adagrad":
        total = slots[0] + gradient**2
        return weight - RATE * gradient / np.sqrt(total + 1e-7), [total]
    if name == "rmsprop":
        v = 0.9 * slots[0] + 0.1 * gradient**2
        return weight - RATE * gradient / np.sqrt(v + 1e-7), [v]
    m, v = 0.9 * slots[0] + 0.1 * gradient, 0.999 * slots[1] + 0.001 * gradient**2
    rate = RATE * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return weight - rate * m / (np.sqrt(v) + 1e-7), [m, v]


def updater(name, table, *, sparse):
    tf, _ = tensorflow()
    return Updater(tf.Variable(table, dtype=tf.float32), FORMULAS[name], sparse=sparse)


@pytest.mark.parametrize("name", FORMULAS)
def test_touched_rows_follow_the_formula_and_others_stay(name):
    rng = np.random.default_rng(0)
    table = rng.normal(size=(6, 3))
    ours = updater(name, table, sparse=True)
    weight = table.copy()
    slots = [np.full_like(table, value) for value in FORMULAS[name].initial]
    for t in range(1, 5):
        index = rng.integers(0, 5, 8)
        gradient = rng.normal(size=(8, 3))
        ours.apply_rows(RowFinder(6).find(index), gradient.astype(np.float32), RATE, np.float32(t))
        summed = np.zeros_like(table)
        np.add.at(summed, index, gradient)
        rows = np.unique(index)
        weight[rows], changed = numpy_step(name, weight[rows], [slot[rows] for slot in slots], summed[rows], t)
        for slot, value in zip(slots, changed, strict=True):
            slot[rows] = value
    assert ours.weight.numpy() == pytest.approx(weight, abs=1e-5)
    assert np.array_equal(ours.weight.numpy()[5], table[5].astype(np.float32))


@pytest.mark.parametrize("name", FORMULAS)
def test_sparse_equals_dense_when_every_row_is_touched(name):
    tf, _ = tensorflow()
    rng = np.random.default_rng(1)
    table = rng.normal(size=(4, 2)).astype(np.float32)
    sparse, dense = updater(name, table, sparse=True), updater(name, table, sparse=False)
    for t in range(1, 6):
        index = np.array([3, 0, 0, 1, 2, 3])
        gradient = rng.normal(size=(6, 2)).astype(np.float32)
        sparse.apply_rows(RowFinder(4).find(index), gradient, RATE, np.float32(t))
        dense.apply(tf.convert_to_tensor(tf.IndexedSlices(gradient, index, (4, 2))), RATE, np.float32(t))
    assert sparse.weight.numpy() == pytest.approx(dense.weight.numpy(), abs=1e-6)


@pytest.mark.parametrize("name", FORMULAS)
def test_dense_step_equals_keras(name):
    tf, keras = tensorflow()
    rng = np.random.default_rng(2)
    table = rng.normal(size=(5, 2)).astype(np.float32)
    theirs = keras.Variable(table)
    optimizer = keras.optimizers.get({"class_name": name, "config": {"learning_rate": RATE}})
    ours = updater(name, table, sparse=False)
    for t in range(1, 5):
        gradient = rng.normal(size=(5, 2)).astype(np.float32)
        optimizer.apply([tf.constant(gradient)], [theirs])
        ours.apply(gradient, RATE, np.float32(t))
    assert ours.weight.numpy() == pytest.approx(theirs.numpy(), abs=1e-5)


def test_repeated_ids_are_summed_before_squaring():
    """Three steps of Adam(0.1) on ones, gradient rows (1, 2, 3) at ids (0, 0, 2): 0.7000 in row 0, not 0.5975."""
    ours = updater("adam", np.ones((3, 1)), sparse=True)
    for t in range(1, 4):
        ours.apply_rows(RowFinder(3).find([0, 0, 2]), np.array([[1], [2], [3]], np.float32), 0.1, np.float32(t))
    assert ours.weight.numpy()[:, 0] == pytest.approx([0.7, 1.0, 0.7], abs=1e-4)
