"""The order of an epoch's ratings, drawn so that tens of millions of them hold nobody up."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from recsys_core.data.split import Split
from recsys_core.models.rated_movies import order_by_user
from recsys_core.training.loop import CompiledLoop

T = TypeVar("T")

PIECE = 1 << 20
"""Ratings that are shuffled at once: so many fit in the processor's cache, which makes shuffling three times faster."""


def shuffled_blocks(
    order: np.ndarray,
    rng: np.random.Generator,
    *,
    batch_size: int,
    piece: int = PIECE,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[np.ndarray]:
    """A uniformly random order of all that is in `order`, in blocks of whole batches but for the last one.

    Up to `piece` elements are one block. Of more, each piece is shuffled; a block then takes as many from each as
    drawing without replacement would take (multivariate hypergeometric), in random order. What comes out depends on
    `rng`, not on when it is asked for; but once `should_stop` says so, what is not shuffled yet stays as it is.

    order: `(n,)`, shuffled in place piece by piece; it may hold the order of an earlier epoch.
    """
    pieces = np.array_split(order, max(1, math.ceil(len(order) / piece)))
    for part in pieces:
        if not should_stop():
            rng.shuffle(part)
    if len(pieces) == 1:
        yield order
        return
    block_size = max(1, piece // batch_size) * batch_size
    left = np.array([len(part) for part in pieces])
    while n_left := int(left.sum()):
        taken = rng.multivariate_hypergeometric(left, min(block_size, n_left), method="marginals")
        block = np.concatenate(
            [part[start : start + n] for part, start, n in zip(pieces, left - taken, taken, strict=True)]
        )
        left -= taken
        rng.shuffle(block)
        yield block


def one_ahead(items: Iterable[T]) -> Iterator[T]:
    """`items`, each made on another thread while the one before it is in use.

    Ratings drawn at random lie far apart in memory: fetching them waits for it, and the compiled loop need not.
    """
    over = object()
    source = iter(items)
    with ThreadPoolExecutor(1) as beside:
        following = beside.submit(next, source, over)
        while (item := following.result()) is not over:
            following = beside.submit(next, source, over)
            yield item  # type: ignore[misc]


def epoch_order(
    order: np.ndarray, split: Split, loop: CompiledLoop, rng: np.random.Generator, should_stop: Callable[[], bool]
) -> Iterator[np.ndarray]:
    """The order of an epoch's ratings in blocks, from that of the last one `(n,)` int32, which may be changed."""
    if loop.architecture.reads_ratings:
        yield order_by_user(split.train.user, rng)
    elif loop.batch_size >= len(order):
        yield order
    else:
        yield from shuffled_blocks(order, rng, batch_size=loop.batch_size, should_stop=should_stop)
