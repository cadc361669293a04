"""What a saved run's model knows, taken out of it to predict with, to go on from or to start another one."""

from __future__ import annotations

from typing import Any

import numpy as np

from recsys_core.data.split import Split
from recsys_core.errors import ConfigError
from recsys_core.models.registry import MOVIE_EMBEDDING, USER_EMBEDDING
from recsys_core.runs.run import Run
from recsys_core.settings.changes import check_continues
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.backend import tensorflow


def load_model(run: Run) -> Any:
    """The run's Keras model. For the thread that owns TensorFlow. Raises `RunError` if its file is damaged."""
    _, keras = tensorflow()
    with run.reading("model.keras") as file:
        return keras.models.load_model(file, compile=False)


def load_weights(run: Run) -> dict[str, np.ndarray]:
    """All weights of a run's Keras model by variable path. Raises `RunError`."""
    return {variable.path: variable.numpy() for variable in load_model(run).weights}


def continued_weights(run: Run, split: Split, config: TrainConfig) -> dict[str, np.ndarray]:
    """Weights with which `config` goes on where `run` ended.

    Raises `ConfigError` unless structure and vocabulary are the same.
    """
    check_continues(run.info.config, config, run.name)
    if not np.array_equal(run.movies["movie_id"], split.movies["movie_id"]) or not np.array_equal(
        run.users["user_id"].to_numpy(), split.user_ids
    ):
        raise ConfigError(
            f"The ratings must hold the same users and movies as those of run {run.name!r} to continue it."
        )
    return load_weights(run)


def embeddings_as_weights(run: Run, split: Split, config: TrainConfig) -> dict[str, np.ndarray]:
    """The run's user and movie vectors as initial tables for `config`, matched by id; zero where the run has none.

    Raises `ConfigError` if the embedding sizes differ.
    """
    tables: dict[str, np.ndarray] = {}
    for name, vectors, size, known, wanted in (
        (USER_EMBEDDING, run.user_vectors, config.user_embedding_size, run.users["user_id"].to_numpy(), split.user_ids),
        (MOVIE_EMBEDDING, run.movie_vectors, config.movie_embedding_size, run.movies["movie_id"].to_numpy(),
         split.movies["movie_id"].to_numpy()),
    ):  # fmt: skip
        if vectors.shape[1] != size:
            raise ConfigError(
                f"`{name}_size` must be {vectors.shape[1]} to start from the embeddings of run {run.name!r}. "
                f"Received: {size}"
            )
        table = np.zeros((len(wanted), size), np.float32)
        _, there, here = np.intersect1d(known, wanted, return_indices=True)
        table[here] = vectors[there]
        tables[f"{name}/embeddings"] = table
    return tables
