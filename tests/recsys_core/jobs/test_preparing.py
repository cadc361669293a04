"""Ratings are read, split and counted before a training needs them, and it finds them so."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import Cancelled
from recsys_core.jobs import preparing
from recsys_core.jobs.data_sets import add_data_set
from recsys_core.jobs.messages import Task
from recsys_core.jobs.preparing import load_split, preparing_work
from recsys_core.settings.presets import find_preset
from recsys_core.settings.train_config import TrainConfig

IN_TIME = find_preset("default").config


@pytest.fixture
def own_data(tmp_path, monkeypatch) -> str:
    monkeypatch.setenv("RECSYS_DATA_DIR", str(tmp_path / "sets"))
    user, movie = (grid.ravel() for grid in np.meshgrid(np.arange(1, 31), np.arange(1, 21), indexing="ij"))
    table = pd.DataFrame({"user": user, "item": movie, "rating": 1.0 + (user + movie) % 5, "timestamp": 60 * movie})
    table.to_csv(tmp_path / "many.csv", index=False)
    return add_data_set(tmp_path / "many.csv").id


def test_few_ratings_are_not_prepared(own_data):
    assert preparing_work(TrainConfig(), own_data) is None
    assert preparing_work(TrainConfig(), "nowhere") is None


def test_a_training_finds_what_was_prepared(own_data, monkeypatch):
    monkeypatch.setattr(preparing, "MANY", 100)
    work = preparing_work(IN_TIME, own_data)
    assert work is not None
    assert "600 ratings" in work.title
    said: list[tuple[float, str]] = []
    assert work.do(lambda share, text="": said.append((share, text)), lambda: False)
    assert said[0] == (0.2, "Splitting 600 ratings.")
    assert [share for share, _ in said] == sorted(share for share, _ in said)
    _, split = load_split(Task(config=IN_TIME, data_set=own_data))
    assert {"baselines", "train_moments", "user_means", "movie_eras"} <= vars(split).keys()
    assert preparing_work(TrainConfig(), own_data).key != work.key


@pytest.mark.parametrize("n_times", [0, 4, 8])
def test_it_stops_wherever_it_is_when_it_is_told_to(own_data, n_times):
    asked = iter(n_times * [False])
    task = Task(config=dataclasses.replace(IN_TIME, seed=50 + n_times), data_set=own_data)
    with pytest.raises(Cancelled):
        load_split(task, should_stop=lambda: next(asked, True))
