"""Which runs there are, what they may be called, and where a new one may be put."""

import os
import shutil

import numpy as np
import pytest

from recsys_core.errors import RunError
from recsys_core.runs.store import (
    EXAMPLE_RUN_DIR,
    check_new_run_dir,
    check_run_name,
    clean_up,
    find_run,
    list_runs,
    new_run_name,
    open_run,
    run_path,
)
from tests.exploring import write_run

VECTORS = np.eye(4, dtype=np.float32)


def names(root) -> list[str]:
    return [run.name for run in list_runs(root)]


def test_newest_first_then_the_example(tmp_path):
    for age, name in enumerate(("new", "older", "oldest")):
        write_run(tmp_path / name, VECTORS)
        os.utime(tmp_path / name / "config.json", (1e9 - age, 1e9 - age))
    assert names(tmp_path) == ["new", "older", "oldest", EXAMPLE_RUN_DIR.name]
    assert find_run("older", tmp_path).path == tmp_path / "older"


def test_other_things_are_no_runs_and_damaged_ones_are(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "file.txt").touch()
    shutil.copytree(write_run(tmp_path / "mine", VECTORS).path, tmp_path / ".run-0123abcd.partial")
    (tmp_path / "mine" / "config.json").unlink()
    assert names(tmp_path) == ["mine", EXAMPLE_RUN_DIR.name]
    with pytest.raises(RunError, match=r"without config\.json"):
        open_run(tmp_path / "mine")


def test_a_folder_of_runs_that_is_missing_or_no_folder_is_empty(tmp_path):
    (tmp_path / "file").touch()
    for root in (tmp_path / "none", tmp_path / "file"):
        assert names(root) == [EXAMPLE_RUN_DIR.name]
        clean_up(root)


@pytest.mark.parametrize("name", ["", "../escaped", "a/b", ".hidden", "-x", "x" * 101, "a\0b", "ä", "a b", "a\n"])
def test_names_that_cannot_be_folders_everywhere_are_refused(name, tmp_path):
    with pytest.raises(RunError, match="A run's name must be 1 to 100 letters"):
        check_run_name(name)
    with pytest.raises(RunError):
        run_path(name, tmp_path)


@pytest.mark.parametrize("preset", ["default", "../escaped", "/etc/passwd", "", "...", "a b\0c", "ü" * 500, "x" * 500])
def test_a_name_made_of_any_preset_stays_in_the_folder(preset, tmp_path):
    assert run_path(new_run_name(preset), tmp_path).parent == tmp_path


def test_a_name_never_is_a_path(tmp_path):
    write_run(tmp_path / "mine", VECTORS)
    for name in ("../mine", str(tmp_path / "mine"), "", ".", "x" * 5000):
        with pytest.raises(RunError, match="must be the folder of a saved run") as caught:
            find_run(name, tmp_path)
        assert len(str(caught.value)) < 350


def test_where_a_new_run_may_be_put(tmp_path):
    write_run(tmp_path / "mine", VECTORS)
    (tmp_path / "empty").mkdir()
    check_new_run_dir(tmp_path / "empty")
    check_new_run_dir(tmp_path / "new" / "deep")
    assert sorted(os.listdir(tmp_path)) == ["empty", "mine"]
    for place, message in (
        (tmp_path / "mine", "not empty"),
        (tmp_path / ("x" * 300), "at most 200 bytes"),
        (tmp_path / ("x" * 300) / "mine", "folder that can be written"),
        (tmp_path / "mine" / "config.json" / "deeper", "folder that can be written"),
    ):
        with pytest.raises(RunError, match=message) as caught:
            check_new_run_dir(place)
        assert "\n" not in str(caught.value)
