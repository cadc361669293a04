"""The predictions of two runs against each other: on ratings that neither was trained on, and where they disagree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from recsys_core.compare.movies import shared_movies
from recsys_core.errors import Cancelled, DataError, QueryError, RunError
from recsys_core.explore.evidence import has_few_ratings
from recsys_core.explore.predictions import predict_pairs, users
from recsys_core.runs.again import training_split
from recsys_core.runs.run import Run

LEAST_RATINGS = 100
"""Validation ratings that two runs share at least to be compared by; with fewer, pairs are drawn."""
MOST_PAIRS = 50_000
"""More are not compared: a sample of them says the same."""
DRAWN_PAIRS = 20_000
Source = Literal["validation", "drawn"]


@dataclass(frozen=True, eq=False)
class PredictionComparison:
    """What two runs expect of the same users and movies."""

    pairs: pd.DataFrame = field(repr=False)
    """A row a user and movie: user_id, movie_id, title, year, n_ratings, rating (in stars; NaN where nobody knows),
    first, second (what either run predicts, in stars) and difference (second less first)."""
    source: Source
    """Where the pairs are from: "validation" ratings of both runs, or "drawn" among users and movies that both know."""
    n_shared: int
    """Validation ratings that both runs share."""

    @property
    def mean_difference(self) -> float:
        """Mean distance of the two predictions, in stars."""
        return float(self.pairs["difference"].abs().mean())

    @property
    def correlation(self) -> float:
        """Pearson's r of the two; NaN where one run predicts the same for all."""
        columns = self.pairs[["first", "second"]].to_numpy()
        return float(np.corrcoef(columns.T)[0, 1]) if (np.ptp(columns, axis=0) > 0).all() else np.nan

    @property
    def mean_errors(self) -> tuple[float, float]:
        """Mean distance of either run's predictions from the ratings, in stars; NaN for drawn pairs."""
        first, second = ((self.pairs[name] - self.pairs["rating"]).abs().mean() for name in ("first", "second"))
        return float(first), float(second)

    @property
    def share_nearer(self) -> float:
        """Share of the ratings that the second run's prediction is nearer to; NaN for drawn pairs."""
        if self.source == "drawn":
            return np.nan
        first, second = ((self.pairs[name] - self.pairs["rating"]).abs() for name in ("first", "second"))
        return float((second < first).mean())

    def largest(self, top: int) -> pd.DataFrame:
        """The `top` pairs whose predictions lie farthest apart, a movie and a user at most once; rows of `pairs`."""
        order = np.argsort(-self.pairs["difference"].abs().to_numpy(), kind="stable")
        ranked = self.pairs.iloc[order]
        ranked = ranked[~ranked.duplicated("movie_id")]
        return ranked[~ranked.duplicated("user_id")].head(top)


def is_for_tensorflow(first: Run, second: Run) -> bool:
    """Whether the predictions of either need the thread that owns TensorFlow. Raises `RunError`."""
    return not (first.info.prediction.is_dot and second.info.prediction.is_dot)


def compare_predictions(
    first: Run,
    second: Run,
    *,
    on_progress: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> PredictionComparison:
    """Let both runs predict the same ratings.

    Those are the validation ratings that both runs share, `MOST_PAIRS` of them at most. Where there are fewer than
    `LEAST_RATINGS`, or the data is not there any more, pairs of users and movies that both know are drawn instead,
    movies with `MIN_RATINGS` training ratings where there are such. For networks: on the thread that owns TensorFlow.
    Raises `QueryError` for runs on different data, whose users are not the same people, or saved without their users.
    """
    progress, stop = on_progress or (lambda share: None), should_stop or (lambda: False)
    _check(first, second)
    rng = np.random.default_rng(0)
    shared_ratings = _shared_validation(first, second, stop)
    progress(0.5)
    n_shared = len(shared_ratings)
    source: Source = "validation" if n_shared >= LEAST_RATINGS else "drawn"
    pairs = shared_ratings if source == "validation" else _drawn(first, second, rng)
    if len(pairs) > MOST_PAIRS:
        pairs = pairs.iloc[np.sort(rng.choice(len(pairs), MOST_PAIRS, replace=False))].reset_index(drop=True)
    for column, run, done in (("first", first, 0.75), ("second", second, 1.0)):
        _stop_if(stop)
        pairs[column] = np.asarray(predict_pairs(run, *_rows(run, pairs)), np.float64)
        progress(done)
    about = first.movies.set_index("movie_id").loc[pairs["movie_id"], ["title", "year", "n_ratings"]]
    pairs = pd.concat([pairs, about.reset_index(drop=True)], axis=1)
    return PredictionComparison(pairs.assign(difference=pairs["second"] - pairs["first"]), source, n_shared)


def _check(first: Run, second: Run) -> None:
    sets = [run.data_set for run in (first, second)]
    if (sets[0].fingerprint or sets[0].id) != (sets[1].fingerprint or sets[1].id):
        raise QueryError(
            "Two runs must be of the same data for their predictions to be compared: a user's number means another "
            f"person elsewhere. Received: {sets[0].name} and {sets[1].name}, which are not the same."
        )
    for run in (first, second):
        if not run.has("users.parquet"):
            raise QueryError(
                f"Both runs must know their users. Received: {run.label}, which was saved without; train it again."
            )


def _shared_validation(first: Run, second: Run, stop: Callable[[], bool]) -> pd.DataFrame:
    """user_id, movie_id and rating of the ratings in both runs' validation sets; empty if they cannot be read again."""
    tables = []
    for run in (first, second):
        _stop_if(stop)
        try:
            _, split = training_split(run)
        except (DataError, RunError):
            return pd.DataFrame({"user_id": [], "movie_id": [], "rating": []})
        held = split.validation
        tables.append(
            pd.DataFrame(
                {
                    "user_id": split.user_ids[held.user],
                    "movie_id": split.movies["movie_id"].to_numpy()[held.movie],
                    "rating": held.rating.astype(np.float64),
                }
            )
        )
    return (
        tables[0]
        .merge(tables[1][["user_id", "movie_id"]], on=["user_id", "movie_id"])
        .drop_duplicates(["user_id", "movie_id"], ignore_index=True)
    )


def _drawn(first: Run, second: Run, rng: np.random.Generator) -> pd.DataFrame:
    """Random pairs of shared users and movies."""
    movies = shared_movies(first.movies, second.movies)
    is_rare = has_few_ratings(first.movies)[movies.rows[0]] | has_few_ratings(second.movies)[movies.rows[1]]
    ids = movies.movies["movie_id"].to_numpy()
    ids = ids[~is_rare] if (~is_rare).any() else ids
    people = np.intersect1d(users(first)["user_id"], users(second)["user_id"])
    if not len(people):
        raise QueryError("Two runs must have users in common for their predictions to be compared. Received: none.")
    pairs = pd.DataFrame({"user_id": rng.choice(people, DRAWN_PAIRS), "movie_id": rng.choice(ids, DRAWN_PAIRS)})
    return pairs.drop_duplicates(ignore_index=True).assign(rating=np.nan)


def _rows(run: Run, pairs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Rows of users and movies in `run`, which has them all."""
    user_ids = users(run)["user_id"].to_numpy()
    by_id = np.argsort(user_ids)
    user = by_id[np.searchsorted(user_ids[by_id], pairs["user_id"])]
    movie = np.searchsorted(run.movies["movie_id"].to_numpy(), pairs["movie_id"])
    return user.astype(np.int32), movie.astype(np.int32)


def _stop_if(stop: Callable[[], bool]) -> None:
    if stop():
        raise Cancelled("The comparison of predictions was cancelled.")
