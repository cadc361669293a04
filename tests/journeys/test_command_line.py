"""Every preset by the command line: trained, saved, and opened again in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from recsys_core.settings.presets import PRESETS
from tests.browsing import ROOT
from tests.journeys.checks import check_reopened, reopened

_TRAIN_EACH = """
import json, sys
from recsys_core.cli import main
folder, *presets = sys.argv[1:]
codes = {name: main(["train", "--preset", name, "--epochs", "1", "--run-dir", f"{folder}/{name}"]) for name in presets}
print(json.dumps(codes))
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of each preset, an epoch each, trained by the command; one process saves importing."""
    folder = tmp_path_factory.mktemp("command_line")
    ended = subprocess.run(
        [sys.executable, "-c", _TRAIN_EACH, str(folder), *PRESETS],
        cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3_000:]
    assert json.loads(ended.stdout.splitlines()[-1]) == dict.fromkeys(PRESETS, 0), ended.stderr[-3_000:]
    return folder


def test_every_preset_is_trained_saved_and_opened_again(trained: Path):
    answers = {answer["run"]: answer for answer in reopened([trained / name for name in PRESETS])}
    assert list(answers) == list(PRESETS)
    for name, answer in answers.items():
        saved = json.loads((trained / name / "config.json").read_text(encoding="utf-8"))
        assert saved["config"]["preset"] == name
        check_reopened(answer, n_epochs=1)


def test_a_network_with_dropout_by_the_very_command_of_the_readme(tmp_path: Path):
    command = [sys.executable, "-m", "recsys_core", "train", "--preset", "recommender-net", "--epochs", "1"]
    ended = subprocess.run(
        [*command, "--run-dir", str(tmp_path / "net")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr[-3_000:]
    assert f"Saved {tmp_path / 'net'}" in ended.stdout
