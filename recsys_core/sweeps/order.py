"""In which order trials are done: those that share a compiled loop come together, and none waits for ever."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

KEPT_LOOPS = 6
"""Compiled loops that are kept, as `training.loop_cache.MAX_LOOPS` says."""
MOST_PASSED = 12
"""How often others may be taken before one that came earlier."""


class Waiting(Generic[T]):
    """Trials that wait, each with the key of its compiled loop."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Hashable, T]] = []
        self._recent: list[Hashable] = []
        """Keys of the loops that are likely to be compiled, the last used at the end."""
        self._passed = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, key: Hashable, trial: T) -> None:
        self._waiting.append((key, trial))

    def take(self) -> T:
        """The next to do: of the loop used last, else of one that is still there, else the first that came.

        Raises `IndexError` if none waits.
        """
        place = 0
        if self._passed < MOST_PASSED:
            known = [i for i, (key, _) in enumerate(self._waiting) if key in self._recent]
            place = max(known, key=lambda i: (self._recent.index(self._waiting[i][0]), -i), default=0)
        self._passed = self._passed + 1 if place else 0
        key, trial = self._waiting.pop(place)
        self._recent = [other for other in self._recent if other != key][-KEPT_LOOPS + 1 :] + [key]
        return trial

    def all(self) -> list[T]:
        return [trial for _, trial in self._waiting]
