"""What compiles anew and what does not, and how many loops are kept."""

import dataclasses

import pytest

from recsys_core.data.split import split_ratings
from recsys_core.settings.train_config import Phase, TrainConfig
from recsys_core.training.loop_cache import MAX_LOOPS, loop_for

CONFIG = TrainConfig(user_embedding_size=3, movie_embedding_size=3, batch_size=8, validation_fraction=0.2)


@pytest.fixture
def split(tiny):
    return split_ratings(tiny, CONFIG)


def test_another_rate_seed_or_penalty_compiles_nothing_again(split):
    first = loop_for(split, CONFIG)
    other = dataclasses.replace(CONFIG, seed=9, row_penalty=0.1, phases=(Phase(0.5, 9),), preset="other")
    assert loop_for(split, other) is first
    assert loop_for(split, dataclasses.replace(CONFIG, batch_size=4)) is not first
    decays = [dataclasses.replace(CONFIG, **setting) for setting in ({"l2": 0.1}, {"l2": 0.2}, {"weight_decay": 0.1})]
    with_decay = [loop_for(split, config) for config in decays]
    assert with_decay[0] is with_decay[1] is with_decay[2] is not first


def test_the_loop_that_was_not_used_for_longest_goes_first(split):
    configs = [
        dataclasses.replace(CONFIG, user_embedding_size=n, movie_embedding_size=n) for n in range(1, MAX_LOOPS + 1)
    ]
    loops = [loop_for(split, config) for config in configs]
    assert loop_for(split, configs[0]) is loops[0]
    loop_for(split, dataclasses.replace(CONFIG, batch_size=2))
    assert loop_for(split, configs[0]) is loops[0]
    assert loop_for(split, configs[1]) is not loops[1]
