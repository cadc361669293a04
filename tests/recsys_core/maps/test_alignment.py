import numpy as np
import pytest

from recsys_core.maps.alignment import agreement, align, aligned_components, laid_onto, rotation_onto

MIRRORED_TURN = np.array([[0.6, 0.8], [0.8, -0.6]], np.float32)


@pytest.fixture
def places():
    return np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)


def test_align_undoes_turning_mirroring_and_shifting(places):
    np.testing.assert_allclose(align(places @ MIRRORED_TURN + [5, -3], places), places, atol=1e-5)


def test_a_picture_is_laid_onto_another_of_any_size(places):
    np.testing.assert_allclose(laid_onto(7 * places @ MIRRORED_TURN + [5, -3], places), places, atol=1e-4)


def test_pictures_agree_whatever_their_place_size_and_turn_and_random_ones_do_not(places):
    assert agreement(7 * places @ MIRRORED_TURN + 5, places) == pytest.approx(1)
    noise = np.random.default_rng(1).normal(size=places.shape)
    between = agreement(places + noise, places)
    assert agreement(noise, places) < 0.2 < between < 0.8
    assert agreement(np.ones_like(places), places) == 0


def test_a_rotation_is_orthogonal_and_no_other_lies_nearer(places):
    noisy = places @ MIRRORED_TURN + np.random.default_rng(1).normal(0, 0.1, places.shape)
    found = rotation_onto(noisy, places)
    np.testing.assert_allclose(found @ found.T, np.eye(2), atol=1e-12)
    angles = np.linspace(0, 2 * np.pi, 73)
    turns = np.array([[np.cos(angles), -np.sin(angles)], [np.sin(angles), np.cos(angles)]]).transpose(2, 0, 1)
    others = [*turns, *(turns @ np.diag([1, -1]))]
    off = np.linalg.norm(noisy @ found - places)
    assert off <= min(np.linalg.norm(noisy @ other - places) for other in others)


def test_components_have_one_scale_and_stay_turned_as_they_were(places):
    stretched = places * [1, 3]
    before = aligned_components(stretched, np.zeros_like(places))
    assert np.mean(np.sum(before**2, axis=1)) == pytest.approx(1, rel=1e-5)
    after = aligned_components(100 * stretched @ MIRRORED_TURN + 7, before)
    np.testing.assert_allclose(after, before, atol=1e-4)


def test_one_number_for_each_movie_is_a_line():
    found = aligned_components(np.arange(4, dtype=np.float32)[:, None], np.zeros((4, 2), np.float32))
    assert np.linalg.matrix_rank(found, tol=1e-5) == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_movies_stay_where_they_were_when_a_training_diverges(places, bad):
    broken = places.copy()
    broken[3, 1] = bad
    np.testing.assert_array_equal(aligned_components(broken, places), places)


def test_very_large_numbers_and_equal_vectors_have_a_place(places):
    before = aligned_components(places, places)
    np.testing.assert_allclose(aligned_components(places * np.float32(1e30), before), before, atol=1e-5)
    assert not aligned_components(np.ones((5, 3), np.float32), np.zeros((5, 2), np.float32)).any()
