"""The ratings that a saved run was trained on, read and split again."""

from __future__ import annotations

import numpy as np

from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import Split
from recsys_core.errors import RunError
from recsys_core.runs.info import DataInfo
from recsys_core.runs.run import Run
from recsys_core.runs.splits import kept_split
from recsys_core.settings.train_config import TrainConfig


def training_split(run: Run) -> tuple[TrainConfig, Split]:
    """The settings and the very split that `run` was trained on, read again.

    Raises `DataError` if the ratings are not there any more, `RunError` if they are not the same.
    """
    config = run.info.config
    split = kept_split(load_ratings(run.data_set), config)
    found = DataInfo(**split.data)
    if run.info.data.fingerprint is None:
        found = found.model_copy(update={"id": run.info.data.id, "fingerprint": None})
    if not np.array_equal(split.movies["movie_id"], run.movies["movie_id"]) or found != run.info.data:
        raise RunError(
            f"The ratings must be those that run {run.name!r} was trained on. "
            f"Received: {split.data['name']}, which has changed since."
        )
    return config, split
