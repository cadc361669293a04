"""Small data with known answers, shared by the tests."""

import os
import resource

import numpy as np
import pandas as pd
import pytest

from recsys_core.data.catalog import load_ratings
from recsys_core.data.ratings import Ratings, from_frames

pytest_plugins = ["tests.browsing"]

# Where it is set, every server and command that a test starts compiles all of the project's modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

TINY = pd.DataFrame(
    {
        "userId": [11, 11, 2, 2, 31, 31, 4, 4, 52, 52, 61, 7, 7],
        "movieId": [1, 23, 23, 4, 1, 23, 1, 3, 1, 3, 3, 23, 3],
        "rating": [4, 5, 5, 3, 4, 4, 5, 2, 1, 4, 5, 1, 3],
    }
)


def movies_for(movie_ids) -> pd.DataFrame:
    ids = np.unique(movie_ids)
    return pd.DataFrame({"movieId": ids, "title": [f"Film {i} (1999)" for i in ids], "genres": "Drama"})


@pytest.fixture
def tiny() -> Ratings:
    """The hand-checkable table: 7 users, 4 movies, 13 ratings."""
    return from_frames(TINY, movies_for(TINY["movieId"]), name="tiny")


@pytest.fixture
def checkerboard() -> Ratings:
    """40 users × 30 movies: 5 stars where user and movie have the same parity, 1 where not. Rank 2, exactly."""
    user, movie = (grid.ravel() for grid in np.meshgrid(np.arange(40), np.arange(30), indexing="ij"))
    frame = pd.DataFrame({"userId": user, "movieId": movie, "rating": np.where((user + movie) % 2 == 0, 5.0, 1.0)})
    return from_frames(frame, movies_for(movie), name="checkerboard")


@pytest.fixture(scope="session")
def built_in() -> Ratings:
    """The MovieLens edition that ships with the app."""
    return load_ratings()


@pytest.fixture
def file_limit():
    """A function that lets no file grow beyond so many bytes, as a full disk does; no limit with None."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda n_bytes: resource.setrlimit(
        resource.RLIMIT_FSIZE, (before[0] if n_bytes is None else n_bytes, before[1])
    )
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
