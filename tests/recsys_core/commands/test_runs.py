"""The command `runs`: what the Runs page does, on a terminal."""

import json

import numpy as np
import pytest

from recsys_core.cli import main
from recsys_core.runs.store import EXAMPLE_RUN_DIR, find_run
from tests.damaging import damage
from tests.exploring import write_run

VECTORS = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)


@pytest.fixture
def say(tmp_path, monkeypatch, capsys):
    """A function that runs the command on a folder with the runs "a" and "b", and returns exit code and output."""
    root = tmp_path / "runs"
    monkeypatch.setenv("RECSYS_RUNS_DIR", str(root))
    for name in ("a", "b"):
        write_run(root / name, VECTORS)

    def run(*arguments: str) -> tuple[int, str]:
        code = main(["runs", *arguments])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def listed(say) -> dict[str, dict]:
    return {run["name"]: run for run in json.loads(say("--json")[1])["runs"]}


def test_runs_are_listed_named_starred_and_noted(say):
    assert listed(say).keys() == {"a", "b", EXAMPLE_RUN_DIR.name}
    assert say("rename", "a", "My first") == (0, "a is called 'My first'.\n")
    assert say("note", "a", "keep it")[0] == say("star", "a")[0] == 0
    first = listed(say)["a"]
    assert (first["label"], first["note"], first["is_starred"]) == ("My first", "keep it", True)
    assert first["created"] == "2026-01-01T00:00:00+00:00"
    assert first["stability"] is None
    say("star", "a", "--off")
    assert not listed(say)["a"]["is_starred"]
    code, text = say()
    assert code == 0
    assert "My first" in text
    assert f"Lowest validation MSE: 0.6000, {next(iter(listed(say)))}" in text
    code, text = say("--matching", "my first")
    assert [line.split()[0] for line in text.splitlines()] == ["RUN", "a"]
    assert "has 'nothing'" in say("--matching", "nothing")[1]


def test_runs_are_deleted_and_restored_and_go_through_a_zip(say, tmp_path):
    assert say("delete", "a", "b")[0] == 0
    assert listed(say).keys() == {EXAMPLE_RUN_DIR.name}
    assert say("restore", "b") == (0, "Restored b.\n")
    assert say("export", "b", EXAMPLE_RUN_DIR.name, "--output", str(tmp_path / "x.zip"))[0] == 0
    assert say("import", str(tmp_path / "x.zip")) == (0, "Imported b-2, example_run-copy.\n")
    assert say("shrink", "b", "b-2") == (0, "b: 0.0 MB less.\nb-2: 0.0 MB less.\n")
    assert listed(say).keys() == {"b", "b-2", "example_run-copy", EXAMPLE_RUN_DIR.name}


def test_a_damaged_run_is_listed_with_its_reason(say):
    damage(find_run("a").path / "movies.parquet", "truncated")
    assert "movies.parquet is damaged" in listed(say)["a"]["damage"]
    code, text = say()
    assert code == 0
    assert "Run 'a' cannot be read: movies.parquet is damaged" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rename", "nobody", "x"], "must be the folder of a saved run. Received: 'nobody'"),
        (["rename", "a", "x" * 201], "A run's name must have at most 200 characters"),
        (["rename", EXAMPLE_RUN_DIR.name, "x"], "can neither be renamed nor deleted"),
        (["delete", "a", EXAMPLE_RUN_DIR.name], "can neither be renamed nor deleted"),
        (["restore", "a"], "must be the name of a deleted run. Received: 'a'"),
        (["export", "a", "--output", "x.txt"], "must be a new file that ends in .zip"),
        (["export", "a", "--output", "/nowhere/x.zip"], "must be a file that can be written"),
        (["import", "/nowhere.zip"], "must be a zip that can be read"),
    ],
)
def test_bad_input_is_one_line(say, arguments, message):
    code, text = say(*arguments)
    assert code == 2
    assert text.startswith("error: ")
    assert text.count("\n") == 1
    assert message in text
