"""A run's files are read when first asked for, and each reader says in one line what is wrong with its own."""

import shutil

import numpy as np
import pytest

from recsys_core.errors import QueryError, RunError
from recsys_core.runs.run import Run
from tests.damaging import damage, object_array
from tests.exploring import write_run

VECTORS = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
READERS = {
    "config.json": lambda run: run.info,
    "history.csv": lambda run: run.history,
    "movies.parquet": lambda run: run.movies,
    "users.parquet": lambda run: run.users,
    "movie_embeddings.npy": lambda run: run.movie_vectors,
    "user_embeddings.npy": lambda run: run.user_vectors,
    "snapshots.npy": lambda run: run.array("snapshots.npy"),
}


@pytest.fixture
def run(tmp_path) -> Run:
    return write_run(tmp_path / "mine", VECTORS, snapshots=np.stack([VECTORS, VECTORS]))


def test_what_was_written_is_read(run):
    assert (run.name, run.label, run.info.kept_epoch) == ("mine", "mine", 2)
    assert run.history["epoch"].tolist() == [1, 2]
    np.testing.assert_array_equal(run.movie_vectors, VECTORS)
    assert (len(run.movies), len(run.users), run.user_vectors.shape) == (40, 3, (3, 4))
    assert isinstance(run.movie_vectors, np.memmap)


@pytest.mark.parametrize("harm", ["truncated", "emptied", "of another kind"])
@pytest.mark.parametrize("file_name", READERS)
def test_each_reader_says_which_file_is_damaged(run, file_name, harm):
    damage(run.path / file_name, harm)
    with pytest.raises(RunError, match=r"Run .mine. cannot be read: ") as caught:
        READERS[file_name](run)
    assert file_name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file_name", READERS)
def test_a_run_that_was_deleted_meanwhile_says_so(run, file_name):
    shutil.rmtree(run.path)
    with pytest.raises(RunError, match=r"is missing\. It may have been deleted meanwhile"):
        READERS[file_name](run)


def test_a_history_beyond_all_measure_is_not_read(run):
    with (run.path / "history.csv").open("r+b") as file:
        file.truncate(2**30)
    with pytest.raises(RunError, match=r"history\.csv is damaged .larger than 16,777,216 bytes"):
        _ = run.history


def test_config_json_beyond_all_measure_is_not_read(run):
    with (run.path / "config.json").open("r+b") as file:
        file.truncate(2**33)
    with pytest.raises(RunError, match=r"config\.json must have at most 1,048,576 bytes"):
        _ = run.info


def test_nothing_is_unpickled(run):
    object_array(run.path / "movie_embeddings.npy")
    with pytest.raises(RunError, match=r"movie_embeddings\.npy is damaged"):
        _ = run.movie_vectors


def test_what_a_block_raises_on_purpose_is_said_as_it_is(run):
    with pytest.raises(RunError, match="cannot be read: the very reason"), run.reading("history.csv"):
        raise QueryError("the very reason")
