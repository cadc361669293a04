"""Overlaps of two runs' neighbor lists are what a person would count, and are held against those of seeds."""

import numpy as np
import pytest

from recsys_core.compare.neighbors import compare_neighbors
from recsys_core.errors import QueryError
from tests.recsys_core.compare.pairs import K, jaccard_by_hand, keep_seeds, run_on, some_vectors

FIRST, SECOND = np.arange(1, 61), np.arange(11, 81)
SHARED = list(range(11, 61))


@pytest.fixture
def vectors():
    """Of 80 movies in two runs: the second's are the first's, some more moved than others."""
    first = some_vectors(np.arange(1, 81), 0)
    moved = some_vectors(np.arange(1, 81), 1)
    return first, {movie: first[movie] + (0.9 if movie % 3 == 0 else 0.1) * moved[movie] for movie in first}


@pytest.fixture
def runs(tmp_path, vectors):
    return run_on(tmp_path / "a", FIRST, vectors[0]), run_on(tmp_path / "b", SECOND, vectors[1])


def test_overlaps_are_those_counted_by_hand(runs, vectors):
    comparison = compare_neighbors(*runs, k=K)
    expected = jaccard_by_hand(*vectors, SHARED)
    assert comparison.movies["movie_id"].tolist() == SHARED
    assert comparison.overlap == pytest.approx([expected[movie] for movie in SHARED])
    assert comparison.n_staying / (2 * K - comparison.n_staying) == pytest.approx(comparison.overlap)
    assert 0.1 < comparison.mean_overlap < 0.9


def test_the_most_changed_and_most_stable_are_named_of_equals_the_more_rated(runs):
    comparison = compare_neighbors(*runs, k=K)
    changed, stable = comparison.extremes(4)
    lowest = np.sort(comparison.overlap)
    assert changed["overlap"].tolist() == pytest.approx(lowest[:4])
    assert stable["overlap"].tolist() == pytest.approx(lowest[::-1][:4])
    for table in (changed, stable):
        for overlap in set(table["overlap"]):
            assert table[table["overlap"] == overlap]["n_ratings"].is_monotonic_decreasing
    assert comparison.table(min_ratings=80)["n_ratings"].min() == 80


def test_two_lists_mark_what_stays(runs):
    comparison = compare_neighbors(*runs, k=K)
    position = comparison.position_of(33)
    one, other = comparison.lists_of(position)
    assert set(one[one["stays"]]["movie_id"]) == set(one["movie_id"]) & set(other["movie_id"])
    assert set(other[~other["stays"]]["movie_id"]) == set(other["movie_id"]) - set(one["movie_id"])
    assert one["similarity"].is_monotonic_decreasing
    with pytest.raises(QueryError, match="Received: 5"):
        comparison.position_of(5)


def test_without_seeds_nothing_is_said_of_noise(runs):
    comparison = compare_neighbors(*runs, k=K)
    assert comparison.verdict == "not known"
    assert np.isnan(comparison.share_beyond_noise)
    assert not comparison.is_beyond_noise.any()
    assert comparison.table()["noise"].isna().all()


@pytest.mark.parametrize(
    ("of_seeds", "verdict"), [(0.0, "more than noise"), (4.0, "less than another seed"), (None, "no more than noise")]
)
def test_a_change_is_held_against_what_another_seed_changes(runs, vectors, of_seeds, verdict):
    first, second = runs
    own = first.movie_vectors
    if of_seeds is None:
        # Another seed is just what the second run is: what was learned by it, in the rows of the first.
        others = [np.stack([vectors[1][movie] for movie in FIRST])]
    else:
        others = [own + of_seeds * np.random.default_rng(seed).normal(size=own.shape) for seed in (7, 8)]
    keep_seeds(first, others)
    comparison = compare_neighbors(first, second, k=K)
    assert comparison.verdict == verdict
    assert list(comparison.noise.by_run()) == ["a"]
    if of_seeds == 0:
        assert comparison.noise.mean == 1
        assert comparison.share_beyond_noise == (comparison.overlap < 1).mean()
        assert comparison.noise.share_by_chance == 0.25


def test_the_noise_is_of_lists_among_the_same_movies(runs, vectors):
    first, second = runs
    keep_seeds(first, [np.stack([vectors[1][movie] for movie in FIRST])])
    comparison = compare_neighbors(first, second, k=K)
    # The other seed learned what the second run did: among the shared movies, its lists are the second run's.
    assert comparison.noise.of_movie == pytest.approx(comparison.overlap)
    assert not comparison.is_beyond_noise.any()


def test_a_kept_list_that_is_too_short_says_nothing(runs, tmp_path, vectors):
    first, _ = runs
    keep_seeds(first, [first.movie_vectors])
    few = run_on(tmp_path / "few", FIRST[28:], vectors[0])
    noise = compare_neighbors(first, few, k=25).noise
    assert np.isnan(noise.overlaps).any()
    assert set(noise.overlaps[np.isfinite(noise.overlaps)]) <= {1.0}


@pytest.mark.parametrize("k", [0, 26])
def test_lists_of_another_length_are_refused(runs, k):
    with pytest.raises(QueryError, match=f"`k` must be between 1 and 25. Received: {k}"):
        compare_neighbors(*runs, k=k)
