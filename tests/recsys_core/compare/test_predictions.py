"""Both runs predict the same ratings, those that neither was trained on; else pairs that both know."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from recsys_core.compare import predictions
from recsys_core.compare.predictions import compare_predictions, is_for_tensorflow
from recsys_core.data.split import Examples
from recsys_core.errors import DataError, QueryError
from recsys_core.explore.predictions import predict
from recsys_core.runs.run import Run
from tests.exploring import movies_of, run_info, write_files

N_USERS, N_MOVIES = 40, 60


@dataclasses.dataclass
class Held:
    """What is read of a split."""

    user_ids: np.ndarray
    movies: pd.DataFrame
    validation: Examples


def make_run(folder, movie_ids, user_ids, seed, **info) -> Run:
    rng = np.random.default_rng(seed)
    movies = movies_of(len(movie_ids), movie_id=movie_ids, bias=rng.normal(size=len(movie_ids)), n_ratings=100)
    users = pd.DataFrame({"user_id": user_ids, "n_ratings": 9, "mean_rating": 3.5, "bias": 0.0})
    vectors = rng.normal(size=(len(movie_ids), 3)).astype(np.float32)
    user_vectors = rng.normal(size=(len(user_ids), 3)).astype(np.float32)
    write_files(folder, vectors, movies, run_info(label=folder.name, **info), users, user_vectors)
    return Run(folder)


@pytest.fixture
def runs(tmp_path):
    """Two runs whose vocabularies of users and movies overlap; users come in no order."""
    first = make_run(tmp_path / "a", np.arange(1, 61), np.arange(1, 41), 0)
    second = make_run(tmp_path / "b", np.arange(11, 71), np.arange(45, 5, -1), 1)
    return first, second


@pytest.fixture
def held(runs, monkeypatch):
    """A function that says which (user id, movie id) pairs each run holds back."""

    def hold(*pairs):
        tables = dict(zip((run.name for run in runs), pairs, strict=True))

        def split(run):
            users, movies = np.array(tables[run.name]).T
            at = np.searchsorted(run.movies["movie_id"], movies)
            place = [run.users["user_id"].tolist().index(user) for user in users]
            rating = ((users + movies) % 5 + 1).astype(np.float32)
            found = Examples(np.array(place, np.int32), at.astype(np.int32), rating)
            return None, Held(run.users["user_id"].to_numpy(), run.movies, found)

        monkeypatch.setattr(predictions, "training_split", split)

    return hold


def test_validation_ratings_of_both_are_predicted_by_both(runs, held, monkeypatch):
    monkeypatch.setattr(predictions, "LEAST_RATINGS", 3)
    held([(10, 20), (11, 20), (12, 60), (6, 11), (2, 3)], [(6, 11), (12, 60), (10, 20), (44, 65)])
    comparison = compare_predictions(*runs)
    pairs = comparison.pairs.sort_values("user_id")
    assert comparison.source == "validation"
    assert list(zip(pairs["user_id"], pairs["movie_id"], strict=True)) == [(6, 11), (10, 20), (12, 60)]
    assert pairs["rating"].tolist() == [3, 1, 3]
    for pair in pairs.to_dict("records"):
        for column, run in zip(("first", "second"), runs, strict=True):
            row = np.flatnonzero(run.movies["movie_id"] == pair["movie_id"])
            assert pair[column] == pytest.approx(predict(run, pair["user_id"], row)[0])
    assert comparison.mean_difference == pytest.approx((pairs["second"] - pairs["first"]).abs().mean())
    nearer = (pairs["second"] - pairs["rating"]).abs() < (pairs["first"] - pairs["rating"]).abs()
    assert comparison.share_nearer == pytest.approx(nearer.mean())
    largest = comparison.largest(2)["difference"].abs()
    assert largest.tolist() == sorted(pairs["difference"].abs(), reverse=True)[:2]


@pytest.mark.parametrize("there_are_ratings", [True, False])
def test_pairs_that_both_know_are_drawn_where_too_few_ratings_are_shared(runs, held, monkeypatch, there_are_ratings):
    if there_are_ratings:
        held([(10, 20), (11, 20)], [(10, 20), (12, 60)])
    else:

        def gone(run):
            raise DataError("gone")

        monkeypatch.setattr(predictions, "training_split", gone)
    comparison = compare_predictions(*runs)
    assert (comparison.source, comparison.n_shared) == ("drawn", int(there_are_ratings))
    assert set(comparison.pairs["user_id"]) == set(range(6, 41))
    assert set(comparison.pairs["movie_id"]) == set(range(11, 61))
    assert np.isnan([comparison.share_nearer, *comparison.mean_errors]).all()
    assert compare_predictions(*runs).pairs.equals(comparison.pairs)


def test_users_of_other_data_are_other_people(runs, tmp_path):
    data = run_info().data.model_copy(update={"name": "another", "fingerprint": "f"})
    other = make_run(tmp_path / "c", np.arange(1, 61), np.arange(1, 41), 0, data=data)
    with pytest.raises(QueryError, match=r"of the same data.*another"):
        compare_predictions(runs[0], other)


def test_a_run_without_its_users_is_refused_and_networks_need_tensorflow(runs, tmp_path):
    (runs[1].path / "users.parquet").unlink()
    with pytest.raises(QueryError, match=r"know their users. Received: b"):
        compare_predictions(*runs)
    how = run_info().prediction.model_copy(update={"is_dot": False})
    network = make_run(tmp_path / "n", np.arange(1, 61), np.arange(1, 41), 0, prediction=how)
    assert is_for_tensorflow(runs[0], network)
    assert not is_for_tensorflow(runs[0], runs[0])
