"""One suite that every registered architecture passes."""

import dataclasses

import numpy as np
import pytest

from recsys_core.data.split import split_ratings
from recsys_core.errors import ConfigError
from recsys_core.models.rated_movies import user_vectors
from recsys_core.models.registry import ARCHITECTURES
from recsys_core.runs.weights import load_weights
from recsys_core.runs.writer import save_run
from recsys_core.settings.train_config import Phase, TrainConfig
from recsys_core.training.backend import tensorflow
from recsys_core.training.fit import fit

SMALL = {"user_embedding_size": 4, "movie_embedding_size": 4, "hidden_layers": (16,), "batch_size": 32}


def config_for(architecture: str, **settings) -> TrainConfig:
    hidden = SMALL["hidden_layers"] if "hidden_layers" in ARCHITECTURES[architecture].settings else ()
    return TrainConfig(**{**SMALL, "architecture": architecture, "hidden_layers": hidden, **settings})


def test_users_who_are_described_by_their_ratings_need_no_training(checkerboard):
    """The table of user vectors is what the formula makes of the training ratings with the kept movie vectors."""
    config = config_for("rated-movies", phases=(Phase(0.02, 3),), centered=True)
    split = split_ratings(checkerboard, config)
    trained = fit(split, config)
    train = split.train
    surprise = train.rating - (trained.offset + trained.movie_bias[train.movie])
    liking, _ = user_vectors(train.user, train.movie, surprise, trained.movie_vectors, split.n_users)
    assert trained.user_vectors == pytest.approx(liking, abs=1e-5)
    assert np.abs(liking).max() > 0.01
    assert trained.n_parameters == 30 * 5 + 40


@pytest.fixture(params=ARCHITECTURES)
def architecture(request) -> str:
    return request.param


def test_says_what_it_is(architecture):
    about = ARCHITECTURES[architecture]
    assert about.title
    assert "r̂ =" in about.formula
    assert about.explain.count(".") >= 2


def test_shapes(architecture, tiny):
    split = split_ratings(tiny, config_for(architecture, validation_fraction=0.2))
    trained = fit(split, config_for(architecture, validation_fraction=0.2, phases=(Phase(1e-3, 1),)))
    assert trained.movie_vectors.shape == (4, 4)
    assert trained.user_vectors.shape[0] == 7
    assert trained.movie_vectors.dtype == trained.user_vectors.dtype == np.float32
    assert trained.movie_bias is None or trained.movie_bias.shape == (4,)
    assert trained.predict(split.validation).shape == (len(split.validation),)


def test_learns_the_checkerboard(architecture, checkerboard):
    """A rank-2 pattern without a main effect: biases alone stay at an MSE of 4."""
    config = config_for(
        architecture, phases=(Phase(0.02, 60),), centered=True, validation_fraction=0.1, watch_weight=0.0, keep="best"
    )
    size = 4 if ARCHITECTURES[architecture].is_dot else 16
    config = dataclasses.replace(
        config,
        embedding_initializer="normal",
        user_embedding_size=size,
        movie_embedding_size=size,
        hidden_layers=config.hidden_layers and (32, 16),
    )
    trained = fit(split_ratings(checkerboard, config), config)
    assert trained.baselines["bias_mse"] > 3.5
    assert trained.history["val_mse"].min() < 0.4


def test_same_seed_same_numbers(architecture, checkerboard):
    config = config_for(architecture, phases=(Phase(0.01, 2),), seed=5)
    first, again = (fit(split_ratings(checkerboard, config), config) for _ in range(2))
    other = fit(split_ratings(checkerboard, config), dataclasses.replace(config, seed=6))
    columns = ["train_mse", "val_mse", "val_mae"]
    assert first.history[columns].to_numpy() == pytest.approx(again.history[columns].to_numpy(), rel=1e-12)
    assert not np.allclose(first.history[columns], other.history[columns])


def test_saved_model_opens_with_plain_keras_and_predicts_the_same(architecture, tiny, tmp_path):
    _, keras = tensorflow()
    config = config_for(
        architecture,
        validation_fraction=0.2,
        phases=(Phase(1e-2, 3),),
        stretched_sigmoid=True,
        batch_normalization=True,
        embedding_dropout=0.2,
        hidden_dropout=0.2,
    )
    split = split_ratings(tiny, config)
    trained = fit(split, config)
    expected = trained.predict(split.train)
    run = save_run(trained, tmp_path / "run")
    model = keras.models.load_model(run.path / "model.keras")
    found = rating_only(model)([split.train.user, split.train.movie]).numpy()[:, 0]
    assert found == pytest.approx(expected, abs=1e-5)
    assert np.array_equal(load_weights(run)["movie_embedding/embeddings"], run.movie_vectors)


def test_unequal_sizes_only_where_the_formula_allows(architecture, tiny):
    config = config_for(architecture, movie_embedding_size=3)
    if ARCHITECTURES[architecture].same_size:
        with pytest.raises(ConfigError, match="must equal"):
            fit(split_ratings(tiny, config), config)
    else:
        assert fit(split_ratings(tiny, config), config).movie_vectors.shape == (4, 3)


def rating_only(model):
    """The same model with the rating as its one output."""
    _, keras = tensorflow()
    return keras.Model(model.inputs, model.output["rating"] if isinstance(model.output, dict) else model.output)
