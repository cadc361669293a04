"""What a model is made of, before it is trained."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.models.builder import ModelBuilder
from recsys_core.settings.train_config import TrainConfig


@dataclass(frozen=True)
class ModelSummary:
    """A Keras model's layers and how many numbers it learns."""

    layers: pd.DataFrame = field(repr=False)
    """Columns layer, kind, shape (of the output, without the batch), parameters; in order of computation."""
    n_parameters: int
    """Trainable ones."""


def summarize_model(
    keras: Any, config: TrainConfig, n_users: int, n_movies: int, rating_range: tuple[float, float]
) -> ModelSummary:
    """Build the model and describe it. For the thread that owns TensorFlow. Raises `ConfigError`."""
    model = ModelBuilder(keras, config, n_users, n_movies, rating_range).model()
    rows = [
        {
            "layer": layer.name,
            "kind": type(layer).__name__,
            "shape": " × ".join(str(size) for size in layer.output.shape[1:]) or "1",
            "parameters": layer.count_params(),
        }
        for layer in model.layers
    ]
    n_parameters = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    return ModelSummary(pd.DataFrame(rows), n_parameters)
