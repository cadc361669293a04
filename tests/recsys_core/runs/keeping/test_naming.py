"""Runs are named, noted and starred by several people at once, and keep their folders; and they are made smaller."""

import os
import threading

import numpy as np
import pytest

from recsys_core.errors import RunError
from recsys_core.runs.damage import damage_of
from recsys_core.runs.keeping.naming import annotate, rename, star
from recsys_core.runs.keeping.shrinking import shrink, size_of
from recsys_core.runs.marks import MARKS_FILE, Marks, read_marks
from recsys_core.runs.run import Run
from recsys_core.runs.store import EXAMPLE_RUN_DIR, find_run, list_runs
from tests.exploring import write_run

VECTORS = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)


@pytest.fixture
def run(tmp_path) -> Run:
    return write_run(tmp_path / "mine", VECTORS, snapshots=np.stack([VECTORS, VECTORS]))


def test_a_name_is_shown_and_the_folder_stays(run):
    rename(run, " The *best*  one ")
    again = find_run("mine", run.path.parent)
    assert (again.label, again.name) == ("The *best* one", "mine")
    assert damage_of(again, thorough=True) is None
    rename(run, "")
    assert find_run("mine", run.path.parent).label == "mine"


def test_different_marks_set_at_once_are_all_kept(run):
    changes = [lambda: rename(run, "named"), lambda: annotate(run, "noted"), lambda: star(run)] * 4
    threads = [threading.Thread(target=change) for change in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_marks(run.path) == Marks(label="named", note="noted", is_starred=True)
    assert star(run, False).is_starred is False


def test_a_disk_that_refuses_leaves_what_was_there(run, file_limit):
    rename(run, "before")
    file_limit(10)
    with pytest.raises(RunError, match=r"must be in a folder that can be written"):
        annotate(run, "x" * 100)
    file_limit(None)
    assert read_marks(run.path) == Marks(label="before")
    assert not [name for name in os.listdir(run.path) if name.startswith(".")]


def test_the_example_and_what_is_gone_are_refused(run):
    example = Run(EXAMPLE_RUN_DIR)
    for change in (lambda: rename(example, "x"), lambda: star(example), lambda: shrink(example)):
        with pytest.raises(RunError, match="can neither be renamed nor deleted"):
            change()
    assert not (EXAMPLE_RUN_DIR / MARKS_FILE).exists()
    os.rename(run.path, run.path.with_name(".gone"))
    with pytest.raises(RunError, match="'mine', which has been deleted"):
        rename(run, "x")
    assert [each.path for each in list_runs(run.path.parent)] == [EXAMPLE_RUN_DIR]


def test_shrinking_drops_what_can_go_and_keeps_what_was_measured(run):
    run.cache_dir.mkdir()
    for name in ("quality.json", "neighbor_lists.npy", "projection.npz", ".being-written.npz"):
        (run.cache_dir / name).write_bytes(b"x" * 1000)
    total, spare = size_of(run)
    # Of what another thread is writing just now, nothing goes.
    assert spare == 1000 + sum((run.path / name).stat().st_size for name in ("snapshots.npy", "snapshot_epochs.npy"))
    assert shrink(run) == spare
    assert sorted(os.listdir(run.cache_dir)) == [".being-written.npz", "neighbor_lists.npy", "quality.json"]
    assert size_of(run) == (total - spare, 0)
    assert damage_of(Run(run.path), thorough=True) is None
