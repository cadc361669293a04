"""Each command as a user types it; bad input is one line and exit code 2."""

import json
import shutil

import pandas as pd
import pytest

from recsys_core.cli import main
from recsys_core.maps.projection import cached_projection, first_map
from recsys_core.models.registry import ARCHITECTURES
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from recsys_core.settings.train_config import Phase
from tests.damaging import damage


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "mine"
    arguments = ["train", "--preset", "dot-bias-rows", "--embedding-size", "8", "--epochs", "2", "--batch-size", "512"]
    assert main([*arguments, "--learning-rate", "0.01", "--seed", "3", "--run-dir", str(folder)]) == 0
    return folder


def test_help_lists_every_architecture(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    assert f"Must be one of {', '.join(ARCHITECTURES)}.\n" in capsys.readouterr().out


def test_train_takes_every_option(run_dir):
    config = open_run(run_dir).info.config
    assert (config.preset, config.user_embedding_size, config.batch_size) == ("dot-bias-rows", 8, 512)
    assert config.phases == (Phase(0.01, 2),)
    assert config.seed == 3


def test_train_prints_plain_lines_where_there_is_no_terminal(tmp_path, capsys):
    arguments = ["train", "--preset", "mlp-32-4", "--epochs", "2", "--run-dir", str(tmp_path / "run")]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "\r" not in out
    lines = out.splitlines()
    assert "damped biases 0.7" in lines[0]
    assert [line.split(":")[0] for line in lines if line.startswith("epoch")] == ["epoch   1", "epoch   2"]
    assert lines[-2].endswith("with the weights of epoch 2.")
    assert lines[-1].startswith("Genre overlap of its neighbors 0.")


def test_presets_lists_every_name(capsys):
    assert main(["presets"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ("default", "one-hot-mlp", "collabfnet", "recommender-net"))


def test_neighbors_of_the_example(capsys):
    assert main(["neighbors", "--run-dir", str(EXAMPLE_RUN_DIR), "matrix", "-k", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["query"] == "The Matrix"
    assert len(found["neighbors"]) == 3
    assert all(movie["n_ratings"] >= 20 for movie in found["neighbors"])
    assert main(["neighbors", "--run-dir", str(EXAMPLE_RUN_DIR), "matrix", "--metric", "euclidean"]) == 0
    distances = [float(line.split()[0]) for line in capsys.readouterr().out.splitlines()[1:]]
    assert len(distances) == 10
    assert distances == sorted(distances)


def test_biases_of_the_example(capsys):
    assert main(["biases", "--run-dir", str(EXAMPLE_RUN_DIR), "--top", "4", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    highest = [movie["bias"] for movie in found["highest"]]
    lowest = [movie["bias"] for movie in found["lowest"]]
    assert len(highest) == len(lowest) == 4
    assert highest == sorted(highest, reverse=True)
    assert min(highest) > 0 > max(lowest)


def test_quality_of_a_fresh_run_is_there_already(run_dir, capsys):
    assert main(["quality", "--run-dir", str(run_dir), "--seeds", "1", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["seeds"] == [3]
    measured = {(figure["measure"], figure["source"]) for figure in report["figures"] if figure["band"] == "all"}
    assert {("rmse", "damped biases"), ("genre_overlap", "item cosine"), ("hubness", "random")} <= measured
    assert "stability" not in {measure for measure, _ in measured}
    assert main(["quality", "--run-dir", str(run_dir), "--seeds", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "seeds 3" in lines[0]
    assert any(line.split()[:3] == ["20–49", "ratings", "run"] for line in lines)


@pytest.mark.parametrize("components", [2, 3])
def test_project_writes_coordinates_by_movie(run_dir, tmp_path, components):
    output = tmp_path / "map.parquet"
    arguments = ["project", "--run-dir", str(run_dir), "--method", "pca", "--components", str(components)]
    assert main([*arguments, "--output", str(output)]) == 0
    table = pd.read_parquet(output)
    assert list(table) == ["movie_id", "x", "y", "z"][: components + 1]
    assert table["movie_id"].is_unique
    run = open_run(run_dir)
    assert table["movie_id"].isin(run.movies["movie_id"]).all()
    if components == 2:
        # It is the one that its pages show first.
        kept = cached_projection(run, first_map(run, "pca"))
        assert kept is not None
        assert run.movies["movie_id"].to_numpy()[kept.rows].tolist() == table["movie_id"].tolist()
    assert main([*arguments, "--output", str(output), "--min-ratings", "0"]) == 0
    assert len(pd.read_parquet(output)) == len(run.movies) > len(table)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "--preset", "nobody", "--run-dir", "{new}"], "`preset` must be one of default"),
        (["train", "--epochs", "0", "--run-dir", "{new}"], "`epochs` must be a whole number from 1"),
        (["train", "--embedding-size", "9999", "--run-dir", "{new}"], "Received: 9999"),
        (["train", "--data", "{new}/nowhere", "--run-dir", "{new}"], "does not exist"),
        (["train", "--run-dir", "{run}"], "`run_dir` must be a new or empty folder"),
        (["train", "--run-dir", "{new}" + "x" * 300], "`run_dir` must have a name of at most 200 bytes"),
        (["train", "--run-dir", "{run}/config.json/mine"], "must be kept in a folder that can be written"),
        (["neighbors", "--run-dir", "{new}", "matrix"], "A run must be a folder written by training"),
        (["neighbors", "--run-dir", "{run}", "qwertyuiop"], "qwertyuiop"),
        (["neighbors", "--run-dir", "{run}", "toy story", "--min-ratings", "99999"], "`min_ratings` must be from 0 to"),
        (["biases", "--run-dir", "{run}", "--top", "0"], "`top`"),
        (["biases", "--run-dir", "{run}", "--min-ratings", "-5"], "Received: -5"),
        (["quality", "--run-dir", "{run}", "--seeds", "0"], "`seeds` must be at least 1"),
        (["project", "--run-dir", "{run}", "--method", "pca", "--output", "{new}/no/map.parquet"], "`output` must be"),
    ],
)
def test_bad_input_is_one_line_and_code_2(run_dir, tmp_path, capsys, arguments, said):
    filled = [argument.format(new=tmp_path / "new", run=run_dir) for argument in arguments]
    assert main(filled) == 2
    printed = capsys.readouterr()
    error = [line for line in printed.err.splitlines() if line.startswith("error:")]
    assert len(error) == 1
    assert said in error[0]
    assert "epoch" not in printed.out  # said before training, not after it
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("command", [["neighbors", "toy story"], ["biases"], ["quality"]])
def test_a_damaged_run_is_one_line_and_code_2(run_dir, tmp_path, capsys, command):
    damaged = tmp_path / "damaged"
    shutil.copytree(run_dir, damaged)
    damage(damaged / "movies.parquet", "truncated")
    assert main([*command, "--run-dir", str(damaged)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: Run 'damaged' cannot be read: movies.parquet is damaged")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["neighbors", "--run-dir", str(EXAMPLE_RUN_DIR), "heat", "--metric", "foo"], "invalid choice: 'foo'"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        ([], "COMMAND"),
    ],
)
def test_arguments_that_cannot_be_read_are_one_line(arguments, part, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, "")
    assert printed.err.startswith("error: ")
    assert printed.err.count("\n") == 1
    assert part in printed.err


def test_a_map_is_written_as_what_its_name_says(tmp_path, capsys):
    output = tmp_path / "map.csv"
    arguments = ["project", "--run-dir", str(EXAMPLE_RUN_DIR), "--method", "pca", "--output", str(output)]
    assert main(arguments) == 2
    assert ".parquet" in capsys.readouterr().err
    assert not output.exists()
