"""Numbers for ids that are texts, and what the table of ratings itself says of items: names, genres and years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from recsys_core.errors import DataError

MAX_TEXT_IDS = 5_000_000
"""Users, or items, that are known by a text."""
MAX_ID_CHARACTERS = 500


class TextIds:
    """Texts numbered 1, 2, 3, … in the order in which they are first seen."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._numbers: dict[str, int] = {}

    def numbers(self, texts: Sequence[str]) -> np.ndarray:
        """int32 number of each text. Raises `DataError` for too many different ones."""
        known = self._numbers
        found = np.empty(len(texts), np.int32)
        for place, text in enumerate(texts):
            number = known.get(text)
            if number is None:
                number = known[text] = len(known) + 1
            found[place] = number
        if len(known) > MAX_TEXT_IDS:
            raise DataError(f"There must be at most {MAX_TEXT_IDS:,} {self._what}s known by a text. Received: more.")
        return found

    @property
    def texts(self) -> list[str]:
        """The text of number i + 1 at place i."""
        return list(self._numbers)


class ItemText(NamedTuple):
    """What is said of an item; empty for what is not."""

    title: str = ""
    genres: str = ""
    year: str = ""


class ItemTexts:
    """What is said of each item where it is first rated."""

    def __init__(self) -> None:
        self.rows: dict[int, ItemText] = {}

    def take(self, items: np.ndarray, texts: Mapping[str, Sequence[str]]) -> None:
        """Learn of the items that were not seen before: the fields of `ItemText` that there are, a text for each of
        `items`. They are asked for at few places, so the lists may be lazy."""
        first, places = np.unique(items, return_index=True)
        for item, place in zip(first.tolist(), places.tolist(), strict=True):
            if item not in self.rows:
                self.rows[item] = ItemText(**{name: str(column[place]) for name, column in texts.items()})
