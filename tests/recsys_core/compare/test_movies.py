"""Rows of two runs mean the same movie, whatever else is in their vocabularies."""

import numpy as np
import pytest

from recsys_core.compare.movies import judged_movies, shared_movies
from recsys_core.errors import QueryError
from tests.exploring import movies_of
from tests.recsys_core.compare.pairs import run_on, some_vectors


def test_rows_align_by_movie_id_where_vocabularies_differ():
    first = movies_of(5, movie_id=[2, 3, 5, 7, 11])
    second = movies_of(4, movie_id=[3, 4, 7, 12], title=["three", "four", "seven", "twelve"])
    shared = shared_movies(first, second)
    assert shared.movies["movie_id"].tolist() == [3, 7]
    assert [rows.tolist() for rows in shared.rows] == [[1, 3], [0, 2]]
    assert shared.movies["title"].tolist() == ["Film 1", "Film 3"]  # as the first run calls them


def test_runs_without_a_common_movie_cannot_be_compared():
    with pytest.raises(QueryError, match="movies in common"):
        shared_movies(movies_of(2, movie_id=[1, 2]), movies_of(2, movie_id=[3, 4]))


def test_movies_with_few_training_ratings_in_either_run_are_not_judged(tmp_path):
    ids = np.arange(1, 61)
    vectors = some_vectors(ids, 0)
    first, second = run_on(tmp_path / "a", ids, vectors), run_on(tmp_path / "b", ids[10:], vectors)
    rare = second.movies.assign(n_train_ratings=100)
    rare.loc[3, "n_train_ratings"] = 19
    rare.to_parquet(second.path / "movies.parquet")
    judged, (one, other) = judged_movies(first, run_on_again(second))
    assert judged.movies["movie_id"].tolist() == [11, 12, 13, *range(15, 61)]
    assert np.array_equal(one, other)
    with pytest.raises(QueryError, match=r"at least 30 movies with 20 training ratings each.*Received: 29"):
        judged_movies(first, run_on(tmp_path / "c", ids[31:], vectors))


def run_on_again(run):
    """The same folder, read anew."""
    return type(run)(run.path)
