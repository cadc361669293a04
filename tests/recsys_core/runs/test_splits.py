"""Splits are made once and shared, while there is room; whoever waits for one can be stopped."""

import dataclasses
import threading

import numpy as np
import pytest

from recsys_core.data.split import split_ratings
from recsys_core.errors import Cancelled
from recsys_core.runs import splits
from recsys_core.runs.splits import held, kept_split
from recsys_core.settings.train_config import Phase, TrainConfig

CONFIG = TrainConfig(validation_fraction=0.2)


def test_what_splits_alike_is_split_once(built_in):
    first = kept_split(built_in, CONFIG)
    other = dataclasses.replace(CONFIG, architecture="dot", phases=(Phase(0.5, 9),), movie_embedding_size=3)
    assert kept_split(built_in, other) is first
    assert np.array_equal(first.train.movie, split_ratings(built_in, CONFIG).train.movie)
    for changed in ({"seed": 1}, {"split": "time"}, {"min_movie_ratings": 5}):
        assert kept_split(built_in, dataclasses.replace(CONFIG, **changed)) is not first
    with pytest.raises(ValueError, match="read-only"):
        first.train.rating[0] = 1


def test_ratings_made_in_memory_are_split_each_time(tiny):
    assert kept_split(tiny, CONFIG) is not kept_split(tiny, CONFIG)


def test_the_last_one_is_kept_however_large(built_in, monkeypatch):
    monkeypatch.setattr(splits, "MAX_CACHED_RATINGS", 10)
    first = kept_split(built_in, CONFIG)
    assert kept_split(built_in, CONFIG) is first
    kept_split(built_in, dataclasses.replace(CONFIG, seed=2))
    assert kept_split(built_in, CONFIG) is not first


def test_whoever_waits_for_another_can_be_stopped(built_in):
    lock = threading.Lock()
    with lock, pytest.raises(Cancelled), held(lock, lambda: True):
        pass
    with pytest.raises(Cancelled):
        kept_split(built_in, dataclasses.replace(CONFIG, seed=77), should_stop=lambda: True)
