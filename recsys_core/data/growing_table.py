"""Columns of ratings that grow as they are read, so that they are in memory once."""

from __future__ import annotations

import numpy as np

from recsys_core.data.ratings import RATING_TYPES
from recsys_core.errors import DataError

MAX_RATINGS = 100_000_000
"""2 GB of arrays, three times the largest MovieLens edition."""


class GrowingTable:
    """Columns of `RATING_TYPES` that grow in place: blocks that are joined at the end would be in memory twice."""

    def __init__(self) -> None:
        self._columns: dict[str, np.ndarray] = {}
        self.n_rows = 0

    def append(self, block: dict[str, np.ndarray]) -> None:
        n_rows = self.n_rows + max((len(values) for values in block.values()), default=0)
        if n_rows > MAX_RATINGS:
            raise DataError(f"ratings.csv must have at most {MAX_RATINGS:,} ratings. Received: more.")
        for name, values in block.items():
            column = self._columns.setdefault(name, np.empty(0, RATING_TYPES[name]))
            if len(column) < n_rows:
                column.resize(n_rows + n_rows // 4, refcheck=False)
            column[self.n_rows : n_rows] = values
        self.n_rows = n_rows

    def columns(self) -> dict[str, np.ndarray]:
        """The columns by name. The table is of no use afterwards."""
        for column in self._columns.values():
            column.resize(self.n_rows, refcheck=False)
        return self._columns
