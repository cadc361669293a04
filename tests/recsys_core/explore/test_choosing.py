"""What somebody would choose next, on vectors and numbers of ratings small enough to work out by hand."""

import numpy as np
import pytest

from recsys_core.explore.choosing import PENALTY, choice_scores, closeness
from tests.exploring import movies_of, write_run


@pytest.fixture
def run(tmp_path):
    """Two movies to the east, one much rated, and two to the west."""
    vectors = np.array([[3, 0], [3, 0], [-3, 0], [-3, 0]], np.float32)
    return write_run(tmp_path / "run", vectors, movies_of(4, n_ratings=[50, 10, 30, 10]))


def test_nobody_in_particular_chooses_by_popularity(run):
    scores = choice_scores(run, {}, np.arange(4))
    assert np.exp(scores) == pytest.approx([0.5, 0.1, 0.3, 0.1])
    assert np.exp(choice_scores(run, {3: 5.0}, np.array([0, 2]))) == pytest.approx([0.625, 0.375])


def test_who_watched_the_east_chooses_the_east(run):
    """w = (x, 0) where the slope of the loss is zero: λ·x = 3·(1 − 2·share of the west)."""
    share = np.exp(choice_scores(run, {1: 4.0}, np.arange(4)))
    assert share.sum() == pytest.approx(1)
    west = share[2:].sum()
    odds_before, odds = 0.6 / 0.4, (1 - west) / west
    x = np.log(odds / odds_before) / 6
    assert PENALTY * x == pytest.approx(3 * 2 * west, rel=1e-3)
    assert share[0] / share[1] == pytest.approx(5)


def test_what_was_liked_counts_more(run):
    liked_east, liked_west = (choice_scores(run, {1: east, 3: 6 - east}, np.arange(4)) for east in (5.0, 1.0))
    assert liked_east[0] > liked_west[0]


def test_close_is_what_lies_the_way_of_what_was_liked(run):
    assert closeness(run, {0: 4.0, 1: 2.0}, np.arange(4)) == pytest.approx([1, 1, -1, -1])
    assert closeness(run, {1: 3.0, 3: 3.0}, np.arange(4)) == pytest.approx([0, 0, 0, 0])
    # Two stars apart: e to 1 of the weight, against the other.
    assert closeness(run, {1: 5.0, 3: 3.0}, np.array([0])) == pytest.approx([(np.e - 1) / (np.e + 1)])
    assert closeness(run, {}, np.arange(4)).tolist() == [0, 0, 0, 0]
