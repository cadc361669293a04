"""Row-sparse optimizers against plain NumPy with repeated ids, and against dense ones where every row is touched."""

import numpy as np
import pytest

from recsys_core.training import row_optimizers
from recsys_core.training.backend import tensorflow
from recsys_core.training.row_optimizers import FORMULAS, RowTable, WholeUpdater

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


def row_table(name, **tables):
    n_rows = len(next(iter(tables.values())))
    ours = RowTable({key: table.shape[1] for key, table in tables.items()}, n_rows, FORMULAS[name])
    ours.start(tables)
    return ours


def apply(ours, index, gradients, t, decay=None):
    tf, _ = tensorflow()
    gradients = {key: tf.constant(gradient, tf.float32) for key, gradient in gradients.items()}

    @tf.function(jit_compile=True, autograph=False)
    def step(index, gradients, t):
        ours.apply(ours.look_up(index), gradients, RATE, t, decay)

    step(tf.constant(index, tf.int32), gradients, tf.constant(t, tf.float32))


def weights(ours):
    return {key: ours.weights(key) for key in ours._sizes}


@pytest.mark.parametrize("name", FORMULAS)
def test_touched_rows_follow_the_formula_and_others_stay(name):
    """Two tables of different width, kept side by side, with repeated ids and a decay on one of them."""
    rng = np.random.default_rng(0)
    tables = {"vector": rng.normal(size=(6, 3)), "bias": rng.normal(size=(6, 1))}
    decay = {"vector": 0.5, "bias": 0.0}
    ours = row_table(name, **tables)
    expected = {key: table.copy() for key, table in tables.items()}
    slots = {key: [np.full_like(t, value) for value in FORMULAS[name].initial] for key, t in tables.items()}
    for t in range(1, 5):
        index = rng.integers(0, 5, 8)
        gradients = {key: rng.normal(size=(8, table.shape[1])) for key, table in tables.items()}
        apply(ours, index, gradients, t, decay)
        rows = np.unique(index)
        for key, weight in expected.items():
            summed = np.zeros_like(weight)
            np.add.at(summed, index, gradients[key])
            gradient = summed[rows] + decay[key] * weight[rows]
            weight[rows], changed = numpy_step(name, weight[rows], [slot[rows] for slot in slots[key]], gradient, t)
            for slot, value in zip(slots[key], changed, strict=True):
                slot[rows] = value
    for key, weight in weights(ours).items():
        assert weight == pytest.approx(expected[key], abs=1e-5)
        assert np.array_equal(weight[5], tables[key][5].astype(np.float32))


@pytest.mark.parametrize("name", FORMULAS)
def test_sparse_equals_dense_when_every_row_is_touched(name):
    tf, _ = tensorflow()
    rng = np.random.default_rng(1)
    table = rng.normal(size=(4, 2)).astype(np.float32)
    sparse, dense = row_table(name, vector=table), WholeUpdater(tf.Variable(table), FORMULAS[name])
    for t in range(1, 6):
        index = np.array([3, 0, 0, 1, 2, 3])
        gradient = rng.normal(size=(6, 2)).astype(np.float32)
        apply(sparse, index, {"vector": gradient}, t)
        dense.apply(tf.convert_to_tensor(tf.IndexedSlices(gradient, index, (4, 2))), RATE, np.float32(t))
    assert weights(sparse)["vector"] == pytest.approx(dense.weight.numpy(), abs=1e-6)


@pytest.mark.parametrize("name", FORMULAS)
def test_dense_step_equals_keras(name):
    tf, keras = tensorflow()
    rng = np.random.default_rng(2)
    table = rng.normal(size=(5, 2)).astype(np.float32)
    theirs = keras.Variable(table)
    optimizer = keras.optimizers.get({"class_name": name, "config": {"learning_rate": RATE}})
    ours = WholeUpdater(tf.Variable(table), FORMULAS[name])
    for t in range(1, 5):
        gradient = rng.normal(size=(5, 2)).astype(np.float32)
        optimizer.apply([tf.constant(gradient)], [theirs])
        ours.apply(gradient, RATE, np.float32(t))
    assert ours.weight.numpy() == pytest.approx(theirs.numpy(), abs=1e-5)


def test_repeated_ids_are_summed_before_squaring():
    """Three steps of Adam(0.1) on ones, gradient rows (1, 2, 3) at ids (0, 0, 2): 0.7000 in row 0, not 0.5975."""
    ours = row_table("adam", vector=np.ones((3, 1)))
    for t in range(1, 4):
        apply(ours, [0, 0, 2], {"vector": [[1], [2], [3]]}, t)
    assert weights(ours)["vector"][:, 0] == pytest.approx([0.7, 1.0, 0.7], abs=1e-4)


def test_starting_again_empties_the_slots(monkeypatch):
    # Filled a row at a time, as tables of gigabytes are filled a piece at a time.
    monkeypatch.setattr("recsys_core.training.row_optimizers._BLOCK_BYTES", 1)
    ours = row_table("adam", vector=np.ones((2, 1)))
    apply(ours, [0], {"vector": [[3]]}, 1)
    first = weights(ours)["vector"].copy()
    ours.start({"vector": first})
    apply(ours, [0], {"vector": [[3]]}, 1)
    assert weights(ours)["vector"][0, 0] - first[0, 0] == pytest.approx(first[0, 0] - 1, abs=1e-6)


@pytest.mark.parametrize("rows_of_a_block", [1, 4, 5, 100])
def test_a_table_goes_in_and_out_block_by_block(rows_of_a_block, monkeypatch):
    """What is known of neither begins as zeros, the slots at their first values; also a second time."""
    n_columns = 3 + 1  # a vector and a bias; a slot has as many
    monkeypatch.setattr(row_optimizers, "_BLOCK_BYTES", 4 * n_columns * rows_of_a_block + 1)
    rng = np.random.default_rng(0)
    ours = RowTable({"vector": 3, "bias": 1}, 10, FORMULAS["adagrad"])
    for _ in range(2):
        vector = rng.normal(size=(10, 3)).astype(np.float32)
        ours.start({"vector": vector})
        assert np.array_equal(ours.weights("vector"), vector)
        assert np.array_equal(ours.weights("bias"), np.zeros((10, 1)))
        (slot,) = ours.look_up(np.arange(10)).slots
        assert np.array_equal(slot, np.full((10, 4), 0.1, np.float32))
        apply(ours, np.arange(10), {"vector": np.ones((10, 3)), "bias": np.ones((10, 1))}, 1)
