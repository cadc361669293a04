"""Whom a movie pleases: its vector with era and popularity taken out, which is what people look at.

The vectors that predict best hold when a movie was rated and how often, which is right for predicting and wrong for
looking: neighbors become other hits of the same years. Both are partialled out: a regression of the vectors' directions
on them is subtracted, and what it does not explain is left. docs/quality.md has the method and its sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from recsys_core.data.split import Split
from recsys_core.errors import RecsysError
from recsys_core.runs.again import training_split
from recsys_core.runs.atomic import replacing
from recsys_core.runs.run import Run

TakenOut = Literal["era", "popularity"]

FEWEST_RATINGS = 20
"""Training ratings of the movies that the fit is made on: the vectors of rarer ones are mostly chance."""
N_SPANS = 4
"""Eras are taken together to so many spans of time: of more, the fit takes out what is chance."""
RIDGE = 0.1
"""How far the fit is held back, as a share of each number's variance: it must not take out what is chance."""
WEIGHT_OF_AXES = 0.35
"""The power of the standard deviation along a principal axis by which what is left counts there."""
_MOVIES_A_FEATURE = 10
"""The fit must have so many movies for each number it takes out, else it takes out what it should leave."""
_MOST_RATINGS_AGAIN = 2_000_000
"""Ratings that are read again at most for a run that was saved without its taste vectors."""
_KEPT = "taste.npz"


@dataclass(frozen=True, eq=False)
class Taste:
    """What is left of a run's movie vectors, and what was taken out."""

    vectors: np.ndarray
    """float32 `(n_movies, size)`: residuals of the vectors' directions; zero for a movie that nobody rated."""
    taken_out: tuple[TakenOut, ...]
    """("era", "popularity"); popularity alone where nothing is known of times; nothing where movies are too few."""
    eras: np.ndarray | None = None
    """float32 `(n_movies, n_eras)`: share of each movie's training ratings in each era, if era was taken out."""

    @property
    def in_words(self) -> str:
        """ "era and popularity", "popularity", or ""."""
        return " and ".join(self.taken_out)


def take_out(vectors: np.ndarray, n_ratings: np.ndarray, eras: np.ndarray | None = None) -> Taste:
    """Take popularity, and the `eras` if they are given, out of `vectors` `(n_movies, size)`.

    n_ratings: training ratings, `(n_movies,)`; eras: share of each movie's ratings in each era, `(n_movies, n_eras)`.
    What is left of the directions is weighed along its principal axes, each by a power of its standard deviation:
    along those in which movies differ little, it is mostly chance how they do. Nothing is taken out where there are
    fewer than ten movies with `FEWEST_RATINGS` for each of two numbers.
    """
    vectors = np.asarray(vectors, np.float32)
    removed, taken_out = taken_out_part(vectors, n_ratings, eras)
    if not taken_out:
        return Taste(vectors, ())
    left = (_unit(vectors) - removed).astype(np.float32)
    left[~vectors.any(axis=1)] = 0
    chosen, weight = _fitted(vectors, n_ratings)
    typical = _unit(left[chosen]).astype(np.float64)
    variances, axes = np.linalg.eigh(typical.T @ (weight[:, None] * typical))
    importance = np.maximum(variances / max(variances[-1], 1e-12), 0) ** (WEIGHT_OF_AXES / 2)
    weighed = left @ ((axes * importance) @ axes.T).astype(np.float32)
    return Taste(weighed, taken_out, eras if "era" in taken_out else None)


def taken_out_part(
    vectors: np.ndarray, n_ratings: np.ndarray, eras: np.ndarray | None
) -> tuple[np.ndarray, tuple[TakenOut, ...]]:
    """What era and popularity explain of the directions of `vectors`, float64 `(n_movies, size)`, and what they are.

    The mean direction, and a ridge regression on log-popularity and the shares of ratings in four spans of time: over
    the movies with `FEWEST_RATINGS`, each weighing as much as it has ratings.
    """
    n_ratings = np.asarray(n_ratings, np.float64)
    chosen, weight = _fitted(vectors, n_ratings)
    features, taken_out = _features(n_ratings, eras, len(chosen))
    if not taken_out:
        return np.zeros(np.shape(vectors)), ()
    directions = _unit(vectors[chosen]).astype(np.float64)
    centered = features - weight @ features[chosen]
    mean = weight @ directions
    weighed = (weight[:, None] * centered[chosen]).T
    products = weighed @ centered[chosen]
    held_back = np.diag(RIDGE * np.diag(products) + 1e-9)
    effects = np.linalg.solve(products + held_back, weighed @ (directions - mean))
    return mean + centered @ effects, taken_out


