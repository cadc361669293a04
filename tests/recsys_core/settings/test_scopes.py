"""What a compiled loop is known by, and what it is told."""

import dataclasses

import pytest

from recsys_core.settings.scopes import data_key, loop_key, model_key, told_to_loop
from recsys_core.settings.train_config import Phase, TrainConfig

CONFIG = TrainConfig()


@pytest.mark.parametrize(
    "changed",
    [
        {"preset": "other"}, {"phases": (Phase(0.5, 9),)}, {"row_penalty": 0.2}, {"seed": 4}, {"n_ratings": 50},
        {"embedding_initializer": "normal"}, {"keep": "best"}, {"snapshots": 3},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_told_at_each_call_makes_no_other_loop(changed):
    assert loop_key(dataclasses.replace(CONFIG, **changed)) == loop_key(CONFIG)


@pytest.mark.parametrize(
    "changed",
    [
        {"architecture": "dot"}, {"movie_embedding_size": 51}, {"hidden_layers": (3,)}, {"hidden_dropout": 0.1},
        {"optimizer": "sgd"}, {"batch_size": 65}, {"table_updates": "dense"}, {"centered": True},
        {"stretched_sigmoid": True}, {"sigmoid_margin": 0.5}, {"batch_normalization": True},
    ],
    ids=str,
)  # fmt: skip
def test_what_changes_the_structure_makes_another_loop(changed):
    assert loop_key(dataclasses.replace(CONFIG, **changed)) != loop_key(CONFIG)
    hash(loop_key(dataclasses.replace(CONFIG, **changed)))


@pytest.mark.parametrize("name", ["embedding_initializer", "bias_initializer", "dense_initializer"])
def test_where_weights_begin_makes_another_model_and_no_other_loop(name):
    changed = dataclasses.replace(CONFIG, **{name: "he_normal"})
    assert loop_key(changed) == loop_key(CONFIG)
    assert model_key(changed) != model_key(CONFIG)


def test_the_loop_is_told_every_penalty_and_weight():
    told = told_to_loop(dataclasses.replace(CONFIG, l2=0.25, gravity=2))
    assert (told["row_penalty"], told["l2"], told["watch_weight"], told["gravity"]) == (0.0, 0.25, 1.0, 2.0)
    assert not told.keys() & {"seed", "patience", "hidden_dropout", "sigmoid_margin", "validation_fraction"}


def test_what_changes_the_ratings_makes_other_data():
    for changed in ({"n_ratings": 50}, {"split": "last"}, {"any_genres": ("Drama",)}):
        assert data_key(dataclasses.replace(CONFIG, **changed)) != data_key(CONFIG)
    assert data_key(dataclasses.replace(CONFIG, preset="other", movie_embedding_size=3, l2=0.2)) == data_key(CONFIG)
