"""The limit to measure against: Adam on a dot product with biases, one rating at a time, compiled by numba.

No framework and no batch: a row is read, updated and written back before the next rating is looked at.
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from recsys_core.data.split import Examples


def bare_rate(train: Examples, n_users: int, n_movies: int, size: int, n_threads: int = 1) -> float:
    """Ratings a second, the median of three passes after a first one.

    On several threads each takes its share of the ratings, and they write to the same tables unguarded.
    """
    import numba

    f = np.float32

    @numba.njit(fastmath=True, parallel=True)
    def epoch(user, movie, rating, users, movies, rate, n_threads):  # pragma: no cover
        n = len(rating)
        for part in numba.prange(n_threads):
            p, q = np.empty(size, np.float32), np.empty(size, np.float32)
            for i in range(part * n // n_threads, (part + 1) * n // n_threads):
                of_user, of_movie = users[user[i]], movies[movie[i]]
                score = of_user[0, size] + of_movie[0, size]
                for k in range(size):
                    p[k], q[k] = of_user[0, k], of_movie[0, k]
                    score += p[k] * q[k]
                share = f(1) / (f(1) + np.exp(-score))
                slope = (f(4.5) * share + f(0.5) - rating[i]) * share * (f(1) - share)
                for row, other in ((of_user, q), (of_movie, p)):
                    for k in range(size):
                        gradient = slope * other[k]
                        m = f(0.9) * row[1, k] + f(0.1) * gradient
                        v = f(0.999) * row[2, k] + f(0.001) * gradient * gradient
                        row[1, k], row[2, k] = m, v
                        row[0, k] -= rate * m / (np.sqrt(v) + f(1e-7))
                    m = f(0.9) * row[1, size] + f(0.1) * slope
                    v = f(0.999) * row[2, size] + f(0.001) * slope * slope
                    row[1, size], row[2, size] = m, v
                    row[0, size] -= rate * m / (np.sqrt(v) + f(1e-7))

    rng = np.random.default_rng(0)
    tables = [np.zeros((n, 3, size + 1), np.float32) for n in (n_users, n_movies)]
    for table in tables:
        table[:, 0] = rng.uniform(-0.05, 0.05, table[:, 0].shape)
    seconds = []
    for _ in range(4):
        begun = time.perf_counter()
        epoch(train.user, train.movie, train.rating, *tables, f(1e-3), n_threads)
        seconds.append(time.perf_counter() - begun)
    return len(train) / statistics.median(seconds[1:])
