"""Steps of dot products and of the watching loss, compiled by Numba: what a step looks up is read and written once.

The arithmetic is that of `loop.py` and `models/watching.py`, example by example instead of operation by operation. XLA
goes over all that a batch looks up a dozen times a step, which takes longer than computing with it. Imports Numba:
import this module where it is used.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

from recsys_core.training.row_optimizers import ADAM

_ONE, _TWO = np.float32(1), np.float32(2)
_LEFT_OUT, _LEAST_POWER = np.float32(-1e9), np.float32(-60)
_BETA_1, _BETA_2, _EPSILON = ADAM
_NEW_1, _NEW_2, _EPSILON_32 = np.float32(1 - _BETA_1), np.float32(1 - _BETA_2), np.float32(_EPSILON)

# Not all that `fastmath=True` allows: a training that diverges has numbers that are none.
_compiled = numba.njit(nogil=True, fastmath={"reassoc", "contract", "arcp", "nsz"}, error_model="numpy", cache=True)


class Table(NamedTuple):
    """All tables that are looked up by the same ids, side by side, with what Adam remembers of them."""

    rows: np.ndarray
    """float32 `(n_rows, 3, n_columns)`: a row's weights, and its m and v, together as they are read."""
    penalty: np.ndarray
    """float32 `(n_columns,)`: λ of λ·w² for each looked-up row."""
    place: np.ndarray
    """int32 `(n_rows,)`, -1 outside of a step: which of the rows of a step it is."""


class Columns(NamedTuple):
    """The columns of the three tables at which the parts of the model begin; -1 for a part that it has not."""

    user: int
    user_watch: int
    user_bias: int
    movie: int
    movie_bias: int
    movie_era: int
    session: int
    session_bias: int
    size: int
    """How many numbers a vector has."""
    n_eras: int


class Told(NamedTuple):
    """What the settings and the data say."""

    is_stretched: bool
    """Whether the score goes through a sigmoid, to between `low` and `high`."""
    low: np.float32
    high: np.float32
    offset: np.float32
    watch_weight: np.float32
    liking: np.float32
    popularity_correction: np.float32


class Ratings(NamedTuple):
    """The ratings of a call in their order, `(n,)` each, and what is known of all users and movies."""

    user: np.ndarray
    """int32, as the movie, the session and the era."""
    movie: np.ndarray
    rating: np.ndarray
    """float32."""
    session: np.ndarray
    """-1 where nothing is known of times."""
    era: np.ndarray
    user_mean: np.ndarray
    """float32 `(n_users,)`."""
    log_popularity: np.ndarray
    """float32 `(n_movies,)`."""


