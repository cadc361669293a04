"""Steps of dot products and of the watching loss, compiled by Numba: what a step looks up is read and written once.

The arithmetic is that of `loop.py` and `models/watching.py`, example by example instead of operation by operation. XLA
goes over all that a batch looks up a dozen times a step, which takes longer than computing with it. Imports Numba:
import this module where it is used.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

from recsys_core.training.dot.prefetch import N_IN_LINE, prefetch
from recsys_core.training.row_optimizers import ADAM

_ONE, _TWO = np.float32(1), np.float32(2)
_LEFT_OUT, _LEAST_POWER, _NEXT_TO_NOTHING = np.float32(-1e9), np.float32(-60), np.float32(1e-30)
_AHEAD = 6
"""So many rows or ratings before it is their turn their rows are fetched from memory."""
_BETA_1, _BETA_2, _EPSILON = ADAM
_NEW_1, _NEW_2, _EPSILON_32 = np.float32(1 - _BETA_1), np.float32(1 - _BETA_2), np.float32(_EPSILON)

_OPTIONS: dict[str, Any] = {
    # Not all that `fastmath=True` allows: a training that diverges has numbers that are none.
    "fastmath": {"reassoc", "contract", "arcp", "nsz"},
    "error_model": "numpy",
    "nogil": True,
    "cache": True,
}
# What is done for each rating must make no arrays: then none are counted either, which takes as long as the arithmetic.
_WITHOUT_COUNTING: dict[str, Any] = {**_OPTIONS, "_nrt": False}
_compiled = numba.njit(**_WITHOUT_COUNTING)


class Table(NamedTuple):
    """All tables that are looked up by the same ids, side by side, with what Adam remembers of them."""

    rows: np.ndarray
    """float32 `(n_rows, 3 · n_columns)`: a row's weights, its m and its v, together as they are read."""
    penalty: np.ndarray
    """float32 `(n_columns,)`: λ of λ·w² for each time that a row is looked up."""
    decay: np.ndarray
    """float32 `(n_columns,)`: λ of λ·w in the gradient of a step of the row."""
    charged: np.ndarray
    """float32 `(n_rows,)`: how often `decay` counts in a step of the row; `(1,)` for that of all."""
    place: np.ndarray
    """int32 `(n_rows,)`, -1 outside of a step: which of the rows of a step it is."""
    done: np.ndarray
    """int32 `(n_rows,)`, 0 outside of a call: the steps that the row has done. `(0,)` if rows step when looked up."""


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


class Model(NamedTuple):
    """The three tables, and what is where in them."""

    users: Table
    movies: Table
    sessions: Table
    at: Columns


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


class LookedUp(NamedTuple):
    """The rows of a table that a step looks up, once each, with room for those of a whole batch."""

    row: np.ndarray
    """int32 `(n,)`."""
    times: np.ndarray
    """float32 `(n,)`: how often it is looked up."""
    gradient: np.ndarray
    """float32 `(n + 1, n_columns)`: the sum of its gradients. The last stays zero: that of a row not looked up."""


class Step(NamedTuple):
    """What a step looks up in each table."""

    users: LookedUp
    movies: LookedUp
    sessions: LookedUp


class Part(NamedTuple):
    """A part of a batch, within which the watching loss tells an example from the others; room for `n` examples."""

    user: np.ndarray
    """int32 `(n,)`, as the movie."""
    movie: np.ndarray
    correction: np.ndarray
    """float32 `(n,)`: what is taken off a movie's scores for being rated often."""
    weight: np.ndarray
    """float32 `(n,)`: of the example's surprise in the loss."""
    watcher: np.ndarray
    """float32 `(n, size + n_eras)`: who watches, and when."""
    watched: np.ndarray
    """The same of what is watched."""
    scores: np.ndarray
    """float32 `(n, n)`: of each watcher with all that is watched; then the gradient by them."""
    of_watcher: np.ndarray
    """The gradients by `watcher` and `watched`."""
    of_watched: np.ndarray


