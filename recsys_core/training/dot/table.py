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

    def __init__(self, sizes: Mapping[str, int], n_rows: int) -> None:
        """`sizes`: names of the tables, and how many numbers each has in a row. They begin as zeros."""
        self._columns: dict[str, slice] = {}
        n_columns = 0
        for name, size in sizes.items():
            self._columns[name] = slice(n_columns, n_columns + size)
            n_columns += size
        self._rows = np.zeros((n_rows, 1 + N_SLOTS, n_columns), np.float32)
        self._place = np.full(n_rows, -1, np.int32)

    def start(self, weights: Mapping[str, np.ndarray]) -> None:
        """Take float32 `weights` `(n_rows, size)` of each table, zeros for one that is not named; slots at zero."""
        self._rows[:] = 0
        # A step that was broken off has left some behind.
        self._place[:] = -1
        for name, columns in self._columns.items():
            if name in weights:
                self._rows[:, 0, columns] = weights[name]

    def weights(self, name: str) -> np.ndarray:
        """A copy of the table `(n_rows, size)`."""
        return self._rows[:, 0, self._columns[name]].copy()

    def rows(self, index: np.ndarray) -> dict[str, np.ndarray]:
        """Each table's rows `(batch, size)` for `index` `(batch,)`."""
        found = self._rows[index, 0]
        return {name: found[:, columns] for name, columns in self._columns.items()}

    def column(self, name: str) -> int:
        """The column at which the table `name` begins; -1 if there is none."""
        return self._columns[name].start if name in self._columns else -1

    def for_steps(self, penalties: Mapping[str, float]) -> Table:
        """The arrays themselves, and the penalty of each column; λ by the name of its table."""
        from recsys_core.training.dot.steps import Table

        penalty = np.zeros(self._rows.shape[2], np.float32)
        for name, columns in self._columns.items():
            penalty[columns] = penalties[name]
        return Table(self._rows, penalty, self._place)
