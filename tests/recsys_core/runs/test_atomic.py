"""Folders are complete or absent: while several processes write, when they are killed, and when the disk is full."""

import itertools
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from recsys_core.errors import RunError
from recsys_core.runs.atomic import check_room, remove_leftovers, replacing, write_folder
from recsys_core.runs.damage import damage_of
from recsys_core.runs.run import Run
from recsys_core.runs.store import clean_up, list_runs
from tests.exploring import write_run

ROOT = Path(__file__).resolve().parents[3]
VECTORS = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    return write_run(tmp_path_factory.mktemp("source") / "run", VECTORS).path


def saver(source: Path, target: Path, count: int, *more: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.recsys_core.runs.saver", str(source), str(target), str(count), *more]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def go(process: subprocess.Popen) -> None:
    process.stdin.write("\n")
    process.stdin.flush()


def hidden(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith(".")]


def test_two_processes_that_want_one_name_keep_all_their_runs(source, tmp_path):
    savers = [saver(source, tmp_path / "same", 4) for _ in range(2)]
    for process in savers:
        go(process)
    names = [name for process in savers for name in process.communicate()[0].split()]
    assert sorted(names) == ["same", *(f"same-{number}" for number in range(2, 9))]
    assert sorted(os.listdir(tmp_path)) == sorted(names)
    assert [damage_of(Run(tmp_path / name), thorough=True) for name in names] == [None] * 8


def test_killed_processes_lose_nothing_that_was_finished_and_the_next_start_clears_up(source, tmp_path):
    rng = random.Random(0)
    finished, left_behind = set(), 0
    for _ in range(4):
        savers = [saver(source, tmp_path / "run", 1000) for _ in range(6)]
        for process in savers:
            go(process)
        for process in savers:
            finished |= {process.stdout.readline().strip() for _ in range(rng.randrange(3))}
            time.sleep(rng.random() * 0.02)
            process.kill()
            finished |= set(process.communicate()[0].split())
        # Nobody lives who writes: what is hidden was being written by those who were killed.
        left_behind += len(hidden(tmp_path))
        clean_up(tmp_path)
        assert hidden(tmp_path) == []
    assert finished
    assert left_behind
    assert finished <= {run.name for run in list_runs(tmp_path)}
    expected = {file.name: file.read_bytes() for file in source.iterdir()}
    for folder in tmp_path.iterdir():
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == expected


def test_what_a_live_process_is_writing_is_left_alone(source, tmp_path):
    with saver(source, tmp_path / "slow", 2, "wait") as process:
        go(process)
        assert process.stdout.readline() == "waiting\n"
        (partial,) = tmp_path.glob(".*.partial")
        clean_up(tmp_path)
        write_folder(tmp_path / "mine", lambda folder: (folder / "file").touch())
        assert partial.is_dir()
        assert [run.name for run in list_runs(tmp_path) if run.path.parent == tmp_path] == []
        go(process)
        assert process.stdout.readline() == "slow\n"
        assert damage_of(Run(tmp_path / "slow"), thorough=True) is None
        assert process.stdout.readline() == "waiting\n"
        process.kill()
    assert len(hidden(tmp_path)) == 2
    clean_up(tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["mine", "slow"]


def test_what_earlier_versions_left_is_cleared_away_and_nothing_else(tmp_path):
    (tmp_path / ".run-20260101-000000.0123abcd.partial").mkdir()
    for other in ("mine.partial", ".git", ".cache.partial"):
        (tmp_path / other).mkdir()
    remove_leftovers(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [".cache.partial", ".git", "mine.partial"]


def test_files_and_folders_are_synced_before_and_after_the_rename(tmp_path, monkeypatch):
    done = []
    sync, rename = os.fsync, os.rename

    def record_sync(descriptor):
        done.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)
        sync(descriptor)

    def record_rename(old, new):
        done.append("rename")
        rename(old, new)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("cannot tell which file a descriptor is of")
    monkeypatch.setattr(os, "fsync", record_sync)
    monkeypatch.setattr(os, "rename", record_rename)

    def fill(folder):
        (folder / "inner").mkdir()
        (folder / "inner" / "deep").write_text("x")
        (folder / "file").write_text("x")

    write_folder(tmp_path / "runs" / "mine", fill)
    place = done.index("rename")
    assert {"file", "deep", "inner"} < set(done[:place])
    assert any(name.endswith(".partial") for name in done[:place])
    assert done[place + 1 :] == ["runs", tmp_path.name]


def test_a_name_that_is_taken_gets_a_suffix_and_an_empty_folder_is_used(tmp_path):
    def fill(folder):
        (folder / "file").write_text("x")

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine-3").write_text("a file")
    names = [write_folder(tmp_path / "mine", fill).name for _ in range(3)]
    assert names == ["mine", "mine-2", "mine-4"]


def test_a_failing_fill_leaves_nothing_and_other_errors_are_not_disguised(tmp_path):
    def fill(folder):
        (folder / "file").write_text("x")
        raise KeyError("a defect")

    with pytest.raises(KeyError):
        write_folder(tmp_path / "mine", fill)
    assert os.listdir(tmp_path) == []


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 256 KB."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(place)], capture_output=True).returncode:
        pytest.skip("may not mount a file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_one_clear_error_and_can_be_tried_again(tiny_disk, source):
    def fill(folder):
        np.save(folder / "large.npy", np.zeros(big, np.uint8))

    big = 10**6
    with pytest.raises(RunError, match=r"must be written to disk. Received: .*\(.* MB free\). Nothing of it is left"):
        write_folder(tiny_disk / "mine", fill)
    assert os.listdir(tiny_disk) == []
    with pytest.raises(RunError, match=r"There must be 1\.0 MB free .* Received: 0\.3 MB free"):
        check_room(tiny_disk / "runs", big)
    big = 1000
    assert write_folder(tiny_disk / "mine", fill).is_dir()


def test_a_folder_that_cannot_be_written_is_said_before(tmp_path):
    (tmp_path / "file").touch()
    before = sorted(os.listdir(tmp_path))
    for place in (tmp_path / "file", tmp_path / "file" / "runs", Path("/proc/runs"), tmp_path / ("x" * 300)):
        with pytest.raises(RunError, match="must be kept in a folder that can be written"):
            check_room(place)
    check_room(tmp_path / "new" / "runs", 1000)
    assert sorted(os.listdir(tmp_path)) == before


def test_a_read_only_file_system_is_said_before(tiny_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    with pytest.raises(RunError, match="Read-only file system"):
        check_room(tiny_disk)
    with pytest.raises(RunError, match="Read-only file system"):
        write_folder(tiny_disk / "mine", lambda folder: None)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    file = tmp_path / "lists.npy"
    with replacing(file) as temporary:
        np.save(temporary, np.arange(3))

    def fail() -> None:
        with replacing(file) as temporary:
            temporary.write_bytes(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert np.load(file).tolist() == [0, 1, 2]
    assert os.listdir(tmp_path) == ["lists.npy"]


def test_old_temporary_files_of_caches_are_cleared_away(source, tmp_path):
    cache = tmp_path / "run" / "cache"
    shutil.copytree(source, tmp_path / "run")
    cache.mkdir()
    for name in (".old.npz", ".new.npz", "kept.npz"):
        (cache / name).touch()
    for name in (".old.npz", "kept.npz"):
        os.utime(cache / name, (0, 0))
    clean_up(tmp_path)
    assert sorted(os.listdir(cache)) == [".new.npz", "kept.npz"]


def test_listing_never_fails_while_runs_come_and_go(source, tmp_path):
    with saver(source, tmp_path / "run", 10_000) as process:
        go(process)
        seen = set()
        for number in itertools.count():
            listed = [run for run in list_runs(tmp_path) if run.path.parent == tmp_path]
            for run in listed:
                damage_of(run)
                seen.add(run.name)
            if listed:
                shutil.rmtree(listed[number % len(listed)].path, ignore_errors=True)
            if len(seen) >= 8:
                break
        process.kill()
    shutil.rmtree(tmp_path)
    assert [run for run in list_runs(tmp_path) if run.path.parent == tmp_path] == []
