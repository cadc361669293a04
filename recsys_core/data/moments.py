"""When ratings were given: the sitting and the era of each, and what that says of a movie."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

N_ERAS = 16
"""Eras hold as many ratings each: their bounds are quantiles of all times."""
SESSION_SECONDS = 900
"""A sitting ends so long after its first rating."""

_LOOKED_AT = 1_000_000
"""Ratings of which the bounds of eras are quantiles, at least; drawn evenly where there are twice as many."""
_BLOCK = 1 << 18
"""Ratings that are put in order at once, where a file has those of a user side by side: they fit in the cache."""
_FARTHEST = 2**38
"""Seconds after the first rating beyond which all times are the same: nine thousand years."""


@dataclass(frozen=True)
class Moments:
    """The sitting and the era of each rating; int32 `(n,)` both, counted from 0."""

    session: np.ndarray
    era: np.ndarray

    @property
    def n_sessions(self) -> int:
        return int(self.session.max(initial=-1)) + 1


def sessions_of(user: np.ndarray, timestamp: np.ndarray, seconds: int = SESSION_SECONDS) -> np.ndarray:
    """Number of the sitting that each rating belongs to, int32 `(n,)`: the sittings of a user follow each other.

    `user`: int `(n,)`, numbers of users, below 2²⁴; `timestamp`: int64 `(n,)`, in seconds.
    A user's ratings in order of time: a new sitting begins with a rating that comes more than `seconds` after the first
    rating of the one before.
    """
    if len(user) == 0:
        return np.empty(0, np.int32)
    moment = user.astype(np.int64)
    moment *= 2 * _FARTHEST
    moment += _since(timestamp, int(timestamp.min()))
    sessions = np.empty(len(user), np.int32)

    def number(block: slice) -> int:
        sessions[block], n = _sessions_in(moment[block], seconds)
        return n

    blocks = _blocks_of_users(user)
    # Sorting leaves Python to other threads.
    with ThreadPoolExecutor(2) as threads:
        counts = list(threads.map(number, blocks))
    for block, before in zip(blocks, np.cumsum([0, *counts[:-1]]).tolist(), strict=True):
        sessions[block] += before
    return sessions


def _sessions_in(moment: np.ndarray, seconds: int) -> tuple[np.ndarray, int]:
    """As `sessions_of`, counted from 0, and how many there are. `moment`: int64 `(n,)`, users above seconds."""
    # Ratings of one moment are of one sitting: their order among themselves does not matter.
    order = np.argsort(moment)
    moment = moment[order]
    in_order = moment // (2 * _FARTHEST)
    begins = np.zeros(len(moment), bool)
    first = np.flatnonzero(np.append(True, in_order[1:] != in_order[:-1]))
    # All users at once, one sitting after the other: those who have no further one leave the loop.
    while len(first):
        begins[first] = True
        following = np.searchsorted(moment, moment[first] + seconds, side="right")
        stays = following < len(moment)
        first, following = first[stays], following[stays]
        first = following[in_order[following] == in_order[first]]
    sessions = np.empty(len(moment), np.int32)
    sessions[order] = np.cumsum(begins) - 1
    return sessions, int(begins.sum())


def _blocks_of_users(user: np.ndarray) -> list[slice]:
    """Pieces of about `_BLOCK` ratings with all ratings of their users; one piece where users are not in order."""
    n = len(user)
    if n <= _BLOCK or (user[1:] < user[:-1]).any():
        return [slice(0, n)]
    bounds = np.searchsorted(user, user[_BLOCK:n:_BLOCK])
    bounds = np.unique(np.concatenate([[0], bounds, [n]])).tolist()
    return [slice(start, stop) for start, stop in pairwise(bounds)]


def sittings_at(
    user: np.ndarray,
    timestamp: np.ndarray,
    known_user: np.ndarray,
    known_timestamp: np.ndarray,
    session: np.ndarray,
    seconds: int = SESSION_SECONDS,
) -> np.ndarray:
    """Number of the sitting into which each of other ratings `(n,)` falls, int32 `(n,)`, -1 where there is none.

    known_user, known_timestamp, session: those of the ratings whose sittings are known, as from `sessions_of`. A rating
    falls into a sitting of its user if all of them together lie within `seconds`.
    """
    if len(known_user) == 0 or len(user) == 0:
        return np.full(len(user), -1, np.int32)
    order = np.argsort(session, kind="stable")
    begins = np.flatnonzero(np.diff(session[order], prepend=-1))
    owner = known_user[order][begins].astype(np.int64)
    earliest = min(int(known_timestamp.min()), int(timestamp.min()))
    known, asked = _since(known_timestamp, earliest)[order], _since(timestamp, earliest)
    first, last = np.minimum.reduceat(known, begins), np.maximum.reduceat(known, begins)
    # Sittings are numbered by user and time: the one that began last before a rating, or else the one after it.
    start = owner * (2 * _FARTHEST) + first
    before = np.searchsorted(start, user.astype(np.int64) * (2 * _FARTHEST) + asked, side="right") - 1
    found = np.full(len(user), -1, np.int32)
    for candidate in (before + 1, before):
        place = np.clip(candidate, 0, len(start) - 1)
        spans = np.maximum(asked, last[place]) - np.minimum(asked, first[place])
        fits = (candidate == place) & (owner[place] == user) & (spans <= seconds)
        found[fits] = place[fits]
    return found


def eras_of(timestamp: np.ndarray) -> np.ndarray:
    """The era of each rating, int32 `(n,)`, 0 to `N_ERAS - 1`, the earliest first."""
    looked_at = timestamp[:: max(1, len(timestamp) // _LOOKED_AT)]
    bounds = np.quantile(looked_at, np.arange(1, N_ERAS) / N_ERAS)
    return np.searchsorted(bounds, timestamp, side="right").astype(np.int32)


def era_shares(movie: np.ndarray, era: np.ndarray, n_movies: int) -> np.ndarray:
    """Share of each movie's ratings that were given in each era: float32 `(n_movies, N_ERAS)`; zeros without any."""
    counts = np.bincount(movie.astype(np.int64) * N_ERAS + era, minlength=n_movies * N_ERAS)
    counts = counts.reshape(n_movies, N_ERAS).astype(np.float32)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def median_times(movie: np.ndarray, timestamp: np.ndarray, n_movies: int) -> np.ndarray:
    """When half of each movie's ratings were given: float64 `(n_movies,)`, in seconds since 1970; NaN without any."""
    medians = np.full(n_movies, np.nan)
    if len(movie) == 0:
        return medians
    earliest = int(timestamp.min())
    since = _since(timestamp, earliest)
    # One sort of plain numbers is several times quicker than sorting by two keys.
    moment = np.sort(movie.astype(np.int64) * (2 * _FARTHEST) + since)
    counts = np.bincount(movie, minlength=n_movies)
    rated = np.flatnonzero(counts)
    middle = (np.cumsum(counts) - counts + counts // 2)[rated]
    medians[rated] = earliest + (moment[middle] - rated * (2 * _FARTHEST))
    return medians


def _since(timestamp: np.ndarray, earliest: int) -> np.ndarray:
    """Seconds after `earliest`, which none is before; int64 `(n,)`, `_FARTHEST` at most."""
    return np.minimum((timestamp - earliest).astype(np.uint64), _FARTHEST).astype(np.int64)
