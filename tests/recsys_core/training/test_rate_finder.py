"""The learning-rate finder suggests a rate that learns, for small batches and for whole ones."""

import dataclasses

import pytest

from recsys_core.data.split import split_ratings
from recsys_core.errors import Cancelled
from recsys_core.settings.train_config import Phase, TrainConfig
from recsys_core.training.fit import fit
from recsys_core.training.rate_finder import find_learning_rate

CONFIG = TrainConfig(
    architecture="dot-bias", user_embedding_size=8, movie_embedding_size=8, centered=True, batch_size=256
)


@pytest.fixture(scope="module")
def split(built_in):
    return split_ratings(built_in.sample(20_000, seed=0), CONFIG)


@pytest.mark.parametrize("batch_size", [256, None])
def test_suggests_a_rate_that_learns(split, batch_size):
    config = dataclasses.replace(CONFIG, batch_size=batch_size)
    fractions = []
    sweep, suggested = find_learning_rate(split, config, on_progress=fractions.append)
    assert list(sweep.columns) == ["learning_rate", "mse"]
    assert sweep["learning_rate"].is_monotonic_increasing
    assert fractions == sorted(fractions)
    assert 1e-4 < suggested < 1
    history = fit(split, dataclasses.replace(config, phases=(Phase(suggested, 3 if batch_size else 20),))).history
    assert history["train_mse"].iloc[-1] < 1.05


def test_stops_when_asked(split):
    with pytest.raises(Cancelled, match="sweep was stopped"):
        find_learning_rate(split, CONFIG, should_stop=lambda: True)