@numba.njit(**_OPTIONS)
def run_steps(
    ratings: Ratings, rates: Any, first_step: int, batch_size: int, n_parts: int, model: Model, told: Told
) -> tuple[float, float]:
    """A step for each of `rates`, float32 `(n_steps,)`; the sums of squared and of absolute errors before each.

    n_parts: into so many parts a batch is divided, within which the watching loss tells an example from the others.
    """
    watches = model.at.user_watch >= 0
    part = _room_of_part((batch_size + n_parts - 1) // n_parts if watches else 0, model.at)
    rows = Step(_room(model.users, batch_size), _room(model.movies, batch_size), _room(model.sessions, batch_size))
    corrected = _corrected(rates, first_step)
    squared, absolute = 0.0, 0.0
    for step in range(len(rates)):
        start = step * batch_size
        end = min(start + batch_size, len(ratings.rating))
        n_users = _look_up(model.users, ratings.user, start, end, rows.users, step, corrected)
        n_movies = _look_up(model.movies, ratings.movie, start, end, rows.movies, step, corrected)
        n_sessions = _look_up(model.sessions, ratings.session, start, end, rows.sessions, step, corrected)
        if watches:
            weight = told.watch_weight / _all_counted(ratings, start, end, told)
            for first in range(start, min(start + n_parts, end)):
                n = _fill_part(part, ratings, first, end, n_parts, weight, model, told)
                np.dot(part.watcher, part.watched.T, part.scores)
                _softmax_gradients(part, n)
                np.dot(part.scores, part.watched, part.of_watcher)
                np.dot(part.scores.T, part.watcher, part.of_watched)
                _empty_part(part, ratings, first, end, n_parts, model, rows)
        of_squares, of_sizes = _rate(ratings, start, end, model, rows, told)
        squared += of_squares
        absolute += of_sizes
        share = _ONE / np.float32(end - start)
        _finish_step(model.users, rows.users, n_users, share, step, corrected)
        _finish_step(model.movies, rows.movies, n_movies, share, step, corrected)
        _finish_step(model.sessions, rows.sessions, n_sessions, share, step, corrected)
    _finish_call(model.users, rows.users, corrected)
    _finish_call(model.movies, rows.movies, corrected)
    _finish_call(model.sessions, rows.sessions, corrected)
    return squared, absolute


def load() -> None:
    """Have the steps compiled, or loaded where this machine has compiled them before: by doing none."""
    none, numbers = np.empty(0, np.int32), np.empty(0, np.float32)
    row, zero = np.zeros((1, 3), np.float32), np.zeros(1, np.float32)
    table = Table(row, penalty=zero, decay=zero, charged=zero, place=np.full(1, -1, np.int32), done=none)
    model = Model(table, table, table, Columns(*[-1] * 8, size=0, n_eras=0))
    told = Told(False, *[np.float32(0)] * 6)
    run_steps(Ratings(none, none, numbers, none, none, numbers, numbers), numbers, 0, 1, 1, model, told)


@numba.njit(**_OPTIONS)
def _room(table: Table, batch_size: int) -> LookedUp:
    n = min(batch_size, len(table.place))
    gradient = np.zeros((n + 1, len(table.penalty)), np.float32)
    return LookedUp(np.empty(n, np.int32), np.empty(n, np.float32), gradient)


@numba.njit(**_OPTIONS)
def _room_of_part(n: int, at: Columns) -> Part:
    width = at.size + at.n_eras
    return Part(
        np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.float32), np.empty(n, np.float32),
        np.zeros((n, width), np.float32), np.zeros((n, width), np.float32), np.zeros((n, n), np.float32),
        np.zeros((n, width), np.float32), np.zeros((n, width), np.float32),
    )  # fmt: skip


@numba.njit(**_OPTIONS)
def _corrected(rates: Any, first_step: int) -> Any:
    """The rates of the steps with Adam's corrections of m and v for having begun at zero."""
    corrected = np.empty(len(rates), np.float32)
    for step in range(len(rates)):
        t = np.float64(first_step + step + 1)
        corrected[step] = rates[step] * np.float32(np.sqrt(1 - _BETA_2**t) / (1 - _BETA_1**t))
    return corrected


@_compiled
def _look_up(table: Table, ids: Any, start: int, end: int, rows: LookedUp, step: int, rates: Any) -> int:
    """Give each row that the ratings from `start` to `end` look up a place, its gradient begun; how many there are."""
    n = 0
    for i in range(start, end):
        row = ids[i]
        if row < 0:
            continue
        place = table.place[row]
        if place >= 0:
            rows.times[place] += 1
            continue
        _catch_up(table, row, rows, step, rates)
        table.place[row] = n
        rows.row[n] = row
        rows.times[n] = 1
        _clear(rows.gradient, n)
        n += 1
    return n


@_compiled
def _all_counted(ratings: Ratings, start: int, end: int, told: Told) -> np.float32:
    total = np.float32(0)
    for i in range(start, end):
        total += _counted(ratings, i, told)
    return total


@_compiled
def _counted(ratings: Ratings, i: int, told: Told) -> np.float32:
    """How much rating `i` counts in the watching loss: the more, the better it was liked."""
    return np.exp(told.liking * (ratings.rating[i] - ratings.user_mean[ratings.user[i]]))


