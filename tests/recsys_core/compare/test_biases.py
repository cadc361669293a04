"""Biases of two runs stand beside each other by movie id, in one unit, the largest disagreement first."""

import numpy as np
import pytest

from recsys_core.compare.biases import DEVIATIONS, compare_biases
from recsys_core.errors import QueryError
from recsys_core.explore.embeddings import BEFORE_SIGMOID, STARS
from recsys_core.runs.info import Prediction
from recsys_core.runs.run import Run
from tests.exploring import movies_of, run_info, write_files, write_run

VECTORS = np.eye(4, 3, dtype=np.float32) + 1


def run_with(folder, **columns) -> Run:
    return write_run(folder, VECTORS, movies_of(4, **columns))


@pytest.fixture
def first(tmp_path):
    return run_with(tmp_path / "a", movie_id=[1, 2, 3, 5], bias=[0.5, 0.1, -0.2, 0.9], n_ratings=[50, 40, 30, 20])


@pytest.fixture
def second(tmp_path):
    return run_with(tmp_path / "b", movie_id=[2, 3, 4, 5], bias=[0.2, 0.6, 9.0, np.nan], n_ratings=[35, 45, 30, 60])


def test_rows_align_by_movie_id_and_the_largest_disagreement_comes_first(first, second):
    comparison = compare_biases(first, second)
    known = comparison.known(0)
    assert known["movie_id"].tolist() == [3, 2]  # 5 has no bias in the second run
    assert known["difference"].tolist() == pytest.approx([0.8, 0.1])
    assert known["n_ratings"].tolist() == [30, 35]  # the lower of the two
    assert comparison.known(31)["movie_id"].tolist() == [2]
    assert (comparison.name, comparison.unit) == ("Movie bias", STARS)
    assert comparison.correlation(0) == pytest.approx(-1)
    assert np.isnan(comparison.correlation(31))


def test_different_units_become_standard_deviations(first, tmp_path):
    movies = first.movies.assign(bias=[3.0, -1.0, 2.0, -4.0])
    squeezed = Prediction(is_dot=True, offset=0.0, output_range=(0.0, 5.5))
    write_files(tmp_path / "s", VECTORS, movies, run_info(prediction=squeezed))
    comparison = compare_biases(first, Run(tmp_path / "s"))
    assert comparison.unit == DEVIATIONS
    for column in ("first", "second"):
        assert comparison.movies[column].mean() == pytest.approx(0, abs=1e-9)
        assert comparison.movies[column].std(ddof=0) == pytest.approx(1)
    assert compare_biases(Run(tmp_path / "s"), Run(tmp_path / "s")).unit == BEFORE_SIGMOID


def test_runs_without_biases_are_compared_by_mean_residuals_and_never_with_one_that_has_them(first, tmp_path):
    without = [
        run_with(tmp_path / name, movie_id=[1, 2, 3, 5], bias=np.nan, mean_residual=[0.1, 0.2, value, 0.0])
        for name, value in (("x", 0.0), ("y", 0.4))
    ]
    comparison = compare_biases(*without)
    assert (comparison.name, comparison.unit) == ("Mean residual", STARS)
    assert comparison.known(0)["movie_id"].iloc[0] == 3
    with pytest.raises(QueryError, match=r"or neither. Received: a, which has them, and x"):
        compare_biases(without[0], first)
