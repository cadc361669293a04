"""The command `data`, as somebody uses it: add, list, show, train on it, remove; the run is still there."""

import json
import shutil

import pandas as pd
import pytest

from recsys_core.cli import main
from recsys_core.data import catalog
from recsys_core.data.catalog import load_ratings
from recsys_core.errors import DataError
from recsys_core.jobs.messages import Task
from recsys_core.jobs.task import RunsFolder, checked
from recsys_core.runs.store import open_run
from tests.recsys_core.data.importing.published import as_zip

SMALL = ["--embedding-size", "4", "--epochs", "1", "--batch-size", "64"]


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.setenv("RECSYS_DATA_DIR", str(tmp_path / "sets"))
    rows = [(f"reader {u}", f"Book {b}", 1 + (u * b) % 10, "Drama") for u in range(30) for b in range(12)]
    path = tmp_path / "books.csv"
    names = ["reader", "volume", "grade", "shelf"]
    pd.DataFrame(rows, columns=pd.Index(names)).to_csv(path, index=False, sep=";")
    return path


def test_add_list_show_train_remove(tmp_path, capsys, monkeypatch, table):
    mapping = ["--user-column", "reader", "--item-column", "volume", "--genres-column", "shelf"]
    assert main(["data", "add", str(table), "--name", "Our books", *mapping]) == 0
    said = capsys.readouterr().out
    assert "rating is column grade" in said
    assert "Added our-books: 360 ratings." in said
    assert main(["data", "list"]) == 0
    assert "our-books" in capsys.readouterr().out
    assert main(["data", "show", "our-books"]) == 0
    assert "360 ratings by 30 users of 12 movies" in capsys.readouterr().out
    assert main(["data", "show", "our-books", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["genres"][0]["genre"] == "Drama"
    run_dir = tmp_path / "runs" / "mine"
    # Every reader rates every book: what leaves out the lowest grade leaves out book 0, and some more.
    filters = ["--rating-from", "2", "--min-movie-ratings", "5", "--any-genres", "Drama,War"]
    assert main(["train", "--data", "our-books", "--run-dir", str(run_dir), *SMALL, *filters]) == 0
    run = open_run(run_dir)
    assert (run.info.data.id, run.info.data.name, run.info.data.rating_max) == ("our-books", "Our books", 10)
    assert (run.info.config.rating_from, run.info.config.any_genres) == (2, ("Drama", "War"))
    assert run.info.data.rating_min == 2
    assert "Book 0" not in set(run.movies["title"]) >= {"Book 1", "Book 3", "Book 11"}
    assert load_ratings(run.data_set).n_ratings == 360
    assert main(["data", "remove", "our-books"]) == 0
    assert main(["neighbors", "--run-dir", str(run_dir), "Book 3", "--min-ratings", "1"]) == 0
    with pytest.raises(DataError, match="'our-books', which is not there any more: add it again"):
        checked(Task(config=run.info.config, continue_run="mine"), RunsFolder(tmp_path / "runs"))
    assert main(["data", "add", str(table), "--name", "Our books", *mapping[:4]]) == 0
    with pytest.raises(DataError, match="'our-books', which has changed since"):
        checked(Task(config=run.info.config, continue_run="mine"), RunsFolder(tmp_path / "runs"))
    # Neither is the stability of its neighbors measured on other ratings; a new process has neither report nor ratings.
    shutil.rmtree(run_dir / "cache")
    monkeypatch.setattr(catalog, "_cache", catalog._Cache(1_000))
    capsys.readouterr()
    assert main(["quality", "--run-dir", str(run_dir), "--seeds", "3"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: The ratings must be those of 'Our books' as they were (fingerprint ")
    assert line.endswith("Received: the data set 'our-books', which has changed since.")
    assert main(["data", "remove", "our-books"]) == 0
    capsys.readouterr()
    assert main(["train", "--data", "our-books", "--run-dir", str(tmp_path / "other"), *SMALL]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_bad_input_is_one_line(tmp_path, capsys, table):
    for arguments, said in {
        ("data", "show", "nothing"): "which does not exist",
        ("data", "remove", "nothing"): "must be the id of a data set",
        ("data", "add", str(tmp_path / "nothing.zip")): "which does not exist",
        ("data", "add", str(table), "--user-column", "who"): "The user column of books.csv must be one of",
        ("data", "add", str(as_zip(tmp_path / "a.zip", {"b.zip": b"PK"}))): "There must be ratings.csv and movies.csv",
    }.items():
        assert main(arguments) == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
