"""The commands `sweep` and `sweeps`, as a person goes through them: a search that is killed, gone on with, and used."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core.cli import main
from recsys_core.runs.store import open_run
from tests.conftest import movies_for

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def runs_dir(tmp_path, monkeypatch):
    folder = tmp_path / "runs"
    monkeypatch.setenv("RECSYS_RUNS_DIR", str(folder))
    return folder


@pytest.fixture
def ratings(tmp_path):
    """60 users rate 40 movies."""
    folder = tmp_path / "small"
    folder.mkdir()
    user, movie = (grid.ravel() for grid in np.meshgrid(np.arange(1, 61), np.arange(1, 41), indexing="ij"))
    table = pd.DataFrame({"userId": user, "movieId": movie, "rating": 1.0 + (user * movie) % 5, "timestamp": 1})
    table.to_csv(folder / "ratings.csv", index=False)
    movies_for(movie).to_csv(folder / "movies.csv", index=False)
    return str(folder)


def test_a_sweep_that_was_killed_goes_on_and_its_best_is_trained_and_kept(ratings, runs_dir, tmp_path, capsys):
    varied = ["--vary", "row_penalty=0.001..0.3:log", "--vary", "embedding_size=4..8:log"]
    command = [
        "sweep", "--preset", "dot-bias-rows", "--study", "mine", "--trials", "14", "--data", ratings,
        "--embedding-size", "4", "--epochs", "40", *varied,
    ]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "recsys_core", *command], cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("trial   3"):
            break
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert main(["sweeps", "--json"]) == 0
    (before,) = json.loads(capsys.readouterr().out)["sweeps"]
    assert before["state"] == "interrupted"
    done = {trial["number"]: trial for trial in before["trials"] if trial["state"] in ("finished", "pruned", "failed")}
    assert 3 <= len(done) < 14
    under_way = [trial["number"] for trial in before["trials"] if trial["state"] == "interrupted"]
    assert under_way

    assert main(["sweep", "--study", "mine", "--json"]) == 0
    said = capsys.readouterr()
    after = json.loads(said.out)
    assert (after["state"], after["n_trials"]) == ("finished", 14)
    assert {number: after["trials"][number] for number in done} == done
    assert {trial["repeats"] for trial in after["trials"]} - {None} <= set(under_way)
    assert "Goes on after" in said.err
    assert "trials a minute" in said.err

    for flag, value in (("--preset", "dot-bias-rows"), ("--split-seed", "0"), ("--vary", "epochs"), ("--l2", "0")):
        assert main(["sweep", "--study", "mine", flag, value]) == 2
        assert f"Received: {flag} for 'mine'" in capsys.readouterr().err

    best = after["trials"][after["best"]]
    assert main(["sweeps"]) == 0
    listed = capsys.readouterr().out
    assert "mine" in listed
    assert f"{best['figures']['val_mse']:.4f}, trial {best['number']}" in listed
    assert main(["sweeps", "show", "mine"]) == 0
    assert f"Best, trial {best['number']}" in capsys.readouterr().out

    assert main(["sweeps", "train", "mine", "--run-dir", str(tmp_path / "best")]) == 0
    config = open_run(tmp_path / "best").info.config
    assert config.row_penalty == best["values"]["row_penalty"]
    assert config.movie_embedding_size == best["values"]["embedding_size"]

    assert main(["sweeps", "preset", "mine", "--title", "penalized"]) == 0
    capsys.readouterr()
    assert main(["presets"]) == 0
    assert "penalized" in capsys.readouterr().out
    kept = ["train", "--preset", "penalized", "--data", ratings, "--run-dir", str(tmp_path / "again")]
    assert main([*kept, "--epochs", "1"]) == 0
    again = open_run(tmp_path / "again").info.config
    assert (again.preset, again.row_penalty, again.epochs) == ("penalized", config.row_penalty, 1)
    assert main(["sweeps", "forget-preset", "penalized"]) == 0
    assert main(["sweeps", "delete", "mine"]) == 0
    capsys.readouterr()
    assert main(["sweeps"]) == 0
    assert "No sweep" in capsys.readouterr().out


def test_ctrl_c_stops_and_keeps(ratings, runs_dir):
    process = subprocess.Popen(
        [
            sys.executable, "-m", "recsys_core", "sweep", "--preset", "dot-bias-rows", "--study", "mine",
            "--minutes", "9", "--data", ratings, "--embedding-size", "4", "--vary", "row_penalty", "--epochs", "20",
        ],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ},
        # As in a terminal, also where the tests run in the background of one, which ignores it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("trial   1"):
            process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert any(line.startswith("Stopped: what is finished is kept.") for line in lines), lines
    assert any(line.startswith("Best, trial") for line in lines)
    assert not any("Traceback" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "must vary one setting or more"),
        (["--vary", "seed=1..3"], "must be among"),
        (["--vary", "gravity"], "must be among"),
        (["--vary", "row_penalty=5..1"], "from a lower to a higher"),
        (["--vary", "row_penalty", "--objective", "holdout_mse"], "must be among val_mse"),
        (["--vary", "row_penalty", "--constraint", "nonsense"], "must be written like"),
        (["--vary", "row_penalty", "--trials", "0"], "`n_trials` must be from 1"),
        (["--vary", "row_penalty", "--minutes", "nan"], "`minutes` must be from"),
        (["--vary", "row_penalty", "--holdout", "0.9"], "`holdout_fraction`"),
        (["--vary", "row_penalty", "--preset", "nobody"], "`preset` must be one of"),
        (["--vary", "row_penalty", "--study", "../x"], "name must be"),
        (["--vary", "row_penalty", "--data", "/nowhere"], "/nowhere"),
        (["--vary", "row_penalty", "--gravity", "1"], "`gravity` must be given to"),
    ],
)
def test_bad_input_is_one_line_and_begins_nothing(arguments, said, capsys, runs_dir):
    assert main(["sweep", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert said in error
    assert not (runs_dir / ".sweeps").exists()


def test_a_bad_number_of_processes_is_one_line_and_begins_nothing(monkeypatch, capsys, runs_dir):
    monkeypatch.setenv("RECSYS_TRIAL_PROCESSES", "many")
    assert main(["sweep", "--vary", "row_penalty"]) == 2
    said = "error: `RECSYS_TRIAL_PROCESSES` must be a whole number from 0 to 64. Received: 'many'.\n"
    assert capsys.readouterr().err == said
    assert not (runs_dir / ".sweeps").exists()


@pytest.mark.parametrize("action", [["show", "x"], ["train", "x", "--run-dir", "y"], ["delete", "x"]])
def test_a_sweep_that_is_not_there_is_said_so(action, capsys):
    assert main(["sweeps", *action]) == 2
    assert "not (any more)" in capsys.readouterr().err
