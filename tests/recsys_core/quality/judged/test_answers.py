"""Answers are kept one by one beside the runs, and the last one is taken back."""

import pytest

from recsys_core.errors import DataError, RunError
from recsys_core.quality.judged import answers
from recsys_core.quality.judged.answers import add_answer, list_answers, new_name, read_answers, take_back
from recsys_core.runs.store import EXAMPLE_RUN_DIR, list_runs


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("RECSYS_RUNS_DIR", str(tmp_path / "runs"))
    return tmp_path / "runs" / answers.FOLDER


def test_answers_are_added_and_taken_back(folder):
    assert list_answers() == []
    assert read_answers("mine") is None
    add_answer("mine", ("Heat (1995)", "7"), True)
    add_answer("mine", ("Big, Fish", "Heat (1995)"), False)
    assert (folder / "mine.csv").read_text().splitlines()[2] == '"Big, Fish",Heat (1995),no'
    known = read_answers("mine")
    assert known.pairs == (("Heat (1995)", "7"), ("Big, Fish", "Heat (1995)"))
    assert known.is_good.tolist() == [True, False]
    assert list_answers() == ["mine"]
    assert take_back("mine") == ("Big, Fish", "Heat (1995)")
    assert read_answers("mine").is_good.tolist() == [True]
    assert take_back("mine") == ("Heat (1995)", "7")
    assert take_back("mine") is None
    assert list_answers() == []
    # Nobody takes them for a run.
    assert [run.path for run in list_runs()] == [EXAMPLE_RUN_DIR]


def test_what_cannot_be_kept_is_refused(folder, monkeypatch):
    with pytest.raises(DataError, match="must have a name"):
        add_answer("../elsewhere", ("1", "2"), True)
    monkeypatch.setattr(answers, "MOST_ANSWERS", 1)
    add_answer("mine", ("1", "2"), True)
    with pytest.raises(DataError, match="at most 1 answers"):
        add_answer("mine", ("1", "3"), True)
    assert len(read_answers("mine").pairs) == 1
    (folder / "odd.csv").write_text("nothing\n")
    with pytest.raises(DataError, match="must have the columns"):
        add_answer("odd", ("1", "2"), True)
    assert (folder / "odd.csv").read_text() == "nothing\n"


def test_no_answer_where_nothing_can_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RECSYS_RUNS_DIR", str(tmp_path / "file"))
    with pytest.raises(RunError, match="in a folder that can be written"):
        add_answer("mine", ("1", "2"), True)


def test_names_are_of_the_data_and_differ():
    one, other = new_name("MovieLens (small), 2016"), new_name("MovieLens (small), 2016")
    assert one.startswith("movielens-small-2016-")
    assert one != other
    assert new_name("本").startswith("answers-")
