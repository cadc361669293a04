"""What a journey ends with: the run is opened again by another process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.browsing import ROOT


def reopened(run_dirs: Sequence[Path]) -> list[dict]:
    """What `reopen.py` says of each run, in a fresh process."""
    command = [sys.executable, "-m", "tests.journeys.reopen", *map(str, run_dirs)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False)
    assert ended.returncode == 0, ended.stderr[-3_000:]
    return [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]


def check_reopened(answer: dict, n_epochs: int) -> None:
    """A run is whole: plain Keras and the commands say the same, and every part is there."""
    assert answer["are_finite"], answer
    assert answer["keras_differs_by"] < 1e-3, answer
    assert answer["n_neighbors"] == 10, answer
    assert answer["n_biases"] in (None, 10), answer
    assert answer["n_places"] == answer["n_movies"], answer
    assert answer["n_epochs"] == n_epochs, answer
