"""Measures of neighbors, on tables small enough to work out by hand."""

import numpy as np
import pytest
from scipy import sparse

from recsys_core.data.split import Examples
from recsys_core.quality.measures import (
    BANDS,
    band_name,
    bands_of,
    cosine_neighbors,
    genre_matrix,
    genre_overlap,
    hubness,
    item_cosine_neighbors,
    occurrences,
    participation_ratio,
    random_genre_overlap,
    random_neighbors,
    rating_matrix,
    shared_neighbors,
    sparse_participation_ratio,
    spectrum,
    stability,
)

# Movies 0 and 1 share one genre of three; 0 and 2 none; 3 has none at all.
GENRES = genre_matrix(["Action|Sci-Fi", "Action|Drama", "Romance", ""])


def test_genre_matrix_has_a_column_for_each_genre():
    assert GENRES.shape == (4, 4)
    assert GENRES.sum(axis=1).tolist() == [2, 2, 1, 0]


def test_genre_overlap_is_the_mean_jaccard_index():
    neighbors = np.array([[1, 2], [0, 3], [2, 2], [3, 0]])
    # 0: (1/3 + 0)/2.  1: (1/3 + 0)/2.  2 with itself: 1.  3: no genres on either side, and on one: 0.
    assert genre_overlap(neighbors, GENRES) == pytest.approx([1 / 6, 1 / 6, 1, 0])


def test_random_genre_overlap_is_the_mean_over_all_others():
    assert random_genre_overlap(GENRES) == pytest.approx([1 / 9, 1 / 9, 0, 0])
    everyone_else = np.array([[other for other in range(4) if other != row] for row in range(4)])
    assert random_genre_overlap(GENRES) == pytest.approx(genre_overlap(everyone_else, GENRES))


def test_shared_neighbors_ignores_order():
    first = np.array([[1, 2, 3], [0, 2, 3]])
    second = np.array([[3, 1, 9], [7, 8, 9]])
    assert shared_neighbors(first, second) == pytest.approx([2 / 3, 0])


def test_stability_is_the_mean_over_pairs_of_seeds():
    a, b, c = np.array([[1, 2]]), np.array([[1, 3]]), np.array([[4, 5]])
    assert stability([a, b, c]) == pytest.approx([0.5 / 3])
    assert stability([a, a, a]) == pytest.approx([1])
    assert np.isnan(stability([a])).all()


def test_hubness_is_the_skewness_of_occurrences():
    everyone_names_0 = np.array([[1], [0], [0], [0]])
    assert occurrences(everyone_names_0).tolist() == [3, 1, 0, 0]
    # Mean 1, deviations 2, 0, -1, -1: third moment 6/4, variance 6/4.
    assert hubness(everyone_names_0) == pytest.approx(1.5 / 1.5**1.5)
    ring = np.array([[1], [2], [3], [0]])
    assert hubness(ring) == 0


def test_spectrum_counts_the_dimensions_in_use():
    line = np.outer([-1.0, 0, 1], [3.0, 4.0])
    assert spectrum(line) == pytest.approx([1, 0], abs=1e-12)
    assert participation_ratio(spectrum(line)) == pytest.approx(1)
    cross = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]])
    assert spectrum(cross) == pytest.approx([0.5, 0.5])
    assert participation_ratio(spectrum(cross)) == pytest.approx(2)
    assert participation_ratio(spectrum(np.ones((3, 2)))) == 0


def test_sparse_participation_ratio_is_that_of_the_spectrum():
    rows = np.array([[3.0, 0, 0], [0, 2, 0], [0, 1, 1], [4, 0, 3]])
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    found = sparse_participation_ratio(sparse.csr_matrix(rows))
    assert found == pytest.approx(participation_ratio(spectrum(unit)))


def test_item_cosine_finds_what_the_same_users_rated_alike():
    # Users rate: 0: movies 0 and 1 high; 1: movies 0 and 1; 2: movies 2 and 0.
    train = Examples(
        np.array([0, 0, 1, 1, 2, 2], np.int32),
        np.array([0, 1, 0, 1, 2, 0], np.int32),
        np.array([5, 5, 4, 4, 5, 1], np.float32),
    )
    ratings = rating_matrix(train, n_movies=3, n_users=3)
    # cos(0,1) = 41/(√42·√41) = 0.99, cos(0,2) = 5/(√42·5) = 0.15, cos(1,2) = 0.
    assert item_cosine_neighbors(ratings, 2).tolist() == [[1, 2], [0, 2], [0, 1]]


def test_cosine_neighbors_look_at_direction_only():
    assert cosine_neighbors(np.array([[1.0, 0], [100, 1], [0, 1]]), 1).tolist() == [[1], [0], [1]]


def test_random_neighbors_are_others_and_different():
    drawn = random_neighbors(6, 5, np.random.default_rng(0))
    assert np.array_equal(np.sort(drawn), [[other for other in range(6) if other != row] for row in range(6)])


def test_bands():
    assert [band_name(band) for band in BANDS] == ["0–4", "5–19", "20–49", "50–99", "100+"]
    assert bands_of(np.array([0, 4, 5, 19, 20, 99, 100, 5000])).tolist() == [0, 0, 1, 1, 2, 3, 4, 4]
