"""The model of stock Keras layers: where fresh weights come from, and what is saved and opens anywhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from recsys_core.data.split import Examples, Split
from recsys_core.models.builder import ModelBuilder
from recsys_core.models.registry import OFFSET
from recsys_core.models.scoring import output_range, score_of
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.backend import tensorflow
from recsys_core.training.loop import predict_in_blocks, train_counts
from recsys_core.training.loop_cache import structure_of


def initial_weights(split: Split, config: TrainConfig) -> dict[str, np.ndarray]:
    """Fresh weights from `config.seed`, by variable path; zero in the rows of tables that training never looks up."""
    builder, model = _built(config, split)
    fresh: dict[str, np.ndarray] = {}
    seeds = np.random.default_rng((config.seed, 2))
    for layer in model.layers:
        for variable in layer.weights:
            initializer = getattr(layer, f"{variable.name}_initializer")
            settings = initializer.get_config()
            if "seed" in settings:
                settings["seed"] = int(seeds.integers(2**31))
            fresh[variable.path] = np.array(type(initializer).from_config(settings)(variable.shape))
        if layer.name in builder.tables:
            fresh[layer.embeddings.path][train_counts(split, builder.looked_up_by[layer.name]) == 0] = 0
        if layer.name == OFFSET:
            fresh[layer.embeddings.path][:] = initial_offset(split, config)
    return fresh


def initial_offset(split: Split, config: TrainConfig) -> float:
    """The constant that makes a model of zeros predict the training mean."""
    stretched = output_range(config, split.rating_range) if config.stretched_sigmoid else None
    return float(score_of(split.train_mean, stretched))


def save_model(path: Path, split: Split, config: TrainConfig, weights: Mapping[str, np.ndarray]) -> None:
    """Write a `.keras` file of stock layers only, which plain `keras.models.load_model` opens in safe mode."""
    _with_weights(split, config, weights).save(path)


def predict(examples: Examples, split: Split, config: TrainConfig, weights: Mapping[str, np.ndarray]) -> np.ndarray:
    """Predicted ratings in stars, float32 `(n,)`."""
    return predict_in_blocks(_with_weights(split, config, weights), examples)


def _with_weights(split: Split, config: TrainConfig, weights: Mapping[str, np.ndarray]) -> Any:
    _, model = _built(config, split)
    for variable in model.weights:
        variable.assign(weights[variable.path])
    return model


def _built(config: TrainConfig, split: Split) -> tuple[ModelBuilder, Any]:
    names = [field.name for field in dataclasses.fields(config)]
    initializers = {name: getattr(config, name) for name in names if name.endswith("_initializer")}
    structure = dataclasses.replace(structure_of(config), **initializers)
    return _build(structure, split.n_users, split.n_movies, split.rating_range)


@lru_cache(maxsize=2)
def _build(
    structure: TrainConfig, n_users: int, n_movies: int, rating_range: tuple[float, float]
) -> tuple[ModelBuilder, Any]:
    """Kept, since building a model is felt."""
    builder = ModelBuilder(tensorflow()[1], structure, n_users, n_movies, rating_range)
    return builder, builder.model()
