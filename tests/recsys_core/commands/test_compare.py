"""The command `compare`: settings, figures, neighbors and noise of two runs, for people and as JSON."""

import json

import numpy as np
import pytest

from recsys_core.cli import main
from tests.damaging import damaged_copy
from tests.recsys_core.compare.pairs import keep_seeds, run_on, some_vectors

IDS = np.arange(1, 61)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setenv("RECSYS_RUNS_DIR", str(tmp_path))
    first, second = (run_on(tmp_path / name, IDS, some_vectors(IDS, seed)) for name, seed in (("one", 0), ("two", 1)))
    keep_seeds(first, [first.movie_vectors])
    return first, second


def test_compare_tells_people_what_differs_and_what_is_noise(runs, capsys):
    assert main(["compare", str(runs[0].path), "two", "--top", "2"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("A: one (one)\nB: two (two)\n")
    assert "The settings are the same." in out
    assert "Validation MSE                 0.600       0.600" in out
    assert "Neighbors of 60 movies: " in out
    assert "Two seeds of the same settings: of A 1.00. So this is more than noise." in out
    assert out.count(" of 10 stay  Film ") == 4


def test_compare_as_json(runs, capsys):
    assert main(["compare", "one", "two", "--json", "-k", "5", "--min-ratings", "60"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["runs"] == ["one", "two"]
    assert found["settings"] == {}
    assert found["figures"]["stability"] == [0.5, None]
    neighbors = found["neighbors"]
    assert (neighbors["k"], neighbors["n_movies"], neighbors["verdict"]) == (5, 60, "more than noise")
    assert neighbors["overlap_of_two_seeds"] == {"one": 1.0}
    assert [movie["overlap"] for movie in neighbors["most_changed"]] == [0.0] * 5
    assert min(movie["n_ratings"] for movie in neighbors["most_changed"] + neighbors["most_stable"]) >= 60


def test_runs_with_too_few_common_movies_are_compared_but_for_their_neighbors(runs, tmp_path, capsys):
    run_on(tmp_path / "few", IDS[40:], some_vectors(IDS, 2))
    assert main(["compare", "one", "few"]) == 0
    out = capsys.readouterr().out
    assert "Validation MSE" in out
    assert "must share at least 30 movies" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["one", "nobody"], "`run` must be the folder of a saved run. Received: 'nobody'"),
        (["one", "{root}"], "A run must hold config.json"),
        (["one", "movies.parquet-truncated"], "movies.parquet is damaged"),
        (["one", "two", "-k", "99"], "`k` must be between 1 and 25. Received: 99"),
        (["one", "two", "--top", "0"], "`top` must be at least 1. Received: 0"),
    ],
)
def test_bad_input_is_one_line_and_code_2(runs, tmp_path, capsys, arguments, said):
    damaged_copy(runs[0].path, "movies.parquet", "truncated")
    assert main(["compare", *(each.format(root=tmp_path) for each in arguments)]) == 2
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert line.startswith("error: ")
    assert said in line
    assert printed.out == ""
