"""The notebook of the docs runs as it is written, and the public names come without what takes seconds."""

import os
import re
import subprocess
import sys
from pathlib import Path

import recsys_core
from tests.browsing import ROOT

NOTEBOOK = ROOT / "docs" / "notebook.md"


def test_the_notebook_trains_finds_neighbors_and_draws_a_map(tmp_path: Path):
    (code,) = re.findall(r"```python\n(.*?)```", NOTEBOOK.read_text(encoding="utf-8"), re.S)
    assert len([line for line in code.splitlines() if line.strip()]) <= 15
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2_000:]
    assert "val_mse" in ended.stdout
    assert "similarity" in ended.stdout
    assert (tmp_path / "runs" / "from-a-notebook" / "config.json").is_file()
    assert "What the ratings taught it" in (tmp_path / "map.html").read_text(encoding="utf-8")


def test_every_public_name_is_there_and_importing_is_instant():
    assert all(getattr(recsys_core, name) is not None for name in recsys_core.__all__)
    code = (
        "import recsys_core, sys; print([m for m in ('tensorflow', 'pandas', 'streamlit', 'umap') if m in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