@_compiled
def run_steps(
    ratings: Ratings,
    rates: Any,
    first_step: int,
    batch_size: int,
    n_parts: int,
    users: Table,
    movies: Table,
    sessions: Table,
    at: Columns,
    told: Told,
) -> tuple[float, float]:
    """A step for each of `rates`, float32 `(n_steps,)`; the sums of squared and of absolute errors before each.

    n_parts: into so many parts a batch is divided, within which the watching loss tells an example from the others.
    """
    size, watches = at.size, at.user_watch >= 0
    longest = (batch_size + n_parts - 1) // n_parts if watches else 0
    # Of a part: who watches, what is watched, their scores, and the gradients by the first two.
    watcher = np.zeros((longest, size + at.n_eras), np.float32)
    watched = np.zeros((longest, size + at.n_eras), np.float32)
    scores = np.zeros((longest, longest), np.float32)
    of_watcher = np.zeros((longest, size + at.n_eras), np.float32)
    of_watched = np.zeros((longest, size + at.n_eras), np.float32)
    part_user, part_movie = np.empty(longest, np.int32), np.empty(longest, np.int32)
    correction, weight = np.empty(longest, np.float32), np.empty(longest, np.float32)
    # Of the step: its rows of each table, once each, how often each is looked up, and the sum of its gradients.
    user_rows, user_times = np.empty(batch_size, np.int32), np.empty(batch_size, np.float32)
    movie_rows, movie_times = np.empty(batch_size, np.int32), np.empty(batch_size, np.float32)
    session_rows, session_times = np.empty(batch_size, np.int32), np.empty(batch_size, np.float32)
    of_users = np.zeros((batch_size, users.rows.shape[2]), np.float32)
    of_movies = np.zeros((batch_size, movies.rows.shape[2]), np.float32)
    of_sessions = np.zeros((batch_size, sessions.rows.shape[2]), np.float32)
    squared, absolute = 0.0, 0.0
    for step in range(len(rates)):
        start = step * batch_size
        n = min(batch_size, len(ratings.rating) - start)
        n_users = n_movies = n_sessions = 0
        for i in range(start, start + n):
            n_users = _find_place(users, ratings.user[i], user_rows, user_times, of_users, n_users)
            n_movies = _find_place(movies, ratings.movie[i], movie_rows, movie_times, of_movies, n_movies)
            if ratings.session[i] >= 0:
                n_sessions = _find_place(
                    sessions, ratings.session[i], session_rows, session_times, of_sessions, n_sessions
                )
        share = _ONE / np.float32(n)

        if watches:
            all_counted = np.float32(0)
            for i in range(start, start + n):
                all_counted += _counted(ratings, i, told)
            for part in range(n_parts):
                n_in_part = (n - part + n_parts - 1) // n_parts
                for a in range(n_in_part):
                    i = start + part + a * n_parts
                    user, movie, session = ratings.user[i], ratings.movie[i], ratings.session[i]
                    part_user[a], part_movie[a] = user, movie
                    correction[a] = told.popularity_correction * ratings.log_popularity[movie]
                    weight[a] = told.watch_weight * _counted(ratings, i, told) / all_counted
                    watcher[a] = 0
                    watched[a] = 0
                    _add(watcher[a, :size], _part(users.rows[user, 0], at.user_watch, size))
                    _add(watched[a, :size], _part(movies.rows[movie, 0], at.movie, size))
                    if session >= 0:
                        _add(watcher[a, :size], _part(sessions.rows[session, 0], at.session, size))
                        watcher[a, size + ratings.era[i]] = 1
                        _add(watched[a, size:], _part(movies.rows[movie, 0], at.movie_era, at.n_eras))
                watcher[n_in_part:] = 0
                watched[n_in_part:] = 0
                np.dot(watcher, watched.T, scores)
                scores[n_in_part:] = 0
                for a in range(n_in_part):
                    _softmax_gradient(scores[a], a, n_in_part, part_user, part_movie, correction, weight[a])
                    scores[a, n_in_part:] = 0
                np.dot(scores, watched, of_watcher)
                np.dot(scores.T, watcher, of_watched)
                for a in range(n_in_part):
                    i = start + part + a * n_parts
                    of_user = of_users[users.place[ratings.user[i]]]
                    of_movie = of_movies[movies.place[ratings.movie[i]]]
                    _add(_part(of_user, at.user_watch, size), of_watcher[a, :size])
                    _add(_part(of_movie, at.movie, size), of_watched[a, :size])
                    if ratings.session[i] >= 0:
                        of_session = of_sessions[sessions.place[ratings.session[i]]]
                        _add(_part(of_session, at.session, size), of_watcher[a, :size])
                        _add(_part(of_movie, at.movie_era, at.n_eras), of_watched[a, size:])

        for i in range(start, start + n):
            user, movie, session = ratings.user[i], ratings.movie[i], ratings.session[i]
            of_user, of_movie = of_users[users.place[user]], of_movies[movies.place[movie]]
            p, q = _part(users.rows[user, 0], at.user, size), _part(movies.rows[movie, 0], at.movie, size)
            has_session_bias = session >= 0 and at.session_bias >= 0
            score = told.offset + _dot(p, q)
            if at.user_bias >= 0:
                score += users.rows[user, 0, at.user_bias]
            if at.movie_bias >= 0:
                score += movies.rows[movie, 0, at.movie_bias]
            if has_session_bias:
                score += sessions.rows[session, 0, at.session_bias]
            predicted, slope = score, _ONE
            if told.is_stretched:
                way = _ONE / (_ONE + np.exp(-score))
                predicted = told.low + (told.high - told.low) * way
                slope = (told.high - told.low) * way * (_ONE - way)
            error = predicted - ratings.rating[i]
            squared += error * error
            absolute += abs(error)
            by_score = _TWO * error * share * slope
            _add_scaled(_part(of_user, at.user, size), q, by_score)
            _add_scaled(_part(of_movie, at.movie, size), p, by_score)
            if at.user_bias >= 0:
                of_user[at.user_bias] += by_score
            if at.movie_bias >= 0:
                of_movie[at.movie_bias] += by_score
            if has_session_bias:
                of_sessions[sessions.place[session], at.session_bias] += by_score

        t = np.float64(first_step + step + 1)
        rate = rates[step] * np.float32(np.sqrt(1 - _BETA_2**t) / (1 - _BETA_1**t))
        _adam(users, user_rows, user_times, of_users, n_users, share, rate)
        _adam(movies, movie_rows, movie_times, of_movies, n_movies, share, rate)
        _adam(sessions, session_rows, session_times, of_sessions, n_sessions, share, rate)
    return squared, absolute


