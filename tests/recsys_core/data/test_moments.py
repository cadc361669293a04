"""Sittings, eras and median times on tables small enough to work out by hand."""

import numpy as np

from recsys_core.data.moments import N_ERAS, era_shares, eras_of, median_times, sessions_of, sittings_at


def test_a_sitting_ends_so_long_after_its_first_rating():
    user = np.array([0, 1, 0, 0, 0, 1])
    timestamp = np.array([1000, 50, 1600, 1900, 1901, 949])
    # User 0 begins at 1000: 1600 and 1900 are within 900 s, 1901 is not. User 1's two lie 899 s apart.
    assert sessions_of(user, timestamp).tolist() == [0, 2, 0, 0, 1, 2]


def test_a_sitting_does_not_go_on_with_the_next_user():
    assert sessions_of(np.array([3, 3, 4]), np.array([0, 10, 20])).tolist() == [0, 0, 1]
    assert sessions_of(np.empty(0, np.int32), np.empty(0, np.int64)).tolist() == []


def test_sittings_are_the_same_found_piece_by_piece(monkeypatch):
    rng = np.random.default_rng(0)
    user, timestamp = np.sort(rng.integers(0, 40, 1_000)), rng.integers(0, 30_000, 1_000)
    whole = sessions_of(user, timestamp)
    monkeypatch.setattr("recsys_core.data.moments._BLOCK", 64)
    assert np.array_equal(sessions_of(user, timestamp), whole)
    # A user with more ratings than a piece holds is in one all the same, and so is all where users are mixed.
    assert np.array_equal(sessions_of(np.zeros(1_000, int), timestamp) == 0, timestamp <= timestamp.min() + 900)
    mixed = rng.permutation(1_000)
    assert np.array_equal(sessions_of(user[mixed], timestamp[mixed]), whole[mixed])


def test_another_rating_falls_into_a_sitting_that_it_would_not_make_too_long():
    user, timestamp = np.array([0, 0, 1, 0]), np.array([1000, 1600, 1000, 5000])
    session = sessions_of(user, timestamp)
    assert session.tolist() == [0, 0, 2, 1]
    asked = [(0, 700), (0, 699), (0, 1900), (0, 1901), (1, 1900), (0, 4100), (2, 1000), (0, 5900)]
    found = sittings_at(*map(np.array, zip(*asked, strict=True)), user, timestamp, session)
    assert found.tolist() == [0, -1, 0, -1, 2, 1, -1, 1]
    assert sittings_at(np.array([7]), np.array([5]), user[:0], timestamp[:0], session[:0]).tolist() == [-1]


def test_times_may_be_anything():
    extremes = np.array([np.iinfo(np.int64).min, -5, 0, np.iinfo(np.int64).max])
    session = sessions_of(np.array([0, 0, 0, 0]), extremes)
    assert session[0] != session[1]
    assert sittings_at(np.zeros(4, int), extremes, np.zeros(4, int), extremes, session)[1] >= 0
    assert np.isfinite(median_times(np.zeros(4, np.int32), extremes, 1)).all()


def test_eras_hold_as_many_ratings_each():
    timestamp = np.random.default_rng(0).permutation(N_ERAS * 25) ** 2
    assert np.bincount(eras_of(timestamp)).tolist() == [25] * N_ERAS
    earliest = timestamp < np.quantile(timestamp, 1 / N_ERAS)
    assert set(eras_of(timestamp)[earliest]) == {0}


def test_what_moments_say_of_a_movie():
    movie, era = np.array([0, 0, 2, 2, 2]), np.array([1, 1, 0, 1, 15])
    shares = era_shares(movie, era, 3)
    assert shares[0, 1] == 1
    assert shares[1].sum() == 0
    assert shares[2, [0, 1, 15]].tolist() == np.float32([1 / 3] * 3).tolist()
    medians = median_times(movie, np.array([10, 30, 7, 5, 100]), 3)
    assert medians[[0, 2]].tolist() == [30, 7]
    assert np.isnan(medians[1])
