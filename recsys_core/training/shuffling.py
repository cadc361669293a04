"""The order of an epoch's ratings, drawn so that tens of millions of them hold nobody up."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

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
