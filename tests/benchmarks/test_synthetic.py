import numpy as np
import pytest

from benchmarks.synthetic import NOISE, SHAPES, movie_popularity, synthetic_split, user_activity
from recsys_core.data.catalog import load_ratings


def gini(counts):
    """Gini coefficient: 0 when all have the same count, 1 when one has all."""
    ranks = np.arange(1, len(counts) + 1)
    return 2 * (ranks * np.sort(counts)).sum() / (len(counts) * counts.sum()) - (len(counts) + 1) / len(counts)


@pytest.fixture(scope="module")
def split():
    return synthetic_split(SHAPES["ml-small"])


@pytest.fixture(scope="module")
def real():
    return load_ratings()


def test_users_and_movies_share_the_ratings_as_unevenly_as_in_movielens(split, real):
    for drawn, of_the_real in ((split.train.user, real.user_id), (split.train.movie, real.movie_id)):
        counts, real_counts = (np.unique(ids, return_counts=True)[1] for ids in (drawn, of_the_real))
        assert gini(counts) == pytest.approx(gini(real_counts), abs=0.03)


@pytest.mark.parametrize(("name", "published"), [("ml-20m", 0.903), ("ml-32m", 0.952)])
def test_large_shapes_have_the_published_gini_coefficient_of_their_movies(name, published):
    assert gini(movie_popularity(SHAPES[name])) == pytest.approx(published, abs=0.005)


@pytest.mark.parametrize("name", SHAPES)
def test_expected_counts_add_up_to_the_ratings(name):
    shape = SHAPES[name]
    for expected in (user_activity(shape), movie_popularity(shape)):
        assert expected.sum() == pytest.approx(shape.n_ratings)


def test_ratings_vary_as_much_as_in_movielens_and_no_pair_is_in_both_parts(split, real):
    assert split.train.rating.var() == pytest.approx(real.rating.var(), rel=0.15)
    pairs = [set(zip(part.user.tolist(), part.movie.tolist(), strict=True)) for part in (split.train, split.validation)]
    assert not pairs[0] & pairs[1]
    assert len(split.validation) > 0.7 * 0.02 * SHAPES["ml-small"].n_ratings


def test_ratings_of_one_pair_differ_by_the_noise_alone(split):
    train = split.train
    pair = train.user.astype(np.int64) * split.n_movies + train.movie
    order = np.argsort(pair, kind="stable")
    same = np.diff(pair[order]) == 0
    difference = np.diff(train.rating[order])[same]
    assert len(difference) > 1_000
    assert difference.var() == pytest.approx(2 * NOISE**2, rel=0.1)
