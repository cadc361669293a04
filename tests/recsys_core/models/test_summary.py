"""The summary lists what Keras builds."""

from recsys_core.models.summary import summarize_model
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.backend import tensorflow


def test_layers_shapes_and_parameters_of_a_small_network():
    _, keras = tensorflow()
    config = TrainConfig(
        architecture="concatenation", user_embedding_size=3, movie_embedding_size=2, hidden_layers=(4,), centered=True
    )
    summary = summarize_model(keras, config, 7, 5, (0.5, 5.0))
    rows = {row.layer: (row.kind, row.shape, row.parameters) for row in summary.layers.itertuples()}
    assert rows["user_embedding"] == ("Embedding", "3", 21)
    assert rows["movie_embedding"] == ("Embedding", "2", 10)
    assert rows["dense_1"] == ("Dense", "4", 24)
    assert rows["dense_2"] == ("Dense", "1", 5)
    assert rows["offset"] == ("Embedding", "1", 1)
    assert summary.n_parameters == 21 + 10 + 24 + 5
