"""Epochs, schedules, stopping, early stopping, continuing; and that every preset trains by name."""

import dataclasses
import math

import numpy as np
import pytest

from recsys_core.data.split import split_ratings
from recsys_core.errors import Cancelled, RunError
from recsys_core.runs.run import REQUIRED_FILES
from recsys_core.runs.writer import train
from recsys_core.settings.train_config import Phase, TrainConfig
from recsys_core.training.events import EpochEnd, Progress, Started
from recsys_core.training.fit import fit, learning_rates

QUICK = TrainConfig(
    architecture="dot-bias",
    user_embedding_size=8,
    movie_embedding_size=8,
    centered=True,
    batch_size=256,
    phases=(Phase(5e-3, 3),),
)


@pytest.fixture(scope="module")
def split(built_in):
    return split_ratings(built_in.sample(20_000, seed=0), QUICK)


def test_events_tell_the_whole_story(split):
    events = []
    trained = fit(split, QUICK, on_event=events.append)
    assert isinstance(events[0], Started)
    assert events[0].n_train == len(split.train)
    assert events[0].n_parameters == (split.n_users + split.n_movies) * 9
    assert [event.epoch for event in events if isinstance(event, EpochEnd)] == [1, 2, 3]
    fractions = [event.fraction for event in events if isinstance(event, Progress)]
    assert fractions == sorted(fractions)
    assert all(0 < fraction <= 1 for fraction in fractions)
    assert trained.kept_epoch == 3
    assert trained.history["val_mse"].iloc[-1] < trained.baselines["mean_mse"]


def test_a_long_epoch_shows_its_movies_meanwhile(split, monkeypatch):
    monkeypatch.setattr("recsys_core.training.fit.FIRST_PICTURE_SECONDS", 0.0)
    monkeypatch.setattr("recsys_core.training.fit.PICTURE_SECONDS", 1e6)
    for n_snapshots, expected in ((5, 1), (0, 0)):
        events = []
        fit(split, dataclasses.replace(QUICK, snapshots=n_snapshots), on_event=events.append)
        pictures = [each.movie_vectors for each in events if isinstance(each, Progress)]
        assert sum(vectors is not None for vectors in pictures) == expected
        assert all(vectors is None or vectors.shape == (split.n_movies, 8) for vectors in pictures)


def test_stop_keeps_what_was_learned(split, tmp_path):
    events = []
    run = train(
        split,
        QUICK.with_epochs(500),
        tmp_path / "run",
        on_event=events.append,
        should_stop=lambda: any(isinstance(event, Progress) for event in events),
    )
    assert run.info.status == "stopped"
    assert len(run.history) < 500
    assert run.info.kept_epoch == run.history["epoch"].iloc[-1]


def test_stop_before_the_first_step_keeps_nothing(split, tmp_path):
    with pytest.raises(Cancelled):
        train(split, QUICK, tmp_path / "run", should_stop=lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_stop_while_compiling_keeps_nothing_and_the_next_training_runs(split, tmp_path):
    started = []
    with pytest.raises(Cancelled, match="while its loop was compiled: nothing was kept"):
        train(split, QUICK, tmp_path / "run", on_event=started.append, should_stop=lambda: bool(started))
    assert list(tmp_path.iterdir()) == []
    assert len(train(split, QUICK, tmp_path / "run").history) == QUICK.epochs


def test_best_epoch_is_kept_and_patience_ends_early(split):
    config = dataclasses.replace(QUICK, phases=(Phase(0.02, 60),), patience=3)
    trained = fit(split, config)
    best = trained.history["val_mse"].idxmin()
    assert trained.kept_epoch == trained.history["epoch"][best]
    assert len(trained.history) == trained.kept_epoch + 3
    predicted = trained.predict(split.validation)
    assert np.mean((predicted - split.validation.rating) ** 2) == pytest.approx(trained.history["val_mse"][best])


def test_unseen_movies_are_scored_with_zero_embeddings(split):
    trained = fit(split, QUICK)
    unseen = split.movies["n_train_ratings"].to_numpy() == 0
    assert unseen.any()
    assert not trained.movie_vectors[unseen].any()
    assert not trained.movie_bias[unseen].any()
    assert np.abs(trained.movie_vectors[~unseen]).sum(axis=1).min() > 0


def test_one_cycle_rises_and_falls():
    rates = np.concatenate(learning_rates(dataclasses.replace(QUICK, schedule="one_cycle").with_epochs(4), 100))
    assert rates.argmax() == pytest.approx(100, abs=2)
    assert rates.max() == pytest.approx(5e-3, rel=1e-3)
    assert rates[0] < 5e-3 / 20
    assert rates[-1] < 1e-6


def test_run_is_complete_and_reads_back(split, tmp_path):
    run = train(split, QUICK, tmp_path / "run")
    assert all((run.path / name).is_file() for name in REQUIRED_FILES)
    assert run.info.config == QUICK
    assert run.info.kept_epoch == 3
    assert run.info.baselines.bias_mse < run.info.baselines.mean_mse
    assert list(run.history) == ["epoch", "learning_rate", "train_mse", "train_mae", "val_mse", "val_mae", "seconds"]
    assert {"movie_id", "title", "year", "genres", "n_ratings", "mean_rating", "bias"} <= set(run.movies)
    assert len(run.movies) == len(run.movie_vectors) == split.n_movies
    assert run.movie_vectors.dtype == np.float32
    snapshots, epochs = run.array("snapshots.npy"), run.array("snapshot_epochs.npy")
    assert epochs.tolist() == [0, 1, 2, 3]
    assert snapshots[-1] == pytest.approx(run.movie_vectors, abs=2e-3)
    with pytest.raises(RunError, match="not empty"):
        train(split, QUICK, tmp_path / "run")


def test_snapshots_are_thinned_evenly(split):
    trained = fit(split, dataclasses.replace(QUICK.with_epochs(20), snapshots=5))
    assert len(trained.snapshots) == 6
    assert {0, 1, 20} <= set(trained.snapshots)


def test_no_validation_rows_give_nan_not_an_error(tiny):
    config = dataclasses.replace(QUICK, validation_fraction=0)
    history = fit(split_ratings(tiny, config), config).history
    assert history["val_mse"].isna().all()
    assert not math.isnan(history["train_mse"].iloc[-1])
