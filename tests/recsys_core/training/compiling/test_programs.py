"""Compiled programs on disk: which files are believed, and that another process takes them whatever it did before."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recsys_core.training.compiling import programs
from recsys_core.training.compiling.programs import (
    ABANDONED_SECONDS,
    MOST_PROGRAMS,
    flags_for_a_child,
    keep_programs,
    seal_programs,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="programs are kept on Linux alone")

TRAIN = """
import dataclasses, json, sys
from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import split_ratings
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.fit import fit

losses = {}
for size in sys.argv[1:]:
    config = TrainConfig(user_embedding_size=int(size), movie_embedding_size=int(size), batch_size=256, n_ratings=3000,
                         optimizer="sgd").with_epochs(1)
    losses[size] = fit(split_ratings(load_ratings(), config), config).history["train_mse"][0]
print(json.dumps(losses))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Where programs are kept, as this process would before it starts TensorFlow."""
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("TF_XLA_FLAGS", "")
    monkeypatch.setattr(programs, "_folder", None)
    kept = keep_programs(2)
    assert kept is not None
    assert f"={kept}" in os.environ["TF_XLA_FLAGS"]
    monkeypatch.setenv("TF_XLA_FLAGS", "")
    return kept


def test_only_what_is_sealed_and_unchanged_is_kept(folder):
    for name in ("whole.pb", "changed.pb", "emptied.pb"):
        (folder / name).write_bytes(b"code")
    seal_programs()
    (folder / "changed.pb").write_bytes(b"c0de")
    (folder / "emptied.pb").write_bytes(b"")
    (folder / "left half way.pb").write_bytes(b"co")
    assert keep_programs(2) == folder
    assert sorted(path.name for path in folder.iterdir()) == ["whole.pb", "whole.pb.sha256"]


def test_what_a_killed_process_was_writing_goes_once_it_is_old(folder):
    for name, age in (("old.tmp", 2 * ABANDONED_SECONDS), ("being written.tmp", 0)):
        (folder / name).write_bytes(b"co")
        os.utime(folder / name, (time.time() - age, time.time() - age))
    keep_programs(2)
    assert [path.name for path in folder.iterdir()] == ["being written.tmp"]


def test_a_child_has_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(programs, "_folder", None)
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_auto_jit=0")
    keep_programs(2)
    assert os.environ["TF_XLA_FLAGS"] != "--tf_xla_auto_jit=0"
    assert flags_for_a_child() == "--tf_xla_auto_jit=0"
    monkeypatch.setattr(programs, "_folder", None)
    monkeypatch.setenv("TF_XLA_FLAGS", given := "--tf_xla_persistent_cache_directory=/mine")
    assert keep_programs(2) is None
    assert flags_for_a_child() == given


def test_the_oldest_make_room(folder):
    for number in range(MOST_PROGRAMS + 3):
        path = folder / f"{number}.pb"
        path.write_bytes(b"code")
        os.utime(path, (number, number))
    seal_programs()
    keep_programs(2)
    assert {path.stem for path in folder.glob("*.pb")} == {str(number) for number in range(3, MOST_PROGRAMS + 3)}


def test_a_folder_that_others_can_write_to_is_not_believed(folder):
    folder.chmod(0o777)
    assert keep_programs(2) is None
    assert "TF_XLA_FLAGS" not in os.environ or not os.environ["TF_XLA_FLAGS"]


def test_another_number_of_threads_is_another_folder(folder):
    assert keep_programs(1) != folder


def test_another_process_takes_what_is_kept_whatever_it_compiled_before(tmp_path):
    """Two loops in either order; then with a file that is damaged and yet sealed, whose loop is compiled anew."""

    def train(*sizes: int) -> dict[str, float]:
        environment = os.environ | {"RECSYS_CACHE_DIR": str(tmp_path), "TF_XLA_FLAGS": ""}
        command = [sys.executable, "-c", TRAIN, *map(str, sizes)]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return json.loads(done.stdout.splitlines()[-1])

    def found() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.pb")}

    losses = train(3, 5)
    first, _ = sorted(found(), key=lambda path: path.stat().st_mtime_ns)
    before = found()
    assert train(5, 3) == losses
    assert found() == before
    first.write_bytes(first.read_bytes()[:1000])
    first.with_name(f"{first.name}.sha256").write_text(programs._hash(first))
    assert train(5, 3) == losses
    assert not first.exists()
