"""Numbers for ids that are texts, and the names and genres of items that stand in the table of ratings itself."""

from __future__ import annotations

from collections.abc import Sequence

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


class ItemTexts:
    """The title and genres of each item, as they stand where it is first rated."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple[str, str]] = {}
        """Item -> title and genres."""

    def take(self, items: np.ndarray, titles: Sequence[str] | None, genres: Sequence[str] | None) -> None:
        """Learn of the items that were not seen before. The texts are asked for at few places, so lists may be lazy."""
        first, places = np.unique(items, return_index=True)
        for item, place in zip(first.tolist(), places.tolist(), strict=True):
            if item not in self.rows:
                title = "" if titles is None else str(titles[place])
                self.rows[item] = (title, "" if genres is None else str(genres[place]))
