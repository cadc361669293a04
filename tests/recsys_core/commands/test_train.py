"""The command `train`: what becomes of a trained model whose folder cannot be written in the end."""

import sys
from pathlib import Path

import pytest

from recsys_core.cli import main
from recsys_core.runs import writer
from recsys_core.runs.store import open_run

ARGUMENTS = [
    "train", "--preset", "dot-bias-rows", "--embedding-size", "4", "--epochs", "1", "--batch-size", "8192",
    "--n-ratings", "2000",
]  # fmt: skip


@pytest.fixture
def full_disk(tmp_path, monkeypatch):
    """The folder that cannot be written once the training is over."""
    save, full = writer.save_run, tmp_path / "full" / "mine"

    def save_run(trained, path, **about):
        if path == full:
            raise OSError(28, "No space left on device")
        return save(trained, path, **about)

    monkeypatch.setattr(writer, "save_run", save_run)
    full.parent.mkdir()
    return full


def errors(capsys) -> list[str]:
    return [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]


def test_with_nobody_to_ask_the_model_goes_among_the_temporary_files(full_disk, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main([*ARGUMENTS, "--run-dir", str(full_disk)]) == 2
    (line,) = errors(capsys)
    assert "No space left on device" in line
    rescue = Path(line.split("The trained model is in ")[1].removesuffix(" instead."))
    assert open_run(rescue).info.status == "finished"
    assert list(full_disk.parent.iterdir()) == []


def test_at_a_terminal_it_is_asked_where_until_it_is_saved(full_disk, tmp_path, monkeypatch, capsys):
    answers = iter(["", str(tmp_path / "elsewhere")])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    assert main([*ARGUMENTS, "--run-dir", str(full_disk)]) == 0
    printed = capsys.readouterr()
    assert printed.err.count("No space left on device") == 2
    assert f"Saved {tmp_path / 'elsewhere'}" in printed.out
    assert open_run(tmp_path / "elsewhere").info.status == "finished"


def test_whoever_gives_the_model_up_gets_one_line_and_code_2(full_disk, monkeypatch, capsys):
    def end_of_input(prompt):
        raise EOFError

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", end_of_input)
    assert main([*ARGUMENTS, "--run-dir", str(full_disk)]) == 2
    assert errors(capsys)[-1].startswith("error: The run could not be saved")


def test_a_disk_that_fills_up_is_one_line_and_code_2(tmp_path, capsys, file_limit):
    file_limit(50_000)
    assert main([*ARGUMENTS, "--run-dir", str(tmp_path / "mine")]) == 2
    file_limit(None)
    error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(error) == 1
    assert "must be written to disk" in error[0]
    assert list(tmp_path.iterdir()) == []
