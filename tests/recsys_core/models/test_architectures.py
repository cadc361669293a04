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


@pytest.fixture(params=ARCHITECTURES, scope="module")
def architecture(request) -> str:
    """Of the module: all that is asked of one comes together, so that what was compiled for it serves again."""
    return request.param


def learning(architecture: str, **settings) -> TrainConfig:
    """Settings with which it learns the checkerboard."""
    size = 4 if ARCHITECTURES[architecture].is_dot else 16
    config = config_for(
        architecture, user_embedding_size=size, movie_embedding_size=size, centered=True, validation_fraction=0.1,
        keep="best", embedding_initializer="normal", **settings,
    )  # fmt: skip
    return dataclasses.replace(config, hidden_layers=config.hidden_layers and (32, 16))


def test_says_what_it_is(architecture):
    about = ARCHITECTURES[architecture]
    assert about.title
    assert "r̂ =" in about.formula
    assert about.explain.count(".") >= 2


def test_learns_the_checkerboard(architecture, checkerboard):
    """A rank-2 pattern without a main effect: biases alone stay at an MSE of 4."""
    config = learning(architecture, phases=(Phase(0.02, 60),), watch_weight=0.0)
    trained = fit(split_ratings(checkerboard, config), config)
    assert trained.baselines["bias_mse"] > 3.5
    assert trained.history["val_mse"].min() < 0.4


def test_same_seed_same_numbers(architecture, checkerboard):
    config = learning(architecture, phases=(Phase(0.01, 2),), seed=5)
    first, again = (fit(split_ratings(checkerboard, config), config) for _ in range(2))
    other = fit(split_ratings(checkerboard, config), dataclasses.replace(config, seed=6))
    columns = ["train_mse", "val_mse", "val_mae"]
    assert first.history[columns].to_numpy() == pytest.approx(again.history[columns].to_numpy(), rel=1e-12)
    assert not np.allclose(first.history[columns], other.history[columns])


def test_its_arrays_have_their_shapes_and_the_saved_model_opens_with_plain_keras(architecture, tiny, tmp_path):
    """Where the formula allows it, with vectors of unequal sizes."""
    _, keras = tensorflow()
    about = ARCHITECTURES[architecture]
    n_numbers = 4 if about.same_size else 3
    config = config_for(
        architecture,
        movie_embedding_size=n_numbers,
        validation_fraction=0.2,
        phases=(Phase(1e-2, 3),),
        stretched_sigmoid=True,
        batch_normalization=True,
        embedding_dropout=0.2,
        hidden_dropout=0.2,
    )
    split = split_ratings(tiny, config)
    if about.same_size:
        with pytest.raises(ConfigError, match="must equal"):
            fit(split, dataclasses.replace(config, movie_embedding_size=3))
    trained = fit(split, config)
    assert trained.movie_vectors.shape == (4, n_numbers)
    assert trained.user_vectors.shape[0] == 7
    assert trained.movie_vectors.dtype == trained.user_vectors.dtype == np.float32
    assert trained.movie_bias is None or trained.movie_bias.shape == (4,)
    assert trained.predict(split.validation).shape == (len(split.validation),)

    expected = trained.predict(split.train)
    run = save_run(trained, tmp_path / "run")
    model = keras.models.load_model(run.path / "model.keras")
    found = rating_only(model)([split.train.user, split.train.movie]).numpy()[:, 0]
    assert found == pytest.approx(expected, abs=1e-5)
    assert np.array_equal(load_weights(run)["movie_embedding/embeddings"], run.movie_vectors)


def rating_only(model):
    """The same model with the rating as its one output."""
    _, keras = tensorflow()
    return keras.Model(model.inputs, model.output["rating"] if isinstance(model.output, dict) else model.output)
