"""Optimizer formulas, and their application to whole weights or to the looked-up rows of an embedding table.

Each formula is Keras', written once for any shape; row-sparse and dense differ only in which rows it is applied to.
Stock Keras optimizers, given an embedding's sparse gradient, do not sum the gradients of a repeated id before squaring.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from recsys_core.backend import tensorflow


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
    beta_1, beta_2, epsilon = 0.9, 0.999, 1e-7
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


class Updater:
    """One weight and its slots, updated by a formula inside a compiled loop, either whole or row by row."""

    def __init__(self, weight: Any, formula: Formula, *, sparse: bool) -> None:
        """`weight`: float32 `tf.Variable`; `sparse`: `apply_rows` will be used on it, `(n_rows, size)`, not `apply`.

        For `apply_rows` the slots lie side by side in one table `(n_rows, n_slots * size)`, read and written in one go.
        """
        tf, _ = tensorflow()
        self._tf = tf
        self.weight = weight
        self.formula = formula
        self._is_packed = sparse and bool(formula.initial)
        self._slots = [tf.Variable(value, trainable=False) for value in self._initial()]

    def reset(self) -> None:
        """Slots back to their first values."""
        for slot, value in zip(self._slots, self._initial(), strict=True):
            slot.assign(value)

    def apply(self, gradient: Any, learning_rate: Any, t: Any) -> None:
        """One step of the whole weight; `gradient` has its shape."""
        weight, slots = self.formula.step(self.weight, self._slots, gradient, learning_rate, t)
        self.weight.assign(weight)
        for slot, value in zip(self._slots, slots, strict=True):
            slot.assign(value)

    def apply_rows(self, rows: TouchedRows, gradient: Any, learning_rate: Any, t: Any, decay: Any = None) -> None:
        """One step of the touched rows with `gradient` `(batch, size)`, summed first over repeated ids.

        decay: `(batch, 1)`, λ of λ·w added once to each row's gradient.

        Every occurrence of an id computes the same new row, so it does not matter which one is written last.
        """
        tf = self._tf
        weight = tf.gather(self.weight, rows.index)
        gradient = rows.sum_repeated(gradient)
        if decay is not None:
            gradient += decay * weight
        slots = [tf.gather(slot, rows.index) for slot in self._slots]
        if self._is_packed:
            slots = tf.split(slots[0], len(self.formula.initial), axis=1)
        weight, slots = self.formula.step(weight, slots, gradient, learning_rate, t)
        self.weight.scatter_update(tf.IndexedSlices(weight, rows.index))
        if self._is_packed:
            self._slots[0].scatter_update(tf.IndexedSlices(tf.concat(slots, axis=1), rows.index))

    def _initial(self) -> list[Any]:
        values = [self._tf.fill(self.weight.shape, value) for value in self.formula.initial]
        return [self._tf.concat(values, axis=1)] if self._is_packed else values


class RowFinder:
    """Finds which places of a batch hold the same id, so that their gradients can be summed.

    `tf.unique` does not compile under XLA. Writing each occurrence's position into a column with a place for every id,
    and reading it back, gives all occurrences of an id one position in the batch.
    """

    def __init__(self, n_rows: int) -> None:
        tf, _ = tensorflow()
        self._tf = tf
        self._position = tf.Variable(tf.zeros(n_rows, tf.int32), trainable=False)

    def find(self, index: Any) -> TouchedRows:
        """`index` `(batch,)` int32: ids in 0 … n_rows − 1."""
        self._position.scatter_update(self._tf.IndexedSlices(self._tf.range(self._tf.size(index)), index))
        return TouchedRows(index, self._tf.gather(self._position, index))


@dataclass(frozen=True)
class TouchedRows:
    """The ids of a batch, `(batch,)`, and for each the place at which all its occurrences meet."""

    index: Any
    position: Any

    def sum_repeated(self, values: Any) -> Any:
        """For each place of `values` `(batch, size)` the sum over all places with the same id."""
        tf, _ = tensorflow()
        summed = tf.tensor_scatter_nd_add(tf.zeros_like(values), self.position[:, None], values)
        return tf.gather(summed, self.position)
