"""Why two movies are neighbors, on the hand-checkable table."""

import numpy as np
import pytest

from recsys_core.errors import QueryError
from recsys_core.explore.explain import common_ground


def test_common_ground_of_two_movies(tiny):
    """Movie 1: users 11 (4), 31 (4), 4 (5), 52 (1). Movie 23: users 11 (5), 2 (5), 31 (4), 7 (1)."""
    found = common_ground(tiny, 1, 23)
    assert found.both.to_numpy().tolist() == [[11, 4, 5], [31, 4, 4]]
    assert (found.n_first, found.n_second, found.n_users) == (4, 4, 7)
    assert found.expected_both == pytest.approx(16 / 7)
    assert found.cosine == pytest.approx((4 * 5 + 4 * 4) / (np.sqrt(16 + 16 + 25 + 1) * np.sqrt(25 + 25 + 16 + 1)))
    assert (found.shared_genres, found.other_genres) == (("Drama",), ())


def test_rank_counts_the_movies_whose_raters_are_more_alike(tiny):
    """With movie 1, movie 3 has users 4 (2) and 52 (4) in common: cosine 14 / (√58·√54) = 0.25, less than 0.58."""
    assert common_ground(tiny, 1, 23).cosine_rank == 1
    assert common_ground(tiny, 1, 3).cosine == pytest.approx(14 / np.sqrt(58 * 54))
    assert common_ground(tiny, 1, 3).cosine_rank == 2
    assert common_ground(tiny, 1, 3).n_movies == 3


def test_movies_that_nobody_rated_both_have_no_common_ground(checkerboard, tiny):
    found = common_ground(tiny, 1, 4)
    assert len(found.both) == 0
    assert found.cosine == 0
    assert common_ground(checkerboard, 0, 2).cosine == pytest.approx(1)


def test_unknown_movie(tiny):
    with pytest.raises(QueryError, match="must be a movie with ratings"):
        common_ground(tiny, 1, 99)
