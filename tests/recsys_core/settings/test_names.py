"""A run's name says how it departs from its preset."""

import dataclasses
import datetime

import pytest

from recsys_core.settings.names import departures, name_of, timed_name, told_apart
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import Phase, TrainConfig, with_values


def changed(preset: str, **values) -> TrainConfig:
    return with_values(PRESETS[preset].config, values)


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (changed("default"), "default"),
        (changed("default", snapshots=3), "default"),
        (changed("default", embedding_size=16), "default, size 16"),
        (changed("default", movie_embedding_size=8), "default, movie size 8"),
        (changed("mlp-32-4", movie_embedding_size=4, user_embedding_size=6), "mlp-32-4, movie size 4, user size 6"),
        (changed("recommender-v2", epochs=12, seed=3), "recommender-v2, 12 epochs, seed 3"),
        (changed("default", epochs=1), "default, 1 epoch"),
        (changed("default", learning_rate=50), "default, rate 50"),
        (changed("default", epochs=2, learning_rate=0.1), "default, 2 epochs, rate 0.1"),
        (changed("default", phases=(Phase(0.1, 2), Phase(0.01, 1))), "default, rates 0.1 × 2 then 0.01 × 1"),
        (changed("default", architecture="dot-bias", centered=False), "default, dot-bias, start from the mean off"),
        (changed("recommender-v1", batch_size=None, optimizer="sgd"),
         "recommender-v1, optimizer SGD, batch size all rows"),
        (TrainConfig(), "custom"),
        (TrainConfig(preset="mine", seed=7), "mine, seed 7"),
    ],
    ids=str,
)  # fmt: skip
def test_what_differs_from_the_preset_is_said(config, name):
    assert name_of(config) == name


def test_every_preset_is_called_by_its_name_alone():
    assert {name: departures(preset.config) for name, preset in PRESETS.items() if departures(preset.config)} == {}


def test_of_many_differences_the_first_are_named_and_the_others_counted():
    config = changed(
        "default", seed=1, optimizer="sgd", batch_size=9, patience=3, l2=0.1, split="time", row_penalty=0.0, epochs=9
    )
    assert name_of(config).count(",") == 7
    assert name_of(config).endswith("and 2 more")


def test_the_time_stands_behind_and_older_labels_are_told_apart_too():
    config, at = changed("default", embedding_size=16), datetime.datetime(2026, 11, 24, 8, 49, 34)
    assert timed_name(config, at) == "default, size 16 · 24 Nov 08:49:34"
    assert timed_name(config, at, is_continued=True) == "default, size 16, continued · 24 Nov 08:49:34"
    assert told_apart("default · 24 Nov 08:49:34", config) == timed_name(config, at)
    for label in ("", "Mine", "mine · 24 Nov", timed_name(config, at)):
        assert told_apart(label, config) == label
    assert told_apart("default · 1", dataclasses.replace(PRESETS["default"].config)) == "default · 1"
