"""Judged pairs against the cosine of five movies whose directions are known, through the command too."""

import json
import math
import re

import numpy as np
import pytest

from recsys_core.cli import main
from recsys_core.errors import QueryError
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.quality.judged.agreement import agreement, by_chance, each_once, judge, name_of, rows_by_name
from recsys_core.quality.judged.reading import read_judgements
from recsys_core.runs.run import Run
from recsys_core.runs.store import EXAMPLE_RUN_DIR
from tests.exploring import five_movies, run_info, write_files

PAIRS = """movie,other,judgement
10,The Matrix Reloaded (2003),yes
Amélie (2001),40,yes
"Matrix, The (1999)",Toy Story (1995),no
20,30,no
10,Nobody's Film (1901),no
10,50,no
"""


@pytest.fixture
def run(tmp_path):
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
    assert (verdict.n_given, verdict.n_found, verdict.n_without_vector) == (6, 4, 1)
    assert verdict.by_source["random"].auc == 0.5
    (near,) = verdict.disagreements
    assert (near.movie, near.other, near.judgement) == ("The Matrix Reloaded (2003)", "Amélie (2001)", "no")
    # Without ratings the reasons are what is known of the movies.
    assert near.why == "no genre in common"


def test_a_pair_counts_once_however_often_it_is_judged(run, tmp_path):
    (tmp_path / "pairs.csv").write_text(PAIRS, encoding="utf-8")
    embeddings = MovieEmbeddings.from_run(run)
    once = judge(run, embeddings, read_judgements(tmp_path / "pairs.csv"))
    # By title and the other way round; the last is judged yes as often as no.
    again = PAIRS + "The Matrix Reloaded (2003),10,yes\n10,20,yes\n10,20,no\n30,10,yes\n30,10,no\n"
    (tmp_path / "again.csv").write_text(again, encoding="utf-8")
    found = judge(run, embeddings, read_judgements(tmp_path / "again.csv"))
    assert found.n_given == once.n_given + 5
    assert found.n_found + found.n_again == once.n_found + 5
    assert found.by_source["run"].auc == once.by_source["run"].auc
    assert found.n_found == once.n_found
    rows, is_good = each_once(
        np.array([[0, 1], [2, 3], [1, 0], [3, 2], [0, 1]]), np.array([True, True, False, False, True])
    )
    assert (rows.tolist(), is_good.tolist()) == ([[0, 1]], [True])
    (tmp_path / "even.csv").write_text("movie,other,judgement\n10,20,yes\n20,10,no\n", encoding="utf-8")
    with pytest.raises(QueryError, match="as many yes as no"):
        judge(run, embeddings, read_judgements(tmp_path / "even.csv"))
    many = np.tile([[0, 1], [2, 3]], (20, 1))
    assert len(each_once(many, np.tile([True, False], 20))[0]) == 2


def test_intervals_are_those_of_many_pairs():
    rng = np.random.default_rng(0)
    is_good = np.arange(400) % 2 == 0
    found = agreement(is_good + rng.normal(size=400), is_good)
    assert found.low < 0.76 < found.high  # Φ(1/√2)
    assert 0.05 < found.high - found.low < 0.15
    assert math.isnan(agreement(np.ones(40), np.ones(40, bool)).auc)
    assert agreement(np.ones(40), np.arange(40) % 2 == 0).auc == 0.5


def test_chance_is_a_half_give_or_take():
    found = by_chance(np.arange(100) % 2 == 0)
    assert found.auc == 0.5
    assert 0.3 < found.low < 0.45 < 0.55 < found.high < 0.7
    assert math.isnan(by_chance(np.ones(40, bool)).low)


def test_reasons_come_from_the_ratings(tmp_path):
    """On ratings that are there: who rated both, item-item cosine, and how few ratings stand behind the rarer."""
    run = Run(EXAMPLE_RUN_DIR)
    pairs = "movie;other;judgement\nToy Story (1995);Toy Story 2 (1999);no\nToy Story (1995);8;yes\n"
    (tmp_path / "pairs.csv").write_text(pairs, encoding="utf-8")
    found = judge(run, MovieEmbeddings.from_run(run), read_judgements(tmp_path / "pairs.csv"))
    assert set(found.by_source) == {"run", "era left in", "item cosine", "genre overlap", "random"}
    rare, near = found.disagreements
    assert re.match(r"the rarer has \d training ratings: its place is mostly chance; who watched one", rare.why)
    assert re.match(r"the same people watch both \(\d+ rated both, by chance \d+; number 1 of 9,065 by ", near.why)
    assert "both Adventure, Animation, Children, Comedy, Fantasy" in near.why


def test_a_name_in_a_file_finds_the_movie_again():
    known = five_movies()
    movies = known.movies.copy()
    movies.loc[[0, 1], "title"] = "Twins"
    movies.loc[[0, 1], "year"] = 1988.0
    movies.loc[2, "title"] = "=1+1"
    movies.loc[3, ["title", "year"]] = ["50", np.nan]
    twins = MovieEmbeddings(known.vectors, movies)
    rows = rows_by_name(twins)
    names = [name_of(twins, row, rows) for row in range(5)]
    # Of two alike the better known; no formula; and no title that is another movie's id.
    assert names == ["Twins (1988)", "20", "30", "40", "Unseen <b>film</b>"]


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
    assert "genre overlap           1.000  4 pairs" in (printed := capsys.readouterr().out)
    assert "Of 6 pairs 4 were found." in printed
    assert "Not in this run: Nobody's Film (1901)" in printed
