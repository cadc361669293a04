"""Splits of the ratings, made once for all who need the same one, and kept in memory while there is room.

Splitting tens of millions of ratings takes seconds: a training finds it done if it was asked for before.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from recsys_core.data.catalog import MAX_CACHED_RATINGS
from recsys_core.data.ratings import Ratings
from recsys_core.data.split import Split, split_ratings
from recsys_core.errors import Cancelled
from recsys_core.settings.scopes import data_key
from recsys_core.settings.train_config import TrainConfig

MAX_KEPT = 8
_ASKED_EVERY = 0.2
"""Seconds after which somebody who waits for a split asks whether to stop."""


def kept_split(ratings: Ratings, config: TrainConfig, *, should_stop: Callable[[], bool] = lambda: False) -> Split:
    """`split_ratings(ratings, config)`, from memory if it is there. It is shared: nobody writes to its arrays.

    Kept are the ones used last, up to `MAX_CACHED_RATINGS` ratings in all; the very last one always. `should_stop` is
    asked every second or so. Raises as `split_ratings` does.
    """
    if not ratings.id or not ratings.fingerprint:
        return split_ratings(ratings, config, should_stop=should_stop)
    key = (ratings.id, ratings.fingerprint, data_key(config), config.seed)
    with _kept.making(key, should_stop):
        split = _kept.get(key)
        if split is None:
            split = split_ratings(ratings, config, should_stop=should_stop)
            _kept.put(key, split)
    return split


@contextmanager
def held(lock: threading.Lock, should_stop: Callable[[], bool]) -> Iterator[None]:
    """Hold `lock`. Raises `Cancelled` when told to stop while waiting for it."""
    while not lock.acquire(timeout=_ASKED_EVERY):
        if should_stop():
            raise Cancelled("It was stopped while the ratings were split: nothing was kept.")
    try:
        yield
    finally:
        lock.release()


class _Kept:
    """The splits used last, by all that they depend on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._splits: OrderedDict[Hashable, Split] = OrderedDict()
        self._making = [threading.Lock() for _ in range(16)]

    @contextmanager
    def making(self, key: Hashable, should_stop: Callable[[], bool]) -> Iterator[None]:
        """Whoever else wants the same split meanwhile waits, and finds it made."""
        with held(self._making[hash(key) % len(self._making)], should_stop):
            yield

    def get(self, key: Hashable) -> Split | None:
        with self._lock:
            if key in self._splits:
                self._splits.move_to_end(key)
            return self._splits.get(key)

    def put(self, key: Hashable, split: Split) -> None:
        for examples in (split.train, split.validation):
            for column in (examples.user, examples.movie, examples.rating, examples.timestamp):
                if column is not None:
                    column.flags.writeable = False
        with self._lock:
            self._splits[key] = split
            while len(self._splits) > 1 and self._is_full():
                self._splits.popitem(last=False)

    def _is_full(self) -> bool:
        n_ratings = sum(len(each.train) + len(each.validation) for each in self._splits.values())
        return n_ratings > MAX_CACHED_RATINGS or len(self._splits) > MAX_KEPT


_kept = _Kept()
