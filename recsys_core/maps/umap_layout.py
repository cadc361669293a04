"""UMAP's layout on every core, and yet the same for the same seed. Imports numba: import this module where it is used.

umap-learn moves both ends of an edge as it meets it, so it is repeatable on one core only, and it holds Python's global
lock meanwhile. Here the movies are dealt into a fixed number of blocks; an edge moves one end only, and a block sees
where the movies of other blocks were before the epoch. So neither the number of threads nor their order matters, and
the other threads of the process go on.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numba
import numpy as np
import scipy.sparse

from recsys_core.errors import Cancelled

N_NEGATIVES = 4
"""How many random movies push one away for each neighbor that pulls it."""
N_BLOCKS = 8
"""Blocks that move side by side, and so the most cores that help."""


def optimize_layout(
    graph: scipy.sparse.csr_matrix,
    init: np.ndarray,
    *,
    a: float,
    b: float,
    seed: int,
    n_epochs: int = 200,
    learning_rate: float = 1.0,
    on_progress: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """Coordinates float32 `(n, d)` that put neighbors in `graph` together, starting from `init` (`(n, d)`).

    `graph` holds UMAP's symmetric edge weights, `a` and `b` are the parameters of its curve 1 / (1 + a d^2b)
    (McInnes, Healy and Melville 2018, https://arxiv.org/abs/1802.03426, algorithm 5). `on_progress` receives the share
    done. Raises `Cancelled` as soon as `should_stop()` is true.
    """
    graph = graph.tocsr(copy=True)
    # Edges too weak to be drawn once in all epochs.
    graph.data[graph.data < graph.data.max(initial=0) / n_epochs] = 0
    graph.eliminate_zeros()
    before = np.array(init, np.float32, order="C")
    after = before.copy()
    n_rows = len(before)
    epochs_per_sample = (graph.data.max(initial=0) / graph.data).astype(np.float32)
    next_sample = epochs_per_sample.copy()
    random_states = np.random.default_rng(seed).integers(1, 2**63, n_rows, dtype=np.uint64)
    bounds = np.linspace(0, n_rows, N_BLOCKS + 1).astype(int)
    with ThreadPoolExecutor(min(N_BLOCKS, os.cpu_count() or 1), thread_name_prefix="layout") as threads:
        for epoch in range(n_epochs):
            if should_stop is not None and should_stop():
                raise Cancelled("The projection was cancelled.")
            step = np.float32(learning_rate * (1 - epoch / n_epochs))

            moves = [
                threads.submit(
                    _move_rows, start, stop, before, after, graph.indptr, graph.indices, epochs_per_sample,
                    next_sample, random_states, np.float32(a), np.float32(b), np.float32(epoch), step,
                )
                for start, stop in pairwise(bounds)
            ]  # fmt: skip
            for move in moves:
                move.result()
            before, after = after, before
            if on_progress is not None:
                on_progress((epoch + 1) / n_epochs)
    return before


@numba.njit(nogil=True, fastmath=True, cache=True)
def _move_rows(
    start, stop, before, after, indptr, indices, epochs_per_sample, next_sample, random_states, a, b, epoch, step
):  # pragma: no cover
    n_rows, n_dimensions = before.shape
    one = np.float32(1)
    limit = np.float32(4)
    after[start:stop] = before[start:stop]
    for row in range(start, stop):
        state = random_states[row]
        for edge in range(indptr[row], indptr[row + 1]):
            if next_sample[edge] > epoch:
                continue
            next_sample[edge] += epochs_per_sample[edge]
            other = indices[edge]
            seen = after if start <= other < stop else before
            squared = np.float32(0)
            for d in range(n_dimensions):
                squared += (after[row, d] - seen[other, d]) ** 2
            if squared > 0:
                power = squared ** (b - one)
                pull = -2 * a * b * power / (a * power * squared + one)
                for d in range(n_dimensions):
                    change = pull * (after[row, d] - seen[other, d])
                    after[row, d] += step * min(max(change, -limit), limit)
            for _ in range(N_NEGATIVES):
                state ^= state << np.uint64(13)
                state ^= state >> np.uint64(7)
                state ^= state << np.uint64(17)
                other = np.int64(((state >> np.uint64(32)) * np.uint64(n_rows)) >> np.uint64(32))
                squared = np.float32(0)
                for d in range(n_dimensions):
                    squared += (after[row, d] - before[other, d]) ** 2
                if squared > 0:
                    push = 2 * b / ((np.float32(0.001) + squared) * (a * squared**b + one))
                    for d in range(n_dimensions):
                        change = push * (after[row, d] - before[other, d])
                        after[row, d] += step * min(max(change, -limit), limit)
        random_states[row] = state
