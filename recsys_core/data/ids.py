"""Ids by the million: which there are, which are wanted, and where each is in a vocabulary.

They are mostly small numbers, and nothing is sorted then: a list as long as the highest of them answers for each.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

MAX_LISTED = 50_000_000
"""Ids below this are looked up in a list as long as the highest."""


def are_small(ids: np.ndarray) -> bool:
    """Whether all of `ids`, whole numbers, at least one, are from 0 to below `MAX_LISTED`."""
    return int(ids.min()) >= 0 and int(ids.max()) < MAX_LISTED


def different(ids: np.ndarray) -> np.ndarray:
    """Each of `ids`, `(n,)`, once, ascending, of the same type."""
    if len(ids) and are_small(ids):
        is_there = np.zeros(int(ids.max()) + 1, bool)
        is_there[ids] = True
        return np.flatnonzero(is_there).astype(ids.dtype)
    return np.sort(pd.unique(ids))


def is_among(ids: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """bool `(n,)`: which of `ids` are among `wanted`."""
    if len(ids) and are_small(ids):
        is_wanted = np.zeros(int(ids.max()) + 1, bool)
        is_wanted[wanted[(wanted >= 0) & (wanted < len(is_wanted))]] = True
        return is_wanted[ids]
    return np.isin(ids, wanted)


def positions(vocabulary: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """int32 position of each id in the ascending `vocabulary`, -1 where it is not in it."""
    if are_small(vocabulary):
        highest = int(vocabulary[-1])
        lookup = np.full(highest + 2, -1, np.int32)
        lookup[vocabulary] = np.arange(len(vocabulary), dtype=np.int32)
        if len(ids) and (int(ids.min()) < -1 or int(ids.max()) > highest + 1):
            ids = np.clip(ids, -1, highest + 1)
        return lookup[ids]
    found = np.searchsorted(vocabulary, ids).clip(0, len(vocabulary) - 1)
    return np.where(vocabulary[found] == ids, found, -1).astype(np.int32)
