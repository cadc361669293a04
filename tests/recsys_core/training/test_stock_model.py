"""Fresh weights come from the seed, and a model of zeros predicts the mean."""

import dataclasses

import numpy as np
import pytest

from recsys_core.data.split import split_ratings
from recsys_core.models.scoring import output_range, to_stars
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.stock_model import initial_offset, initial_weights

CONFIG = TrainConfig(
    architecture="concatenation", user_embedding_size=3, movie_embedding_size=2, hidden_layers=(4,), centered=True,
    validation_fraction=0.3,
)  # fmt: skip


def test_same_seed_same_weights(tiny):
    split = split_ratings(tiny, CONFIG)
    first, again = (initial_weights(split, CONFIG) for _ in range(2))
    other = initial_weights(split, dataclasses.replace(CONFIG, seed=1))
    assert all(np.array_equal(first[path], again[path]) for path in first)
    assert not np.array_equal(first["dense_1/kernel"], other["dense_1/kernel"])
    assert first["user_embedding/embeddings"].shape == (7, 3)


def test_rows_that_training_never_looks_up_are_zero(tiny):
    split = split_ratings(tiny, dataclasses.replace(CONFIG, validation_fraction=0.6))
    table = initial_weights(split, CONFIG)["movie_embedding/embeddings"]
    unseen = split.movies["n_train_ratings"].to_numpy() == 0
    assert unseen.any()
    assert not table[unseen].any()
    assert table[~unseen].all()


@pytest.mark.parametrize("stretched", [False, True])
def test_offset_makes_zeros_predict_the_mean(tiny, stretched):
    config = dataclasses.replace(CONFIG, stretched_sigmoid=stretched, sigmoid_margin=0.5)
    split = split_ratings(tiny, config)
    reach = output_range(config, split.rating_range) if stretched else None
    assert to_stars(np.array(initial_offset(split, config)), reach) == pytest.approx(split.train_mean)
