"""Standard splits, on a folder of the same layout as MovieLens 100K."""

import numpy as np
import pytest

from benchmarks import report, standard
from recsys_core.errors import DataError
from recsys_core.settings.train_config import TrainConfig


@pytest.fixture
def folder(tmp_path):
    """Five folds of 30 users' ratings of 40 movies, as users like the odd or the even ones; no pair is tested twice."""
    rng = np.random.default_rng(0)
    user, movie = (grid.ravel() for grid in np.meshgrid(np.arange(1, 31), np.arange(1, 41), indexing="ij"))
    rating = np.where((user + movie) % 2, 5, 2)
    rows = np.column_stack([user, movie, rating, 881250949 + 60 * np.arange(len(user))])
    fold = rng.permutation(len(rows)) % 5
    path = tmp_path / "ml-100k"
    path.mkdir()
    for number in range(5):
        for part, chosen in (("base", fold != number), ("test", fold == number)):
            np.savetxt(path / f"u{number + 1}.{part}", rows[chosen], fmt="%d", delimiter="\t")
    return path


def test_a_fold_is_trained_on_its_base_and_judged_on_its_test(folder):
    splits = dict(standard.read_folds(folder, TrainConfig()))
    assert list(splits) == ["u1", "u2", "u3", "u4", "u5"]
    tested = np.concatenate([split.validation.user * 100 + split.validation.movie for split in splits.values()])
    assert len(np.unique(tested)) == len(tested) == 1200
    for name, split in splits.items():
        test = np.loadtxt(folder / f"{name}.test", dtype=int)
        assert np.array_equal(split.user_ids[split.validation.user], test[:, 0])
        assert np.array_equal(split.movies["movie_id"].to_numpy()[split.validation.movie], test[:, 1])
        assert len(split.train) == 960


def test_the_command_prints_each_fold_and_what_others_print(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    monkeypatch.setitem(standard._SIZES, "100K", 1200)
    standard.main([str(folder), "--presets", "dot-bias-rows"])
    printed = capsys.readouterr().out
    assert "ml-100k | u1 to u5 | `dot-bias-rows` | " in printed
    assert "ml-100k | u1 | GC-MC | 0.910 | van den Berg" in printed
    ours, biases = (
        [float(part.split()[1]) for part in line.split(" | ")[4].split(", ")]
        for line in printed.splitlines()
        if "u1 to u5" in line
    )
    assert len(ours) == len(biases) == 5
    assert max(biases) < 2  # stars, of ratings of 2 and 5
    assert (tmp_path / "results" / "standard.md").is_file()


def test_a_missing_fold_is_named(folder):
    (folder / "u4.test").unlink()
    with pytest.raises(DataError, match=r"must have u1.base, .* Received: no u4.test"):
        list(standard.read_folds(folder, TrainConfig()))


def test_other_ratings_are_split_at_random(tmp_path, built_in, monkeypatch, capsys):
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    table = tmp_path / "ratings.csv"
    rows = np.column_stack([built_in.user_id, built_in.movie_id, built_in.rating, built_in.timestamp])[:5000]
    np.savetxt(
        table,
        rows,
        fmt=["%d", "%d", "%.1f", "%d"],
        delimiter=",",
        header="userId,movieId,rating,timestamp",
        comments="",
    )
    standard.main([str(table), "--presets", "dot-bias-rows", "--seeds", "3"])
    assert "90/10 | `dot-bias-rows` | " in capsys.readouterr().out
