"""Ratings predicted by a saved run: the terms of a dot product from its arrays, any other model through Keras."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from recsys_core.errors import QueryError
from recsys_core.models.scoring import score_terms, to_stars, total_score
from recsys_core.runs.run import Run
from recsys_core.runs.weights import load_model


def rating_terms(run: Run, user_index: int, movie_index: np.ndarray) -> pd.DataFrame:
    """What makes up each predicted rating of a dot-product run: a row for each position of `movie_index` `(n,)`.

    Columns `offset, user_bias, movie_bias, dot`, whose sum goes through the stretched sigmoid where the run has one,
    and `rating` in stars. Raises `QueryError` for a run that is no dot product.
    """
    how = run.info.prediction
    if not how.is_dot:
        raise QueryError(f"Terms must come from a dot product. Received: architecture {run.info.config.architecture}")
    movie_bias = np.nan_to_num(run.movies["bias"].to_numpy(np.float64))[movie_index]
    user_bias = float(np.nan_to_num(users(run)["bias"].iloc[user_index]))
    vectors = run.user_vectors[user_index], run.movie_vectors[movie_index]
    terms = score_terms(*vectors, user_bias, movie_bias, how.offset)
    return pd.DataFrame(terms).assign(rating=to_stars(total_score(terms), how.output_range))


def predict(run: Run, user_id: int, movie_index: np.ndarray) -> np.ndarray:
    """Predicted ratings in stars `(n,)` of the movies in rows `movie_index` for the user called `user_id`.

    For a run that is no dot product this loads the Keras model: call it on the worker thread, `worker.call`.
    Raises `QueryError` for a user who is not in the run.
    """
    user_index = find_user(run, user_id)
    if run.info.prediction.is_dot:
        return rating_terms(run, user_index, movie_index)["rating"].to_numpy()
    model = _model(run.path, run.stamp)
    user = np.full(len(movie_index), user_index, np.int32)
    return np.asarray(model([user, np.asarray(movie_index, np.int32)], training=False))[:, 0]


def predict_pairs(run: Run, user_index: np.ndarray, movie_index: np.ndarray) -> np.ndarray:
    """Predicted ratings in stars `(n,)` of pairs of rows of the run. The worker thread, as for `predict`."""
    how = run.info.prediction
    if not how.is_dot:
        model = _model(run.path, run.stamp)
        return model.predict([user_index, movie_index], batch_size=65_536, verbose=0)[:, 0]
    user_bias = np.nan_to_num(users(run)["bias"].to_numpy(np.float64))[user_index]
    movie_bias = np.nan_to_num(run.movies["bias"].to_numpy(np.float64))[movie_index]
    vectors = run.user_vectors[user_index], run.movie_vectors[movie_index]
    return to_stars(total_score(score_terms(*vectors, user_bias, movie_bias, how.offset)), how.output_range)


def find_user(run: Run, user_id: int) -> int:
    """The row of a user. Raises `QueryError`."""
    found = np.flatnonzero(users(run)["user_id"].to_numpy() == user_id)
    if len(found) == 0:
        ids = users(run)["user_id"]
        raise QueryError(
            f"A user must be one of the run's {len(ids):,} ({ids.min()} to {ids.max()}). Received: {user_id}"
        )
    return int(found[0])


def users(run: Run) -> pd.DataFrame:
    """Row i describes row i of the user embeddings: user_id, n_ratings, mean_rating, bias."""
    return _users(run.path, run.stamp)


@lru_cache(maxsize=4)
def _users(path: Path, stamp: int) -> pd.DataFrame:
    return Run(path).users


@lru_cache(maxsize=2)
def _model(path: Path, stamp: int):
    return load_model(Run(path))
