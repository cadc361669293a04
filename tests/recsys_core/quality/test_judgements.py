"""Judged pairs against the cosine of five movies whose directions are known, through the command too."""

import json
import math

import numpy as np
import pytest

from recsys_core.cli import main
from recsys_core.errors import DataError, QueryError
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.quality.judgements import agreement, judge, read_judgements
from tests.exploring import five_movies, run_info, write_files

PAIRS = """movie,other,judgement
10,The Matrix Reloaded (2003),yes
Amélie (2001),40,yes
the matrix (1999),Toy Story (1995),no
20,30,no
10,Nobody's Film (1901),no
10,50,no
"""


@pytest.fixture
def run(tmp_path):
    from recsys_core.runs.run import Run

    known = five_movies()
    write_files(tmp_path / "run", known.vectors, known.movies, run_info())
    return Run(tmp_path / "run")


def test_cosine_is_held_to_what_people_say(run, tmp_path):
    (tmp_path / "pairs.csv").write_text(PAIRS, encoding="utf-8")
    verdict = judge(run, MovieEmbeddings.from_run(run), read_judgements(tmp_path / "pairs.csv"))
    # Cosines of the four pairs found: 1 and 0.71 for yes, 0 and 0.71 for no: of four combinations one is even.
    assert verdict.by_source["run"].auc == pytest.approx(3.5 / 4)
    assert verdict.by_source["run"].n == 4
    assert math.isnan(verdict.by_source["run"].low)
    # Genre overlaps 1 and 1/3 for yes, 0 and 0 for no.
    assert verdict.by_source["genre overlap"].auc == 1
    assert "item cosine" not in verdict.by_source  # its ratings are not those of any data set
    assert verdict.not_found == ("Nobody's Film (1901)",)
    assert verdict.by_band["20–49"].n == 2
    assert verdict.disagreements[0]["other"] == "Toy Story (1995)"
    assert "both Comedy" in verdict.disagreements[0]["why"]


def test_intervals_are_those_of_many_pairs():
    rng = np.random.default_rng(0)
    is_good = np.arange(400) % 2 == 0
    found = agreement(is_good + rng.normal(size=400), is_good)
    assert found.low < 0.76 < found.high  # Φ(1/√2)
    assert 0.05 < found.high - found.low < 0.15
    assert math.isnan(agreement(np.ones(40), np.ones(40, bool)).auc)
    assert agreement(np.ones(40), np.arange(40) % 2 == 0).auc == 0.5


def test_numbers_are_good_above_their_mean(tmp_path):
    (tmp_path / "numbers.csv").write_text("movie,other,judgement\n1,2,5\n1,3,1\n2,3,4\n", encoding="utf-8")
    assert read_judgements(tmp_path / "numbers.csv").is_good.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "must have the columns movie, other, judgement and a row"),
        ("movie,other,judgement\n", "Received: 'no rows'"),
        ("movie,other,judgement\n1,2,maybe\n", "must be yes, no or a number. Received: 'maybe' in row 1"),
    ],
)
def test_what_is_no_file_of_judgements(text, message, tmp_path):
    (tmp_path / "odd.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_judgements(tmp_path / "odd.csv")
    with pytest.raises(DataError, match="can be read"):
        read_judgements(tmp_path / "none.csv")


def test_judgements_of_other_movies(run, tmp_path):
    (tmp_path / "other.csv").write_text("movie,other,judgement\n7,8,yes\n", encoding="utf-8")
    with pytest.raises(QueryError, match="none of 1 pairs"):
        judge(run, MovieEmbeddings.from_run(run), read_judgements(tmp_path / "other.csv"))


def test_the_command_prints_the_verdict(run, tmp_path, capsys):
    (tmp_path / "pairs.csv").write_text(PAIRS, encoding="utf-8")
    command = ["quality", "--run-dir", str(run.path), "--judgements", str(tmp_path / "pairs.csv")]
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["auc"]["run"]["auc"] == pytest.approx(0.875)
    assert main(command) == 0
    assert "genre overlap           1.000  4 pairs" in capsys.readouterr().out
