"""Optimizer formulas, and their application to whole weights or to the looked-up rows of embedding tables.

Each formula is Keras', written once for any shape; row-sparse and dense differ only in which rows it is applied to.
Stock Keras optimizers, given an embedding's sparse gradient, do not sum the gradients of a repeated id before squaring.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recsys_core.training.backend import tensorflow

ADAM = (0.9, 0.999, 1e-7)
"""β₁, β₂ and ε."""
_BLOCK_BYTES = 64 * 2**20
"""Of a table of rows that is filled or copied: so much of it is made ready beside it at a time."""


@dataclass(frozen=True)
class Formula:
    """One optimizer step: `step(weight, slots, gradient, learning_rate, t) -> (new weight, new slots)`.

    All tensors of one shape; `t` counts steps from 1 (float32 scalar). `initial` holds each slot's first value.
    """

    initial: tuple[float, ...]
    step: Callable[[Any, Sequence[Any], Any, Any, Any], tuple[Any, tuple[Any, ...]]]


def _sgd(weight: Any, slots: Sequence[Any], gradient: Any, learning_rate: Any, t: Any) -> tuple[Any, tuple[Any, ...]]:
    return weight - learning_rate * gradient, ()


def _adam(weight: Any, slots: Sequence[Any], gradient: Any, learning_rate: Any, t: Any) -> tuple[Any, tuple[Any, ...]]:
    """Kingma and Ba 2015, with Keras' ε of 1e-7 added to the uncorrected root."""
    tf, _ = tensorflow()
    beta_1, beta_2, epsilon = ADAM
    rate = learning_rate * tf.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    m = slots[0] + (gradient - slots[0]) * (1 - beta_1)
    v = slots[1] + (gradient * gradient - slots[1]) * (1 - beta_2)
    return weight - rate * m / (tf.sqrt(v) + epsilon), (m, v)


def _rmsprop(
    weight: Any, slots: Sequence[Any], gradient: Any, learning_rate: Any, t: Any
) -> tuple[Any, tuple[Any, ...]]:
    """Hinton's lecture 6e, ρ 0.9, ε 1e-7 inside the root, as Keras does."""
    tf, _ = tensorflow()
    v = 0.9 * slots[0] + 0.1 * gradient * gradient
    return weight - learning_rate * gradient * tf.math.rsqrt(v + 1e-7), (v,)


def _adagrad(
    weight: Any, slots: Sequence[Any], gradient: Any, learning_rate: Any, t: Any
) -> tuple[Any, tuple[Any, ...]]:
    """Duchi et al. 2011, first accumulator 0.1, ε 1e-7 inside the root, as Keras does."""
    tf, _ = tensorflow()
    total = slots[0] + gradient * gradient
    return weight - learning_rate * gradient * tf.math.rsqrt(total + 1e-7), (total,)


FORMULAS = {
    "adam": Formula((0.0, 0.0), _adam),
    "sgd": Formula((), _sgd),
    "rmsprop": Formula((0.0,), _rmsprop),
    "adagrad": Formula((0.1,), _adagrad),
}


class WholeUpdater:
    """One weight and its slots, updated whole inside a compiled loop."""

    def __init__(self, weight: Any, formula: Formula) -> None:
        """`weight`: float32 `tf.Variable`."""
        tf, _ = tensorflow()
        self._tf = tf
        self.weight = weight
        self.formula = formula
        self._slots = [tf.Variable(tf.zeros(weight.shape), trainable=False) for _ in formula.initial]
        self.reset()

    def reset(self) -> None:
        """Slots back to their first values."""
        for slot, value in zip(self._slots, self.formula.initial, strict=True):
            slot.assign(self._tf.fill(slot.shape, value))

    def apply(self, gradient: Any, learning_rate: Any, t: Any) -> None:
        """One step; `gradient` has the weight's shape."""
        weight, slots = self.formula.step(self.weight, self._slots, gradient, learning_rate, t)
        self.weight.assign(weight)
        for slot, value in zip(self._slots, slots, strict=True):
            slot.assign(value)


