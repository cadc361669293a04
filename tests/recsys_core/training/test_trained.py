"""What a training leaves behind is its own; and a training that left the ground says so."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from recsys_core.data.ratings import from_frames
from recsys_core.data.split import split_ratings
from recsys_core.runs.store import open_run
from recsys_core.runs.weights import load_weights
from recsys_core.runs.writer import save_run
from recsys_core.settings.presets import find_preset
from recsys_core.settings.train_config import Phase, TrainConfig
from recsys_core.training.fit import fit
from recsys_core.training.trained import find_divergence
from tests.conftest import movies_for

QUICK = TrainConfig(
    architecture="dot-bias", user_embedding_size=4, movie_embedding_size=4, centered=True, batch_size=256,
    phases=(Phase(5e-3, 2),),
)  # fmt: skip


@pytest.fixture(scope="module")
def split(built_in):
    return split_ratings(built_in.sample(10_000, seed=0), QUICK)


def test_the_next_training_changes_nothing_of_the_last_one(split, tmp_path):
    """Of the same structure, so that both use one compiled loop; and the first can be saved when the second is over."""
    first = fit(split, QUICK)
    before = {path: array.copy() for path, array in first.weights.items()}
    said = first.predict(split.validation)
    second = fit(split, dataclasses.replace(QUICK, seed=7))
    assert not np.allclose(first.movie_vectors, second.movie_vectors)
    runs = [save_run(first, tmp_path / name) for name in ("once", "again")]
    for path, array in before.items():
        assert np.array_equal(first.weights[path], array)
        assert all(np.array_equal(load_weights(run)[path], array) for run in runs)
    assert all(np.array_equal(run.movie_vectors, first.movie_vectors) for run in runs)
    assert first.predict(split.validation) == pytest.approx(said, abs=1e-6)
    assert second.predict(split.validation) != pytest.approx(said, abs=1e-3)


def history(*train_mse: float) -> pd.DataFrame:
    epochs = np.arange(1, len(train_mse) + 1)
    return pd.DataFrame({"epoch": epochs, "learning_rate": 0.5 / epochs, "train_mse": train_mse})


def test_a_training_that_ends_worse_than_it_began_has_diverged():
    assert find_divergence(history(1.1, 0.8, 0.6), 1.1, QUICK) is None
    assert find_divergence(history(1.1, 40.0, 0.9), 1.1, QUICK) is None  # it found back
    assert find_divergence(history(12.0, 9.0), 13.5, QUICK) is None  # slow, but on its way
    found = find_divergence(history(0.9, 7.0, 6.5), 1.1, QUICK)
    assert (found.epoch, found.learning_rate, found.train_mse) == (2, 0.25, 7.0)
    assert find_divergence(history(0.9, math.inf), 1.1, QUICK).epoch == 2
    assert find_divergence(history(1e-9, 1e-7), 1e-8, QUICK) is None  # equal ratings: nothing to speak of


def test_the_message_says_where_and_what_to_try():
    message = find_divergence(history(0.9, math.inf), 1.1, QUICK).message
    assert "in epoch 2, at learning rate 0.25 with adam, its training MSE left the range of numbers" in message
    assert message.endswith("Try a learning rate of 0.01.")
    sgd = dataclasses.replace(QUICK, optimizer="sgd")
    assert "reached 7. Try a learning rate of 0.025." in find_divergence(history(0.9, 7.0), 1.1, sgd).message


def diverging(name: str) -> TrainConfig:
    """A rate too high three ways: saturated, too large, beyond the range of numbers."""
    return {
        "saturated": dataclasses.replace(QUICK, stretched_sigmoid=True, phases=(Phase(50.0, 4),)),
        "huge": dataclasses.replace(QUICK, phases=(Phase(100.0, 2),)),
        "lost": dataclasses.replace(QUICK, optimizer="sgd", phases=(Phase(5e-3, 1), Phase(100.0, 3))),
    }[name]


@pytest.mark.parametrize("name", ["saturated", "huge", "lost"])
def test_a_diverged_training_is_kept_marked_and_saved(name, split, tmp_path):
    ends = []
    trained = fit(split, diverging(name), on_event=lambda event: ends.append(event))
    assert trained.diverged
    assert trained.status == "diverged"
    assert trained.history["train_mse"].iloc[-1] > 2
    assert all(np.isfinite(array).all() for array in trained.weights.values())
    save_run(trained, tmp_path / "run")
    run = open_run(tmp_path / "run")
    assert run.info.status == "diverged"
    assert run.history["train_mse"].to_numpy() == pytest.approx(trained.history["train_mse"].to_numpy())
    assert np.array_equal(run.movie_vectors, trained.movie_vectors)


def test_a_lost_training_ends_at_once_and_keeps_the_last_finite_weights(split):
    trained = fit(split, diverging("lost"))
    assert trained.history["epoch"].tolist() == [1, 2]
    assert math.isinf(trained.history["train_mse"].iloc[1])
    assert math.isinf(trained.history["val_mse"].iloc[1])
    assert trained.kept_epoch < 2
    assert trained.divergence.epoch == 2
    assert 2 not in trained.snapshots
    best = fit(split, dataclasses.replace(diverging("lost"), keep="best"))
    assert best.kept_epoch == 1
    assert np.mean((best.predict(split.validation) - split.validation.rating) ** 2) == pytest.approx(
        best.history["val_mse"].iloc[0], rel=1e-5
    )
    assert not fit(split, QUICK).diverged  # and the next training is none the worse


@pytest.mark.parametrize("preset", ["default", "recommender-v2", "dot-l2"])
def test_equal_ratings_make_a_model_that_says_them(preset):
    """There is nothing to rate apart, but who watches what can still be learned."""
    user, movie = (grid.ravel() for grid in np.meshgrid(np.arange(12), np.arange(9), indexing="ij"))
    frame = pd.DataFrame({"userId": user, "movieId": movie, "rating": 4.0})
    config = dataclasses.replace(find_preset(preset).config, batch_size=32, centered=True).with_epochs(2)
    split = split_ratings(from_frames(frame, movies_for(movie), name="equal"), config)
    trained = fit(split, config)
    assert trained.predict(split.validation) == pytest.approx(4.0, abs=0.1)
    assert not trained.diverged
