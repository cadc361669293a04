"""The learning-rate finder suggests a rate that learns, for small batches and for whole ones."""

import dataclasses
import threading

import numpy as np
import pytest

from recsys_core.data.split import split_ratings
from recsys_core.errors import Cancelled
from recsys_core.settings.train_config import Phase, TrainConfig
from recsys_core.training.fit import fit
from recsys_core.training.rate_finder import find_learning_rate, longest_valley

CONFIG = TrainConfig(
    architecture="dot-bias", user_embedding_size=8, movie_embedding_size=8, centered=True, batch_size=256
)


@pytest.fixture(scope="module")
def split(built_in):
    return split_ratings(built_in.sample(20_000, seed=0), CONFIG)


@pytest.mark.parametrize("batch_size", [256, None])
def test_suggests_a_rate_that_learns(split, batch_size):
    config = dataclasses.replace(CONFIG, batch_size=batch_size)
    told = []
    sweep, suggested = find_learning_rate(split, config, on_progress=lambda *point: told.append(point))
    assert list(sweep.columns) == ["learning_rate", "mse"]
    fractions = [fraction for fraction, _, _ in told]
    assert [point for _, *point in told] == sweep.to_numpy().tolist()
    assert sweep["learning_rate"].is_monotonic_increasing
    assert fractions == sorted(fractions)
    assert 1e-4 < suggested < 1
    history = fit(split, dataclasses.replace(config, phases=(Phase(suggested, 3 if batch_size else 20),))).history
    assert history["train_mse"].iloc[-1] < 1.05


@pytest.mark.parametrize(
    ("losses", "place"),
    [
        ([9, 9, 9, 8, 7, 6, 5, 4, 3, 3, 5, 9], 4),
        ([9, 8, 7, 6, 5, 4], 1 + 1),
        # One that goes up and down on its way falls all the same; what is lowest lies at its foot.
        ([9, 9, 8, 8.5, 7, 7.5, 6, 6.5, 5, 5.5, 4, 4.1, 4.2, 4.3, 20], 7),
        ([1, 2, 3], 0),
    ],
)
def test_the_suggestion_is_in_the_middle_of_the_longest_fall(losses, place):
    assert longest_valley(np.array(losses)) == place


def test_a_training_by_xla_after_the_search_takes_its_loop(split):
    config = dataclasses.replace(CONFIG, optimizer="rmsprop", phases=(Phase(0.01, 1),))
    find_learning_rate(split, config)
    trained = []
    # What was traced halfway would be waited for without end.
    thread = threading.Thread(target=lambda: trained.append(fit(split, config)), daemon=True)
    thread.start()
    thread.join(120)
    assert [len(each.history) for each in trained] == [1]


def test_stops_when_asked(split):
    with pytest.raises(Cancelled, match="sweep was stopped"):
        find_learning_rate(split, CONFIG, should_stop=lambda: True)
