"""Whatever is wrong with a run's files is found, said in one line, and remembered until the files change."""

import json
import os
import shutil

import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import RunError
from recsys_core.runs.damage import check_run, damage_of
from recsys_core.runs.info import RunInfo
from recsys_core.runs.run import Run
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from tests.damaging import FILES, HARMS, damage, folder_instead, object_array
from tests.exploring import run_info, write_run

VECTORS = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)


@pytest.fixture
def run(tmp_path) -> Run:
    return write_run(tmp_path / "mine", VECTORS, snapshots=np.stack([VECTORS, VECTORS]))


def test_nothing_is_wrong_with_a_good_run(run):
    assert damage_of(run, thorough=True) is None
    assert damage_of(Run(EXAMPLE_RUN_DIR), thorough=True) is None


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("file_name", FILES)
def test_a_quick_look_finds_each_damaged_file(run, file_name, harm):
    damage(run.path / file_name, harm)
    reason = damage_of(run)
    assert reason.startswith("Run 'mine' cannot be read: ")
    # Which of the two files of snapshots is at fault cannot always be told.
    assert file_name.split("_")[0].removesuffix("s.npy").removesuffix("s") in reason
    assert "\n" not in reason
    assert len(reason) < 1000
    with pytest.raises(RunError, match="cannot be read"):
        open_run(run.path)


@pytest.mark.parametrize("file_name", FILES)
def test_a_file_that_is_missing_or_a_folder_is_damage_too(run, file_name):
    folder_instead(run.path / file_name)
    if file_name in ("users.parquet", "snapshots.npy"):
        # Runs of earlier versions have none.
        assert damage_of(run) is None
    else:
        assert f"{file_name} is missing" in damage_of(run)


def rewritten(run: Run, file_name: str, content) -> str | None:
    if isinstance(content, np.ndarray):
        np.save(run.path / file_name, content)
    elif isinstance(content, pd.DataFrame):
        content.to_parquet(run.path / file_name)
    else:
        (run.path / file_name).write_text(content, encoding="utf-8")
    return damage_of(run, thorough=True)


BROKEN = VECTORS.copy()
BROKEN[3, 1] = np.nan


@pytest.mark.parametrize(
    ("file_name", "content", "message"),
    [
        ("config.json", "[1]", "config.json must hold an object"),
        ("config.json", "null", "config.json must hold an object"),
        ("config.json", "[" * 100_000, "config.json must be JSON"),
        ("config.json", '{"a":' * 100_000, "config.json must be JSON"),
        ("config.json", run_info(kept_epoch=9).to_text(), "history.csv is damaged .without epoch 9, which was kept"),
        ("config.json", run_info(format=99).to_text(), "written by a newer version"),
        ("history.csv", "epoch\n1\n", "without the columns learning_rate, train_mse"),
        ("history.csv", "a,b\n", "no rows"),
        ("movie_embeddings.npy", VECTORS[:39], "39 rows, and 40 in movies.parquet"),
        ("movie_embeddings.npy", VECTORS[:, :3], "vectors of 4 numbers, and 3 in movie_embeddings.npy"),
        ("movie_embeddings.npy", VECTORS[0], r"not a table of numbers: float32 of shape \(4,\)"),
        ("movie_embeddings.npy", VECTORS.astype(str), "not a table of numbers"),
        ("movie_embeddings.npy", BROKEN, "NaN or infinite numbers in 1 of 40 movies"),
        ("user_embeddings.npy", VECTORS[:2], "2 rows, and 3 in users.parquet"),
        ("user_embeddings.npy", np.full((3, 4), np.inf, np.float32), "NaN or infinite numbers in 3 of 3 users"),
        ("snapshots.npy", np.zeros((2, 39, 4), np.float16), "for 40 movies and epochs of shape"),
        ("snapshots.npy", np.zeros((3, 40, 4), np.float16), r"for 40 movies and epochs of shape \(2,\)"),
        ("snapshot_epochs.npy", np.array(["a", "b"]), "for 40 movies and epochs"),
    ],
)
def test_files_that_do_not_fit_together_are_damage(run, file_name, content, message):
    reason = rewritten(run, file_name, content)
    with pytest.raises(RunError, match=message):
        raise RunError(reason)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": 3}, "column title must hold text, not int64"),
        ({"title": [None, *"x" * 39]}, "column title must hold text"),
        ({"n_ratings": 1.5}, "column n_ratings must hold whole numbers, not float64"),
        ({"bias": "x"}, "column bias must hold numbers"),
        ({"movie_id": 7}, "its movie ids do not ascend"),
    ],
)
def test_tables_of_wrong_types_are_damage(run, changes, message):
    assert message in rewritten(run, "movies.parquet", run.movies.assign(**changes))


@pytest.mark.parametrize(("file_name", "column"), [("movies.parquet", "bias"), ("users.parquet", "user_id")])
def test_a_table_without_a_column_is_damage(run, file_name, column):
    table = pd.read_parquet(run.path / file_name).drop(columns=column)
    assert f"without the columns {column}" in rewritten(run, file_name, table)


def test_a_page_of_a_table_that_is_damaged_inside_is_found_by_a_thorough_look(run):
    file = run.path / "movies.parquet"
    content = bytearray(file.read_bytes())
    content[4:200] = bytes(196)
    file.write_bytes(content)
    assert damage_of(run) is None
    assert "movies.parquet is damaged" in damage_of(run, thorough=True)
    # What is known is told to who looks quickly, too.
    assert "movies.parquet is damaged" in damage_of(run)


def test_nothing_is_unpickled(run):
    object_array(run.path / "movie_embeddings.npy")
    assert "movie_embeddings.npy is damaged" in damage_of(run)


def test_numbers_of_a_diverged_run_may_be_anything(run):
    info = run.info.model_copy(update={"status": "diverged", "kept_epoch": 0})
    np.save(run.path / "movie_embeddings.npy", BROKEN)
    assert rewritten(run, "config.json", info.to_text()) is None


def test_a_run_of_an_earlier_version_is_not_damaged(run):
    raw = json.loads((run.path / "config.json").read_text())
    del raw["format"]
    (run.path / "config.json").write_text(json.dumps(raw))
    os.unlink(run.path / "users.parquet")
    assert check_run(Run(run.path)).info.format == 1


def test_files_are_read_once_until_one_changes(run, monkeypatch):
    read = []
    whole = RunInfo.from_text
    monkeypatch.setattr(RunInfo, "from_text", lambda text: read.append(1) or whole(text))
    for _ in range(3):
        assert damage_of(Run(run.path)) is None
    assert len(read) == 1
    (run.path / "config.json").write_text("{}")
    assert "must have `status`" in damage_of(Run(run.path))
    shutil.rmtree(run.path)
    assert "config.json is missing" in damage_of(Run(run.path))