def load() -> None:
    """Have the steps compiled, or loaded where this machine has compiled them before: by doing none."""
    none, numbers = np.empty(0, np.int32), np.empty(0, np.float32)
    table = Table(np.zeros((1, 3, 1), np.float32), np.zeros(1, np.float32), np.full(1, -1, np.int32))
    at = Columns(*[-1] * 8, size=0, n_eras=0)
    told = Told(False, *[np.float32(0)] * 6)
    run_steps(
        Ratings(none, none, numbers, none, none, numbers, numbers), numbers, 0, 1, 1, table, table, table, at, told
    )


@_compiled
def _find_place(table: Table, row: int, rows: Any, times: Any, gradients: Any, n: int) -> int:
    """Give `row` a place among the step's `n` rows if it has none, its gradient begun; how many there are now."""
    place = table.place[row]
    if place >= 0:
        times[place] += 1
        return n
    table.place[row] = n
    rows[n] = row
    times[n] = 1
    gradients[n] = 0
    return n + 1


@_compiled
def _counted(ratings: Ratings, i: int, told: Told) -> np.float32:
    """How much rating `i` counts in the watching loss: the more, the better it was liked."""
    return np.exp(told.liking * (ratings.rating[i] - ratings.user_mean[ratings.user[i]]))


@_compiled
def _softmax_gradient(
    row: Any, own: int, n: int, part_user: Any, part_movie: Any, correction: Any, weight: np.float32
) -> None:
    """The first `n` of the scores `row` of example `own` become the gradient, by them, of `weight` times its surprise.

    Other ratings of the same movie, and by the same user, are left out.
    """
    user, movie, own_score = part_user[own], part_movie[own], row[own] - correction[own]
    highest = own_score
    for c in range(n):
        is_wrong = (part_movie[c] != movie) & (part_user[c] != user)
        row[c] = row[c] - correction[c] if is_wrong else _LEFT_OUT
        highest = max(highest, row[c])
    row[own] = own_score
    total = np.float32(0)
    for c in range(n):
        row[c] = _exp(row[c] - highest)
        total += row[c]
    for c in range(n):
        row[c] *= weight / total
    row[own] -= weight


@_compiled
def _exp(x: np.float32) -> np.float32:
    """e^x for x ≤ 0, to 2e-7 of itself, in operations that are done for many numbers at once, as `np.exp` is not.

    2^n · 2^f: n in the bits of the exponent, and for f from -½ to ½ its Taylor series. Below e^-60 it is 0: what comes
    of smaller numbers has too few bits for the processor, which takes a hundred times as long with those.
    """
    power = max(x, _LEAST_POWER) * np.float32(1.44269504)
    whole = np.floor(power + np.float32(0.5))
    f = (power - whole) * np.float32(0.69314718)
    series = _ONE + f * np.float32(1 / 7)
    series = _ONE + f * np.float32(1 / 6) * series
    series = _ONE + f * np.float32(1 / 5) * series
    series = _ONE + f * np.float32(1 / 4) * series
    series = _ONE + f * np.float32(1 / 3) * series
    series = _ONE + f * np.float32(1 / 2) * series
    series = _ONE + f * series
    exponent = np.int32((np.int32(whole) + np.int32(127)) << np.int32(23))
    return series * exponent.view(np.float32) if x > _LEAST_POWER else np.float32(0)


@_compiled
def _adam(table: Table, rows: Any, times: Any, gradients: Any, n: int, share: np.float32, rate: np.float32) -> None:
    """A step of Adam, as in `row_optimizers.py`, for the first `n` of `rows`, which leave their places."""
    penalty = table.penalty
    for i in range(n):
        row, gradient, penalized = rows[i], gradients[i], _TWO * share * times[i]
        weight, m, v = table.rows[row, 0], table.rows[row, 1], table.rows[row, 2]
        for k in range(len(gradient)):
            g = gradient[k] + penalized * penalty[k] * weight[k]
            m[k] += (g - m[k]) * _NEW_1
            v[k] += (g * g - v[k]) * _NEW_2
            weight[k] -= rate * m[k] / (np.sqrt(v[k]) + _EPSILON_32)
        table.place[row] = -1


@_compiled
def _part(row: Any, start: int, size: int) -> Any:
    return row[start : start + size]


@_compiled
def _dot(a: Any, b: Any) -> np.float32:
    total = np.float32(0)
    for k in range(len(a)):
        total += a[k] * b[k]
    return total


@_compiled
def _add(to: Any, values: Any) -> None:
    for k in range(len(to)):
        to[k] += values[k]


@_compiled
def _add_scaled(to: Any, values: Any, by: np.float32) -> None:
    for k in range(len(to)):
        to[k] += by * values[k]
