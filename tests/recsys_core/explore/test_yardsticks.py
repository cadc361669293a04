"""What figures are held against, on numbers that can be checked by hand."""

import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import QueryError
from recsys_core.explore.yardsticks import damped_means, extremes, means_as_offsets, overall_mean, random_pairs
from tests.exploring import five_movies


def test_few_ratings_are_drawn_to_the_overall_mean():
    # Overall (4·5 + 12·3) / 16 = 3.5; with 4 more ratings at it: (20 + 14) / 8 and (36 + 14) / 16.
    assert overall_mean(np.array([5, 3]), np.array([4, 12])) == 3.5
    assert damped_means(np.array([5, 3]), np.array([4, 12]), damping=4).tolist() == [4.25, 3.125]


def test_means_as_offsets_go_through_the_sigmoid():
    assert means_as_offsets(np.array([4.0]), 3.0, None).tolist() == [1.0]
    # In the range 0 to 4: 3 is a share of 3/4, whose logit is ln 3; 2 is the middle, whose logit is 0.
    assert means_as_offsets(np.array([3.0]), 2.0, (0.0, 4.0)) == pytest.approx([np.log(3)])
    assert np.isfinite(means_as_offsets(np.array([0.0, 4.0]), 2.0, (0.0, 4.0))).all()


def test_extremes_are_most_extreme_first_and_never_in_both():
    frame = pd.DataFrame({"n_ratings": [9, 9, 9, 1, 20], "bias": [0.1, -0.5, 0.9, 5.0, 0.9]})
    highest, lowest = extremes(frame, "bias", top=10, min_ratings=5)
    assert highest.index.tolist() == [4, 2]
    assert lowest.index.tolist() == [1, 0]


def test_random_pairs_are_as_similar_as_chance_has_it():
    embeddings = five_movies()
    # Movies with at least 60 ratings point to 0°, 45° and 90°: cosines 0.71, 0.71 and 0.
    pairs = random_pairs(embeddings, min_ratings=60)
    assert pairs.median == pytest.approx(np.sqrt(0.5), abs=1e-5)
    assert pairs.top == pytest.approx(np.sqrt(0.5), abs=1e-5)
    with pytest.raises(QueryError, match="at least two movies"):
        random_pairs(embeddings, min_ratings=100)