class RowTable:
    """Embedding tables that are looked up by the same ids, the rows of all of them side by side; each slot likewise.

    Weights and slots are apart: side by side as well, they would have to be joined before they are written, which takes
    as long as writing them. The rows are in memory once: what is told to begin with is copied into them, what is asked
    for is copied out.
    """

    def __init__(self, sizes: Mapping[str, int], n_rows: int, formula: Formula) -> None:
        """`sizes`: names of the tables, and how many numbers each has in a row. They begin as zeros."""
        tf, _ = tensorflow()
        self._tf = tf
        # Long ones first: what is next to each other is read as one, and biases would be between.
        self._sizes = dict(sorted(sizes.items(), key=lambda each: -each[1]))
        self._formula = formula
        self._n_rows = n_rows
        self._n_columns = sum(sizes.values())
        shape = (n_rows, self._n_columns)
        self._weight = tf.Variable(tf.zeros(shape), trainable=False)
        self._slots = [tf.Variable(tf.fill(shape, value), trainable=False) for value in formula.initial]
        self._last_place = tf.Variable(tf.zeros(n_rows, tf.int32), trainable=False)
        self._n_in_block = min(n_rows, max(1, _BLOCK_BYTES // (4 * self._n_columns)))
        # Compiled: otherwise reading or writing a part of a variable copies the whole of it, a second for a gigabyte.
        self._put_block = tf.function(self._put, jit_compile=True, autograph=False)
        self._block = tf.function(self._taken, jit_compile=True, autograph=False)

    def start(self, weights: Mapping[str, np.ndarray]) -> None:
        """Take float32 `weights` `(n_rows, size)` of each table, zeros for one that is not named; slots at their first
        values."""
        for start in self._block_starts():
            rows = np.zeros((self._n_in_block, self._n_columns), np.float32)
            for name, (place, size) in self._places().items():
                if name in weights:
                    rows[:, place : place + size] = weights[name][start : start + self._n_in_block]
            if len(rows) == self._n_rows:
                self._weight.assign(rows)
                for slot, value in zip(self._slots, self._formula.initial, strict=True):
                    slot.assign(self._tf.fill(rows.shape, value))
            else:
                self._put_block(rows, self._tf.constant(start))

    def weights(self, name: str) -> np.ndarray:
        """A copy of the table `(n_rows, size)`."""
        place, size = self._places()[name]
        if self._n_in_block == self._n_rows:
            return self._weight[:, place : place + size].numpy()
        copied = np.empty((self._n_rows, size), np.float32)
        for start in self._block_starts():
            copied[start : start + self._n_in_block] = self._block(self._tf.constant(start), place, size).numpy()
        return copied

    def _block_starts(self) -> list[int]:
        """The first row of each block; the last block reaches back into the one before, so that all are of a size."""
        last = self._n_rows - self._n_in_block
        return [*range(0, last, self._n_in_block), last]

    def rows(self, index: Any) -> dict[str, Any]:
        """Each table's rows `(batch, size)` for `index` `(batch,)` int32."""
        return self._apart(self._tf.gather(self._weight, index))

    def look_up(self, index: Any) -> LookedUpRows:
        """The same, with all that a step of theirs needs."""
        tf = self._tf
        weight = tf.gather(self._weight, index)
        return LookedUpRows(index, self._apart(weight), weight, [tf.gather(slot, index) for slot in self._slots])

    def _apart(self, weight: Any) -> dict[str, Any]:
        return dict(zip(self._sizes, self._tf.split(weight, [*self._sizes.values()], axis=1), strict=True))

    def apply(
        self,
        looked_up: LookedUpRows,
        gradients: Mapping[str, Any],
        learning_rate: Any,
        t: Any,
        decay: Mapping[str, Any] | None = None,
    ) -> None:
        """One step of the looked-up rows with `gradients` `(batch, size)` of each table, summed over repeated ids.

        decay: λ of λ·w for each table, scalar or `(batch, 1)`, added once to each row's gradient.

        Every occurrence of an id computes the same new row, so it does not matter which one is written last.
        """
        tf = self._tf
        gradient = tf.concat([gradients[name] for name in self._sizes], axis=1)
        gradient = self._sum_repeated(looked_up.index, gradient)
        if decay is not None:
            gradient += tf.concat([decay[name] * looked_up.rows[name] for name in self._sizes], axis=1)
        weight, slots = self._formula.step(looked_up.weight, looked_up.slots, gradient, learning_rate, t)
        for kept, now in zip((self._weight, *self._slots), (weight, *slots), strict=True):
            kept.scatter_update(tf.IndexedSlices(now, looked_up.index))

    def _put(self, rows: Any, start: Any) -> None:
        """Begin a block of rows, from row `start` (int32 scalar) on: `rows`, and slots at their first values."""
        tf = self._tf
        index = start + tf.range(self._n_in_block)
        self._weight.scatter_update(tf.IndexedSlices(rows, index))
        for slot, value in zip(self._slots, self._formula.initial, strict=True):
            slot.scatter_update(tf.IndexedSlices(tf.fill(rows.shape, value), index))

    def _taken(self, start: Any, place: int, size: int) -> Any:
        """The `size` columns from `place` on of a block that begins at row `start`, `(n_in_block, size)`."""
        return self._tf.slice(self._weight, [start, place], [self._n_in_block, size])

    def _places(self) -> dict[str, tuple[int, int]]:
        """The column at which each table begins, and how many it has."""
        places = np.cumsum([0, *self._sizes.values()]).tolist()
        return {name: (place, size) for place, (name, size) in zip(places, self._sizes.items(), strict=False)}

    def _sum_repeated(self, index: Any, values: Any) -> Any:
        """For each place of `values` `(batch, size)` the sum over all places with the same id.

        `tf.unique` does not compile under XLA. Writing each occurrence's place into a column with one for every id,
        and reading it back, gives all occurrences of an id one place in the batch at which they can meet. Who is there
        already need not go: XLA leaves out what is scattered to no place.
        """
        tf = self._tf
        here = tf.range(tf.size(index))
        self._last_place.scatter_update(tf.IndexedSlices(here, index))
        place = tf.gather(self._last_place, index)
        moves_to = tf.where(place == here, tf.size(index), place)
        summed = tf.tensor_scatter_nd_add(values, moves_to[:, None], values)
        return tf.gather(summed, place)


@dataclass(frozen=True)
class LookedUpRows:
    """What a `RowTable` holds for the ids of a batch."""

    index: Any
    """int32 `(batch,)`."""
    rows: Mapping[str, Any]
    """Each table's rows `(batch, size)`."""
    weight: Any
    """The same, side by side."""
    slots: Sequence[Any]
