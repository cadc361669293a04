"""Deleted runs can be had back until they are let go, whatever other processes do in the folder meanwhile."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from recsys_core.errors import RunError
from recsys_core.quality.facts import list_facts
from recsys_core.runs.damage import damage_of
from recsys_core.runs.keeping.lock import keeping
from recsys_core.runs.keeping.naming import rename
from recsys_core.runs.keeping.trash import TRASH, delete_runs, discard, empty_trash, restore, restore_by_name
from recsys_core.runs.run import Run
from recsys_core.runs.store import EXAMPLE_RUN_DIR, list_runs
from tests.exploring import write_run

ROOT = Path(__file__).resolve().parents[4]
VECTORS = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
DELETER = """
import sys
from pathlib import Path
from recsys_core.runs.keeping.trash import delete_runs
from recsys_core.runs.run import Run
delete_runs([Run(Path(sys.argv[1]))])
print("deleted", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def runs(tmp_path) -> list[Run]:
    return [write_run(tmp_path / name, VECTORS) for name in ("a", "b", "c")]


def names(root: Path) -> list[str]:
    return sorted(run.name for run in list_runs(root) if run.path.parent == root)


def in_trash(root: Path) -> list[str]:
    return sorted(path.name for path in (root / TRASH).glob("*/*"))


def test_what_is_deleted_is_listed_no_more_and_comes_back_whole(runs, tmp_path):
    rename(runs[0], "the first")
    deleted = delete_runs(Run(run.path) for run in runs[:2])
    assert (deleted.names, deleted.labels) == (("a", "b"), ("the first", "b"))
    assert names(tmp_path) == ["c"]
    with pytest.raises(RunError, match="'a', which has been deleted"):
        delete_runs([runs[0], runs[2]])
    assert names(tmp_path) == ["c"]
    write_run(tmp_path / "b", VECTORS)
    assert [run.name for run in restore(deleted)] == ["a", "b-2"]
    assert names(tmp_path) == ["a", "b", "b-2", "c"]
    assert damage_of(Run(tmp_path / "a"), thorough=True) is None
    assert Run(tmp_path / "a").label == "the first"
    assert os.listdir(tmp_path / TRASH) == []
    with pytest.raises(RunError, match="'a, b', gone"):
        restore(deleted)


def test_what_is_let_go_is_gone_and_the_example_stays(runs, tmp_path):
    deleted = delete_runs(runs[:1])
    discard(deleted)
    discard(deleted)
    assert os.listdir(tmp_path / TRASH) == []
    with pytest.raises(RunError, match="gone"):
        restore(deleted)
    with pytest.raises(RunError, match="can neither be renamed nor deleted"):
        delete_runs([runs[1], Run(EXAMPLE_RUN_DIR)])
    with pytest.raises(RunError, match="runs of one folder"):
        delete_runs([])
    assert names(tmp_path) == ["b", "c"]


def test_a_start_removes_only_what_no_living_process_can_undo(runs, tmp_path):
    mine = delete_runs(runs[:1])
    command = [sys.executable, "-c", DELETER, str(runs[1].path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "deleted\n"
        empty_trash(tmp_path)
        assert in_trash(tmp_path) == ["a", "b"]
        other.kill()
    # Its process has ended, and the app has not begun anew: the command line brings it back.
    assert restore_by_name("b", tmp_path).name == "b"
    with pytest.raises(RunError, match="'nobody', which is gone or never was"):
        restore_by_name("nobody", tmp_path)
    empty_trash(tmp_path)
    assert in_trash(tmp_path) == ["a"]
    assert [run.name for run in restore(mine)] == ["a"]
    assert names(tmp_path) == ["a", "b", "c"]


def test_a_folder_that_another_holds_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("recsys_core.runs.keeping.lock.PATIENCE_SECONDS", 0.05)
    with keeping(tmp_path), pytest.raises(RunError, match="folder of runs must be free"), keeping(tmp_path):
        pass
    with pytest.raises(RunError, match="folder that can be written"), keeping(tmp_path / "none" / "file"):
        pass


def test_two_processes_write_while_a_third_lists_names_and_deletes(tmp_path):
    source, root = write_run(tmp_path / "source" / "run", VECTORS).path, tmp_path / "runs"
    root.mkdir()
    savers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.recsys_core.runs.saver", str(source), str(root / "run"), "25"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in savers:
        process.stdin.write("\n")
        process.stdin.flush()
    kept, named, gone = [], set(), set()
    while any(process.poll() is None for process in savers):
        listed = [facts for facts in list_facts(root) if not facts.is_example]
        assert [facts.damage for facts in listed if facts.is_damaged] == []
        for number, facts in enumerate(facts for facts in listed if facts.name not in named | gone):
            run = Run(root / facts.name)
            if number % 2:
                rename(run, f"named {facts.name}")
                named.add(facts.name)
            else:
                kept.append(delete_runs([run]))
                gone.add(facts.name)
    saved = [name for process in savers for name in process.communicate()[0].split()]
    # A name that was free again was taken again: what counts is that each run is somewhere, once.
    assert len(saved) == 50
    assert [process.returncode for process in savers] == [0, 0]
    restored = [run for deleted in kept for run in restore(deleted)]
    there = [facts for facts in list_facts(root) if not facts.is_example]
    assert (len(there), len(restored)) == (50, len(gone))
    assert {facts.label for facts in there if facts.label.startswith("named ")} == {f"named {name}" for name in named}
    assert sorted(path.name for path in root.iterdir() if path.name.endswith((".partial", ".lock"))) == [
        ".keeping.lock"
    ]
    shutil.rmtree(root)
    assert [facts.name for facts in list_facts(root)] == [EXAMPLE_RUN_DIR.name]
