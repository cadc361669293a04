"""A folder of runs for each test, and small ratings that train in no time."""

import dataclasses
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core.jobs.status import fold, new_status
from recsys_core.settings.train_config import TrainConfig
from tests.conftest import movies_for

QUICK = TrainConfig(user_embedding_size=4, movie_embedding_size=4, batch_size=256, n_ratings=5_000)
"""With ratings drawn, it is not trained again by itself for its stability: that would go on behind other tests."""
ENDLESS = dataclasses.replace(
    QUICK, user_embedding_size=64, movie_embedding_size=64, batch_size=8, table_updates="dense"
).with_epochs(1000)
"""A minute of training, which no test waits for."""


@pytest.fixture(autouse=True)
def runs_dir(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "runs"
    monkeypatch.setenv("RECSYS_RUNS_DIR", str(folder))
    return folder


@pytest.fixture(scope="session")
def small_data(tmp_path_factory) -> str:
    """Id of a data set: 60 users rate 40 movies, some of them twice, which makes a notice."""
    folder = tmp_path_factory.mktemp("small")
    user, movie = (grid.ravel() for grid in np.meshgrid(np.arange(1, 61), np.arange(1, 41), indexing="ij"))
    table = pd.DataFrame({"userId": user, "movieId": movie, "rating": 1.0 + (user + movie) % 5, "timestamp": 1})
    pd.concat([table, table.head(3)]).to_csv(folder / "ratings.csv", index=False)
    movies_for(movie).to_csv(folder / "movies.csv", index=False)
    return f"path:{folder}"


def wait(look, until, seconds=120):
    """What `look()` says as soon as `until` holds of it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        seen = look()
        if until(seen):
            return seen
        time.sleep(0.01)
    pytest.fail(f"waited {seconds} s in vain; last seen: {seen}")


def status_of(task, events):
    """What events add up to."""
    status = new_status("job", task)
    for event in events:
        status = fold(status, event)
    return status
