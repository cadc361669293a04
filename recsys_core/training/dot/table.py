"""Embedding tables and Adam's slots as arrays: to a `DotLoop` what `row_optimizers.RowTable` is to a `CompiledLoop`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from recsys_core.training.dot.steps import Table

N_SLOTS = 2
"""Of Adam: its m and v."""


class ArrayTable:
    """Embedding tables that are looked up by the same ids, the rows of all of them side by side with their slots."""

    def __init__(self, sizes: Mapping[str, int], n_rows: int, *, all_step: bool = False) -> None:
        """`sizes`: names of the tables, and how many numbers each has in a row. They begin as zeros.

        all_step: whether every step moves all rows, or those that it looks up.
        """
        self._columns: dict[str, slice] = {}
        n_columns = 0
        for name, size in sizes.items():
            self._columns[name] = slice(n_columns, n_columns + size)
            n_columns += size
        self._penalty, self._decay = np.zeros(n_columns, np.float32), np.zeros(n_columns, np.float32)
        self._rows = np.zeros((n_rows, (1 + N_SLOTS) * n_columns), np.float32)
        self._charged = np.ones(1, np.float32)
        self._place = np.full(n_rows, -1, np.int32)
        self._done = np.zeros(n_rows if all_step else 0, np.int32)

    def start(self, weights: Mapping[str, np.ndarray]) -> None:
        """Take float32 `weights` `(n_rows, size)` of each table, zeros for one that is not named; slots at zero."""
        self._rows[:] = 0
        # A step that was broken off has left some behind.
        self._place[:] = -1
        self._done[:] = 0
        for name, columns in self._columns.items():
            if name in weights:
                self._rows[:, columns] = weights[name]

    def charge(self, times: np.ndarray) -> None:
        """Count the decay of each row so often, float32 `(n_rows,)`, in a step of it; once if this was not called."""
        self._charged = times

    def weights(self, name: str) -> np.ndarray:
        """A copy of the table `(n_rows, size)`."""
        return self._rows[:, self._columns[name]].copy()

    def rows(self, index: np.ndarray) -> dict[str, np.ndarray]:
        """Each table's rows `(batch, size)` for `index` `(batch,)`."""
        return {name: self._rows[index, columns] for name, columns in self._columns.items()}

    def column(self, name: str) -> int:
        """The column at which the table `name` begins; -1 if there is none."""
        return self._columns[name].start if name in self._columns else -1

    def for_steps(self, penalties: Mapping[str, float], decays: Mapping[str, float]) -> Table:
        """The arrays themselves, with what penalizes each column.

        penalties: λ of λ·w² for each time that a row is looked up, by the name of its table. decays: λ of λ·w in the
        gradient of every step of a row.
        """
        from recsys_core.training.dot.steps import Table

        for name, columns in self._columns.items():
            self._penalty[columns], self._decay[columns] = penalties[name], decays[name]
        return Table(self._rows, self._penalty, self._decay, self._charged, self._place, self._done)