@_compiled
def _fill_part(
    part: Part, ratings: Ratings, first: int, end: int, n_parts: int, weight: np.float32, model: Model, told: Told
) -> int:
    """Make the part that begins with rating `first`, of every `n_parts`th rating before `end`; how many it has."""
    users, movies, sessions, at = model
    n = 0
    for i in range(first, end, n_parts):
        user, movie, session = ratings.user[i], ratings.movie[i], ratings.session[i]
        part.user[n], part.movie[n] = user, movie
        part.correction[n] = told.popularity_correction * ratings.log_popularity[movie]
        part.weight[n] = weight * _counted(ratings, i, told)
        _clear(part.watcher, n)
        _clear(part.watched, n)
        _add(part.watcher, n, 0, _ONE, users.rows, user, at.user_watch, at.size)
        _add(part.watched, n, 0, _ONE, movies.rows, movie, at.movie, at.size)
        if session >= 0:
            _add(part.watcher, n, 0, _ONE, sessions.rows, session, at.session, at.size)
            part.watcher[n, at.size + ratings.era[i]] = 1
            _add(part.watched, n, at.size, _ONE, movies.rows, movie, at.movie_era, at.n_eras)
        n += 1
    for rest in range(n, len(part.user)):
        _clear(part.watcher, rest)
        _clear(part.watched, rest)
    return n


@_compiled
def _softmax_gradients(part: Part, n: int) -> None:
    """The scores become the gradient by them, which is 0 beyond the part's `n` examples."""
    for a in range(n):
        _softmax_gradient(part, a, n)
    for a in range(n, len(part.user)):
        _clear(part.scores, a)


@_compiled
def _softmax_gradient(part: Part, own: int, n: int) -> None:
    """The first `n` of the scores of example `own` become the gradient, by them, of its surprise times its weight.

    Other ratings of the same movie, and by the same user, are left out.
    """
    scores, r, weight = part.scores, np.uintp(own), part.weight[own]
    user, movie, own_score = part.user[own], part.movie[own], part.scores[own, own] - part.correction[own]
    highest = own_score
    for c in range(np.uintp(n)):
        is_wrong = (part.movie[c] != movie) & (part.user[c] != user)
        scores[r, c] = scores[r, c] - part.correction[c] if is_wrong else _LEFT_OUT
        highest = max(highest, scores[r, c])
    scores[r, r] = own_score
    total = np.float32(0)
    for c in range(np.uintp(n)):
        scores[r, c] = _exp(scores[r, c] - highest)
        total += scores[r, c]
    for c in range(np.uintp(n)):
        scores[r, c] *= weight / total
    scores[r, r] -= weight
    for c in range(np.uintp(n), np.uintp(scores.shape[1])):
        scores[r, c] = 0


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
def _empty_part(part: Part, ratings: Ratings, first: int, end: int, n_parts: int, model: Model, rows: Step) -> None:
    """Add the part's gradients to those of the rows."""
    users, movies, sessions, at = model
    of_users, of_movies, of_sessions = rows
    for n, i in enumerate(range(first, end, n_parts)):
        user, movie, session = users.place[ratings.user[i]], movies.place[ratings.movie[i]], ratings.session[i]
        _add(of_users.gradient, user, at.user_watch, _ONE, part.of_watcher, n, 0, at.size)
        _add(of_movies.gradient, movie, at.movie, _ONE, part.of_watched, n, 0, at.size)
        if session >= 0:
            _add(of_sessions.gradient, sessions.place[session], at.session, _ONE, part.of_watcher, n, 0, at.size)
            _add(of_movies.gradient, movie, at.movie_era, _ONE, part.of_watched, n, at.size, at.n_eras)


@_compiled
def _rate(ratings: Ratings, start: int, end: int, model: Model, rows: Step, told: Told) -> tuple[float, float]:
    """Predict the ratings from `start` to `end`, and add the gradients of the mean squared error to those of the rows.

    Sums of squared and of absolute errors.
    """
    users, movies, sessions, at = model
    of_users, of_movies, of_sessions = rows
    share, squared, absolute = _ONE / np.float32(end - start), 0.0, 0.0
    for i in range(start, end):
        user, movie, session = ratings.user[i], ratings.movie[i], ratings.session[i]
        ahead = min(i + _AHEAD, end - 1)
        _fetch(users.rows, ratings.user[ahead], at.user, at.size)
        _fetch(movies.rows, ratings.movie[ahead], at.movie, at.size)
        user_place, movie_place = users.place[user], movies.place[movie]
        has_session_bias = session >= 0 and at.session_bias >= 0
        score = told.offset + _dot(users.rows, user, at.user, movies.rows, movie, at.movie, at.size)
        if at.user_bias >= 0:
            score += users.rows[user, at.user_bias]
        if at.movie_bias >= 0:
            score += movies.rows[movie, at.movie_bias]
        if has_session_bias:
            score += sessions.rows[session, at.session_bias]
        predicted, slope = score, _ONE
        if told.is_stretched:
            way = _ONE / (_ONE + np.exp(-score))
            predicted = told.low + (told.high - told.low) * way
            slope = (told.high - told.low) * way * (_ONE - way)
        error = predicted - ratings.rating[i]
        squared += error * error
        absolute += abs(error)
        by_score = _TWO * error * share * slope
        _add(of_users.gradient, user_place, at.user, by_score, movies.rows, movie, at.movie, at.size)
        _add(of_movies.gradient, movie_place, at.movie, by_score, users.rows, user, at.user, at.size)
        if at.user_bias >= 0:
            of_users.gradient[user_place, at.user_bias] += by_score
        if at.movie_bias >= 0:
            of_movies.gradient[movie_place, at.movie_bias] += by_score
        if has_session_bias:
            of_sessions.gradient[sessions.place[session], at.session_bias] += by_score
    return squared, absolute


