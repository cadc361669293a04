"""How far neighbors, and places, tell what a movie is: on a line whose order is known."""

import numpy as np
import pytest

from recsys_core.quality.ordering import explained, ordering_of, ordering_of_places
from tests.exploring import movies_of


def test_neighbors_explain_what_they_share():
    neighbors = np.array([[1, 1], [0, 0], [3, 3], [2, 2]])
    assert explained(neighbors, np.array([1.0, 1.0, 5.0, 5.0])) == 1
    assert explained(neighbors, np.array([1.0, 5.0, 1.0, 5.0])) == -3
    assert np.isnan(explained(neighbors, np.ones(4)))


def test_unknown_values_take_no_part():
    neighbors = np.array([[1, 3], [0, 3], [1, 0], [2, 2]])
    values = np.array([2.0, 2.0, 4.0, np.nan])
    # Movie 0 and 1 tell each other; movie 2 is told 2, which misses by 2; the variance of 2, 2, 4 is 8/9.
    assert explained(neighbors, values) == pytest.approx(1 - (4 / 3) / (8 / 9))


def test_a_map_in_the_order_of_time_is_said_to_be_one():
    n = 200
    rng = np.random.default_rng(0)
    time = np.arange(n, dtype=float)
    movies = movies_of(n, median_time=time, year=rng.permutation(n) + 1900.0, n_ratings=rng.integers(20, 500, n))
    ordering = ordering_of_places(np.column_stack([time, np.zeros(n)]), movies)
    assert ordering.rating_time > 0.99
    assert ordering.release_year < 0.2
    assert ordering.genres == ordering.random_genres == 1
    assert "rating time **100%**" in ordering.sentence()
    assert ordering_of_places(np.zeros((n, 2)), movies.assign(n_ratings=3)) is None


def test_without_times_nothing_is_said_of_them():
    movies = movies_of(40, genres=["Drama"] * 20 + ["Horror"] * 20)
    alike = np.array([[(i + 1) % 20 + 20 * (i // 20)] for i in range(40)])
    ordering = ordering_of(alike, movies)
    assert np.isnan(ordering.rating_time)
    assert ordering.genres == 1
    assert ordering.random_genres == pytest.approx(19 / 39)
    assert "rating time" not in ordering.sentence()
