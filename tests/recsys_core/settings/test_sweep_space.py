"""What a sweep may vary comes from the declarations."""

import pytest

from recsys_core.models.registry import ARCHITECTURES, check_settings, settings_of
from recsys_core.settings.sweep_space import Dimension, sweep_space
from recsys_core.settings.train_config import TrainConfig, with_values


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_both_ends_of_every_dimension_make_valid_settings(name):
    config = with_values(TrainConfig(), {"architecture": name})
    for dimension in sweep_space(settings_of(ARCHITECTURES[name])):
        ends = dimension.choices or (dimension.low, dimension.high)
        for end in ends:
            check_settings(with_values(config, {dimension.name: end}))


def test_vectors_that_are_multiplied_vary_their_size_together():
    names = {each.name for each in sweep_space(settings_of(ARCHITECTURES["dot"]))}
    assert "embedding_size" in names
    assert not names & {"user_embedding_size", "movie_embedding_size", "gravity", "hidden_dropout", "seed"}
    apart = {each.name for each in sweep_space(settings_of(ARCHITECTURES["concatenation"]))}
    assert {"user_embedding_size", "movie_embedding_size", "hidden_dropout"} <= apart
    assert "embedding_size" not in apart


def test_a_dimension_says_its_range_and_its_scale():
    space = {each.name: each for each in sweep_space(settings_of(ARCHITECTURES["dot"]))}
    assert space["learning_rate"] == Dimension("learning_rate", "Learning rate", "number", 1e-4, 0.1, log=True)
    assert space["centered"].choices == (False, True)
    assert space["optimizer"].choices == ("adam", "sgd", "rmsprop", "adagrad")