@_compiled
def _finish_step(table: Table, rows: LookedUp, n: int, share: np.float32, step: int, rates: Any) -> None:
    """A step of Adam for the first `n` of `rows`, which leave their places."""
    for place in range(n):
        row = rows.row[place]
        _fetch(table.rows, rows.row[min(place + _AHEAD, n - 1)], 0, table.rows.shape[1])
        _adam(table, row, rows.gradient, place, _TWO * share * rows.times[place], rates[step])
        table.place[row] = -1
        if len(table.done):
            table.done[row] = step + 1


@_compiled
def _finish_call(table: Table, rows: LookedUp, rates: Any) -> None:
    for row in range(len(table.done)):
        _catch_up(table, row, rows, len(rates), rates)
        table.done[row] = 0


@_compiled
def _catch_up(table: Table, row: int, rows: LookedUp, step: int, rates: Any) -> None:
    """Where all rows take part in every step: do the steps before `step` in which `row` was not looked up.

    Nothing but the row itself has a part in them. One after the other in the processor's cache they take a fraction of
    the time that it takes to move whole tables through memory at each step.
    """
    if len(table.done):
        for missed in range(table.done[row], step):
            _adam(table, row, rows.gradient, len(rows.gradient) - 1, np.float32(0), rates[missed])


@_compiled
def _adam(table: Table, row: int, gradients: Any, place: int, penalized: np.float32, rate: np.float32) -> None:
    """A step of Adam, as in `row_optimizers.py`, of one row with one of the gradients.

    An m or v that has shrunk to next to nothing is 0, as in `_exp`: ε is 1e23 times as large.
    """
    rows, penalty, decay, charged = (
        table.rows,
        table.penalty,
        table.decay,
        table.charged[row if len(table.charged) > 1 else 0],
    )
    r, i, n = np.uintp(row), np.uintp(place), np.uintp(len(penalty))
    for k in range(n):
        w, m, v = rows[r, k], rows[r, n + k], rows[r, n + n + k]
        g = gradients[i, k] + (penalized * penalty[k] + charged * decay[k]) * w
        m += (g - m) * _NEW_1
        v += (g * g - v) * _NEW_2
        m, v = np.float32(0) if abs(m) < _NEXT_TO_NOTHING else m, np.float32(0) if v < _NEXT_TO_NOTHING else v
        rows[r, k], rows[r, n + k], rows[r, n + n + k] = w - rate * m / (np.sqrt(v) + _EPSILON_32), m, v


# Numba counts an index below zero from the end, and asks each index for it that has a sign.


@_compiled
def _dot(a: Any, row_a: Any, first_a: int, b: Any, row_b: Any, first_b: int, n: int) -> np.float32:
    """The dot product of `n` numbers in a row of `a` and as many in one of `b`."""
    i, at, j, at_b = np.uintp(row_a), np.uintp(first_a), np.uintp(row_b), np.uintp(first_b)
    total = np.float32(0)
    for k in range(np.uintp(n)):
        total += a[i, at + k] * b[j, at_b + k]
    return total


@_compiled
def _add(to: Any, row_to: Any, first_to: int, by: np.float32, values: Any, row: Any, first: int, n: int) -> None:
    """Add to `n` numbers in a row of `to` as many in one of `values`, times `by`."""
    i, at_to, j, at = np.uintp(row_to), np.uintp(first_to), np.uintp(row), np.uintp(first)
    for k in range(np.uintp(n)):
        to[i, at_to + k] += by * values[j, at + k]


@_compiled
def _clear(rows: Any, row: int) -> None:
    i = np.uintp(row)
    for k in range(np.uintp(rows.shape[1])):
        rows[i, k] = 0


@_compiled
def _fetch(rows: Any, row: int, first: int, n: int) -> None:
    """Have the `n` numbers from `first` on of a row fetched."""
    for k in range(np.uintp(first), np.uintp(first + n), N_IN_LINE):
        prefetch(rows, np.uintp(row), k)  # pyright: ignore[reportCallIssue]
