"""A trained model becomes a run: complete or not at all, under a name of its own, and again if the disk was full."""

import os

import numpy as np
import pytest

from recsys_core.data.ratings import from_frames
from recsys_core.data.split import split_ratings
from recsys_core.errors import RunError
from recsys_core.runs.damage import damage_of
from recsys_core.runs.store import open_run
from recsys_core.runs.writer import estimate_bytes, save_run, train
from recsys_core.settings.train_config import Phase, TrainConfig
from recsys_core.training.fit import fit
from tests.conftest import TINY, movies_for

CONFIG = TrainConfig(
    user_embedding_size=4, movie_embedding_size=4, batch_size=4, phases=(Phase(0.01, 2),), validation_fraction=0.2
)


@pytest.fixture(scope="module")
def split():
    return split_ratings(from_frames(TINY, movies_for(TINY["movieId"]), name="tiny"), CONFIG)


@pytest.fixture(scope="module")
def trained(split):
    return fit(split, CONFIG)


def test_a_name_that_is_taken_costs_no_training(trained, tmp_path):
    runs = [save_run(trained, tmp_path / "mine") for _ in range(3)]
    assert [run.name for run in runs] == ["mine", "mine-2", "mine-3"]
    assert [run.label for run in runs] == ["mine", "mine-2", "mine-3"]
    assert [damage_of(run, thorough=True) for run in runs] == [None] * 3


def test_a_folder_that_is_taken_is_refused_before_the_training(split, trained, tmp_path):
    save_run(trained, tmp_path / "mine")
    with pytest.raises(RunError, match="not empty"):
        train(split, CONFIG, tmp_path / "mine", on_event=lambda event: pytest.fail("it was trained"))


@pytest.mark.parametrize("limit", [100, 400, 5_000, 20_000])
def test_a_full_disk_is_one_clear_error_and_the_model_can_be_saved_again(trained, tmp_path, file_limit, limit):
    file_limit(limit)
    with pytest.raises(RunError, match=r"must be written to disk\. Received: .* free\)") as caught:
        save_run(trained, tmp_path / "mine")
    file_limit(None)
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == []
    run = save_run(trained, tmp_path / "mine")
    assert damage_of(open_run(run.path), thorough=True) is None
    np.testing.assert_array_equal(run.movie_vectors, trained.movie_vectors)


def test_the_room_that_a_run_needs_is_not_underestimated(split, trained, tmp_path):
    run = save_run(trained, tmp_path / "mine")
    needed = sum(file.stat().st_size for file in run.path.iterdir())
    assert needed < estimate_bytes(split, CONFIG) < needed + 2**21


def test_too_little_room_is_said_before_the_training(split, tmp_path, monkeypatch):
    monkeypatch.setattr("recsys_core.runs.writer.estimate_bytes", lambda split, config: 2**60)
    with pytest.raises(RunError, match=r"must be 1,152,921,504,606\.8 MB free where the run is kept"):
        train(split, CONFIG, tmp_path / "mine", on_event=lambda event: pytest.fail("it was trained"))
