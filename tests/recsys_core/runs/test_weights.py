"""Weights are taken out of a saved run to go on from, matched by id; a damaged model is one clear error."""

import dataclasses
import zipfile

import numpy as np
import pytest

from recsys_core.data.split import split_ratings
from recsys_core.errors import ConfigError, RunError
from recsys_core.runs.damage import damage_of
from recsys_core.runs.run import Run
from recsys_core.runs.weights import continued_weights, embeddings_as_weights, load_model
from recsys_core.runs.writer import train
from recsys_core.settings.train_config import Phase, TrainConfig
from recsys_core.training.fit import fit
from tests.damaging import damage
from tests.exploring import write_run

QUICK = TrainConfig(
    user_embedding_size=8, movie_embedding_size=8, centered=True, batch_size=512, phases=(Phase(1e-2, 3),)
)


@pytest.fixture(scope="module")
def split(built_in):
    return split_ratings(built_in.sample(20_000, seed=0), QUICK)


@pytest.fixture(scope="module")
def run(split, tmp_path_factory) -> Run:
    return train(split, QUICK, tmp_path_factory.mktemp("runs") / "run")


def test_continuing_goes_on_from_the_same_weights(split, run):
    weights = continued_weights(run, split, QUICK)
    again = fit(split, dataclasses.replace(QUICK, phases=(Phase(1e-6, 1),)), weights=weights, first_epoch=4)
    assert again.history["epoch"].tolist() == [4]
    assert again.history["val_mse"].iloc[0] == pytest.approx(run.history["val_mse"].iloc[-1], rel=1e-3)
    with pytest.raises(ConfigError, match="`architecture` must be 'dot-bias' to continue"):
        continued_weights(run, split, dataclasses.replace(QUICK, architecture="dot"))


def test_starting_from_embeddings_matches_by_id(split, run, built_in):
    config = dataclasses.replace(QUICK, architecture="concatenation", hidden_layers=(8,))
    other = split_ratings(built_in.sample(30_000, seed=1), config)
    tables = embeddings_as_weights(run, other, config)
    movie_id = 260
    here = int(np.flatnonzero(other.movies["movie_id"] == movie_id)[0])
    there = int(np.flatnonzero(run.movies["movie_id"] == movie_id)[0])
    assert np.array_equal(tables["movie_embedding/embeddings"][here], run.movie_vectors[there])
    trained = fit(other, config, weights=tables)
    assert np.isfinite(trained.history["val_mse"]).all()
    with pytest.raises(ConfigError, match="must be 8 to start from"):
        embeddings_as_weights(run, other, dataclasses.replace(config, movie_embedding_size=9))


@pytest.mark.parametrize("harm", ["truncated", "emptied", "of another kind"])
def test_a_model_that_cannot_be_opened_is_one_clear_error(tmp_path, harm):
    run = write_run(tmp_path / "mine", np.eye(4, dtype=np.float32))
    damage(run.path / "model.keras", harm)
    with pytest.raises(RunError, match=r"Run 'mine' cannot be read: model\.keras is damaged"):
        load_model(run)


def test_a_model_of_nonsense_is_found_when_it_is_opened(tmp_path):
    run = write_run(tmp_path / "mine", np.eye(4, dtype=np.float32))
    with zipfile.ZipFile(run.path / "model.keras") as archive:
        assert archive.read("config.json") == b"{}"
    assert damage_of(run, thorough=True) is None
    with pytest.raises(RunError, match=r"Run 'mine' cannot be read: model\.keras is damaged") as caught:
        load_model(run)
    assert "\n" not in str(caught.value)