def taste_of_split(split: Split, vectors: np.ndarray) -> Taste:
    """The taste in `vectors` `(n_movies, size)` that were trained on `split`."""
    return take_out(vectors, split.movies["n_train_ratings"].to_numpy(), split.movie_eras)


def taste_of(run: Run) -> Taste:
    """The taste vectors of `run`, as they were saved with it.

    For a run that was saved without any they are computed from its ratings, if these can be read again at once, and
    kept in its cache; if not, nothing is taken out. Raises `RunError` if the run is gone or damaged.
    """
    if run.has("movie_taste.npy"):
        if run.has("movie_eras.npy"):
            return Taste(run.movie_taste, ("era", "popularity"), run.movie_eras)
        return Taste(run.movie_taste, ("popularity",))
    nothing = Taste(run.movie_vectors, ())
    counts = run.movies["n_ratings"].to_numpy()
    is_worth_it = (counts >= FEWEST_RATINGS).sum() >= 2 * _MOVIES_A_FEATURE
    if not is_worth_it or run.info.data.n_ratings > _MOST_RATINGS_AGAIN or run.info.status == "diverged":
        return nothing
    return _kept(run) or _computed_again(run) or nothing


def taste_like(run: Run, vectors: np.ndarray) -> np.ndarray:
    """What is left of other `vectors` `(n_movies, size)` of the movies of `run`, such as those after one of its epochs.

    The same is taken out of them as of those it was saved with.
    """
    taste = taste_of(run)
    return take_out(vectors, train_counts(run), taste.eras).vectors if taste.taken_out else vectors


def train_counts(run: Run) -> np.ndarray:
    """Training ratings of each movie of `run`, `(n_movies,)`; all its ratings where that is not known."""
    movies = run.movies
    return movies["n_train_ratings" if "n_train_ratings" in movies else "n_ratings"].to_numpy()


def _fitted(vectors: np.ndarray, n_ratings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows that the fit is made on, and the weight of each; the weights add up to one."""
    n_ratings = np.asarray(n_ratings, np.float64)
    chosen = np.flatnonzero(np.asarray(vectors).any(axis=1) & (n_ratings >= FEWEST_RATINGS))
    weight = n_ratings[chosen]
    return chosen, weight / max(weight.sum(), 1)


def _features(n_ratings: np.ndarray, eras: np.ndarray | None, n_fitted: int) -> tuple[np.ndarray, tuple[TakenOut, ...]]:
    """A column for each number that is taken out, and what they are."""
    popularity = np.log1p(n_ratings)
    affordable = n_fitted // _MOVIES_A_FEATURE
    if affordable < 2:
        return popularity[:, None], ()
    if eras is None:
        return popularity[:, None], ("popularity",)
    shares = np.asarray(eras, np.float64)
    while shares.shape[1] > min(N_SPANS, affordable):
        shares = shares[:, 0::2] + shares[:, 1::2]
    # The shares of a movie add up to one: the last of them follows from the others.
    return np.column_stack([popularity, shares[:, :-1]]), ("era", "popularity")


def _unit(vectors: np.ndarray) -> np.ndarray:
    """float32 rows of `vectors` scaled to length 1; zero rows stay zero."""
    vectors = np.asarray(vectors, np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


def _kept(run: Run) -> Taste | None:
    """What was computed before; None for what cannot be read, or is of other vectors: it can be computed again."""
    try:
        with np.load(run.cache_dir / _KEPT, allow_pickle=False) as kept:
            vectors, taken_out = kept["vectors"], tuple(kept["taken_out"].tolist())
            eras = kept["eras"] if kept["eras"].size else None
    except Exception:
        return None
    fits = vectors.shape == run.movie_vectors.shape and bool(np.isfinite(vectors).all())
    return Taste(vectors, taken_out, eras) if fits else None


def _computed_again(run: Run) -> Taste | None:
    try:
        taste = taste_of_split(training_split(run)[1], np.asarray(run.movie_vectors))
    except RecsysError:
        # Its ratings are gone or changed: the run opens all the same.
        return None
    try:
        run.cache_dir.mkdir(exist_ok=True)
        with replacing(run.cache_dir / _KEPT) as temporary, temporary.open("wb") as file:
            eras = np.empty(0) if taste.eras is None else taste.eras
            np.savez(file, vectors=taste.vectors, taken_out=np.array(taste.taken_out, np.str_), eras=eras)
    except OSError:
        # It is computed again the next time.
        pass
    return taste
