"""The dot-product formula on numbers worked out by hand."""

import numpy as np
import pytest

from recsys_core.models.scoring import output_range, score_of, score_terms, stars_slope, to_stars, total_score
from recsys_core.settings.train_config import TrainConfig

P = np.array([[1.0, 2.0], [0.0, -1.0]])
Q = np.array([[3.0, 0.5], [1.0, 1.0]])


def test_score_is_offset_plus_biases_plus_dot_product():
    terms = score_terms(P, Q, np.array([0.1, 0.2]), np.array([0.01, 0.02]), 3.5)
    assert terms["dot"].tolist() == [4.0, -1.0]
    assert total_score(terms) == pytest.approx([7.61, 2.72])


def test_one_user_meets_many_movies():
    terms = score_terms(P[0].astype(np.float32), Q.astype(np.float32), 0.5)
    assert list(terms) == ["offset", "user_bias", "movie_bias", "dot"]
    assert all(term.shape == (2,) and term.dtype == np.float64 for term in terms.values())
    assert total_score(terms).tolist() == [4.5, 3.5]


def test_stretched_sigmoid_there_and_back():
    stars = to_stars(np.array([-1e3, 0.0, 1e3]), (0.5, 5.0))
    assert stars == pytest.approx([0.5, 2.75, 5.0])
    assert to_stars(score_of(np.array([1.0, 4.9]), (0.5, 5.0)), (0.5, 5.0)) == pytest.approx([1.0, 4.9])
    assert score_of(3.0, None) == 3.0
    assert score_of(4.0, (4.0, 4.0)) == 0  # all ratings are equal: any score says them


@pytest.mark.parametrize("reach", [None, (0.5, 5.0)])
def test_slope_is_the_derivative(reach):
    score, step = np.array([-2.0, 0.3, 4.0]), 1e-6
    numeric = (to_stars(score + step, reach) - to_stars(score - step, reach)) / (2 * step)
    assert stars_slope(score, reach) == pytest.approx(numeric, rel=1e-6)


def test_sigmoid_reaches_beyond_the_ratings_by_its_margin():
    assert output_range(TrainConfig(sigmoid_margin=0.25), (0.5, 5.0)) == (0.25, 5.25)
