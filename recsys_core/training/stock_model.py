"""The model of stock Keras layers: where fresh weights come from, and what is saved and opens anywhere."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from recsys_core.data.split import Examples, Split
from recsys_core.models.builder import ModelBuilder
from recsys_core.models.registry import OFFSET
from recsys_core.models.scoring import output_range, score_of
from recsys_core.settings.scopes import model_key
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.backend import tensorflow
from recsys_core.training.loop import train_counts

MAX_MODELS = 4
MAX_KEPT_NUMBERS = 16 * 2**20
"""Of a model that is kept: 64 MB."""

_kept: OrderedDict[Hashable, tuple[ModelBuilder, Any]] = OrderedDict()


def initial_weights(split: Split, config: TrainConfig) -> dict[str, np.ndarray]:
    """Fresh weights from `config.seed`, by variable path; zero in the rows of tables that training never looks up."""
    builder, model = outline(split, config)
    fresh: dict[str, np.ndarray] = {}
    seeds = np.random.default_rng((config.seed, 2))
    for layer in model.layers:
        for variable in layer.weights:
            initializer = getattr(layer, f"{variable.name}_initializer")
            settings = initializer.get_config()
            if "seed" in settings:
                settings["seed"] = int(seeds.integers(2**31))
            shape = builder.table_shapes.get(layer.name, variable.shape)
            fresh[variable.path] = np.array(type(initializer).from_config(settings)(shape))
    for layer in model.layers:
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
    _, model = _built(split, config, "zero")
    for variable in model.weights:
        variable.assign(weights[variable.path])
    return model


def outline(split: Split, config: TrainConfig) -> tuple[ModelBuilder, Any]:
    """The stock model without the rows of its tables: what weights there are, and how each begins."""
    return _built(split, config, "elsewhere")


def _built(split: Split, config: TrainConfig, tables_are: Literal["zero", "elsewhere"]) -> tuple[ModelBuilder, Any]:
    """The stock model and its parts; kept unless it is large, since building a model is felt."""
    key = (model_key(config), split.n_users, split.n_movies, split.rating_range, tables_are)
    if key not in _kept:
        keras = tensorflow()[1]
        builder = ModelBuilder(keras, config, split.n_users, split.n_movies, split.rating_range, tables_are=tables_are)
        built = builder, builder.model()
        if sum(int(np.prod(variable.shape)) for variable in built[1].weights) > MAX_KEPT_NUMBERS:
            return built
        _kept[key] = built
        while len(_kept) > MAX_MODELS:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return _kept[key]


def predict_in_blocks(model: Any, examples: Examples, block: int = 65_536) -> np.ndarray:
    """What the Keras `model` of `[user, movie]` says of `examples`, in stars, float32 `(n,)`."""
    parts = []
    for start in range(0, len(examples), block):
        said = model([examples.user[start : start + block], examples.movie[start : start + block]], training=False)
        parts.append(np.asarray(said["rating"] if isinstance(said, dict) else said)[:, 0])
    return np.concatenate(parts) if parts else np.empty(0, np.float32)
