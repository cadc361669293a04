"""A built model is stock Keras, and has the same names whatever was built before it."""

import pytest

from recsys_core.models.builder import ModelBuilder
from recsys_core.models.registry import ARCHITECTURES
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.backend import tensorflow


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_stock_layers_with_the_same_names_each_time(architecture):
    _, keras = tensorflow()
    config = TrainConfig(architecture=architecture, user_embedding_size=2, movie_embedding_size=2, centered=True)
    first, again = (ModelBuilder(keras, config, 3, 4, (1.0, 5.0)).model() for _ in range(2))
    assert [layer.name for layer in first.layers] == [layer.name for layer in again.layers]
    assert all(type(layer).__module__.startswith("keras.") for layer in first.layers)
    assert [variable.path for variable in first.weights] == [variable.path for variable in again.weights]
