"""Recommendations for a person: their ratings folded into a trained model, then the movies they would rate best."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import pandas as pd

from recsys_core.data.ratings import Ratings
from recsys_core.errors import QueryError, quoted
from recsys_core.explore.choosing import choice_scores, closeness
from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.explore.labels import genres_of
from recsys_core.explore.nearest import unit_rows
from recsys_core.explore.predictions import find_user, users
from recsys_core.models.rated_movies import user_vectors
from recsys_core.models.registry import USER_EMBEDDING
from recsys_core.models.scoring import score_terms, stars_slope, to_stars, total_score
from recsys_core.runs.run import Run
from recsys_core.runs.taste import taste_of
from recsys_core.runs.weights import load_model

FOLD_IN_PENALTY = 0.1
"""Least row penalty of a fold-in, where the run's own is smaller."""
FOLD_IN_PRIOR = 20
"""Ratings' worth by which a guest is held near the run's mean user: a few ratings alone would bend the vector to
wherever they fit."""
MOST_EVALUATIONS = 100
"""At most so many times is a model asked while a guest is fitted into it; a dozen do."""
MOST_CANDIDATES = 200
"""Movies among which suggestions, and a varied list, are chosen."""
A_STAR = 0.5
"""What a predicted star counts beside the logarithm of how likely a movie is chosen; from the same trials as
`choosing.PENALTY`, where a whole one did as well."""
CLOSENESS = 3.0
"""What a cosine of 1 counts beside it. 0 finds 3% more of what people like, and other hits beside the animated films
that somebody loves: this keeps to their taste."""
Ranking = Literal["choice", "stars"]
TERMS = ("user_bias", "movie_bias", "dot")


@dataclass(frozen=True)
class Person:
    """Somebody the model can predict for: a user of the run, or a guest folded into it."""

    vector: np.ndarray = field(repr=False)
    """float32 `(user embedding size,)`."""
    bias: float
    """0 where the architecture has no biases."""
    rated: Mapping[int, float] = field(repr=False)
    """Row of the run's movies -> stars. These are never recommended."""
    notes: tuple[str, ...] = ()
    """What the person should know, one sentence each."""


def fold_in(run: Run, stars: Mapping[int, float]) -> Person:
    """A guest with ratings `stars` (row of a movie -> stars), fitted into the model while all else stays as it is.

    For dot products: the vector p and bias b that minimize Σ (r − r̂)² + λ·(n + n₀)·(‖p − p̄‖² + (b − b̄)²) over the n
    ratings, p̄ and b̄ the means over the run's users, λ its row penalty or `FOLD_IN_PENALTY` if that is more, n₀
    `FOLD_IN_PRIOR`, by Levenberg-Marquardt: in one step, as ridge regression, without a stretched sigmoid. Where users
    are described by the movies they rated the vector is `rated_movies.user_vectors`', and only b is fitted. For
    networks the same sum without b, r̂ and its slopes through Keras; call it on the thread that owns TensorFlow then
    (`worker.call`). Raises `QueryError` if there is no usable rating.
    """
    rows, values, notes = _usable(run, stars)
    if run.info.prediction.is_dot:
        vector, bias = _fold_into_dot(run, rows, values)
    else:
        vector, bias = _fold_into_network(run, rows, values), 0.0
    return Person(vector, bias, dict(stars), notes)


def average_person(run: Run) -> Person:
    """The mean of the run's users, of whom nothing is known: what a guest starts from."""
    vector = np.mean(run.user_vectors, axis=0, dtype=np.float64)
    return Person(np.asarray(vector, np.float32), _mean_user_bias(run), {})


def user_of_run(run: Run, user_id: int, ratings: Ratings | None = None) -> Person:
    """The user called `user_id` as trained; `ratings` tells what they have rated. Raises `QueryError`."""
    row = find_user(run, user_id)
    about = users(run).iloc[row]
    rated: dict[int, float] = {}
    if ratings is not None:
        theirs = ratings.user_id == user_id
        ids = run.movies["movie_id"].to_numpy()
        place = np.searchsorted(ids, ratings.movie_id[theirs]).clip(0, len(ids) - 1)
        known = ids[place] == ratings.movie_id[theirs]
        rated = dict(zip(place[known].tolist(), ratings.rating[theirs][known].tolist(), strict=True))
    notes = ("This user has no training rating: only the movies' biases speak.",) if about["n_ratings"] == 0 else ()
    return Person(np.array(run.user_vectors[row]), float(np.nan_to_num(about["bias"])), rated, notes)


def recommend(
    run: Run,
    person: Person,
    k: int = 20,
    min_ratings: int = MIN_RATINGS,
    *,
    by: Ranking = "choice",
    diversity: float = 0.0,
    left_in: bool = False,
) -> pd.DataFrame:
    """The `k` movies that suit `person` best, who has not rated them, best first.

    By "choice", the logarithm of how likely they are to choose it (`choosing.choice_scores`), `CLOSENESS` times how
    close it is to what they rated (`choosing.closeness`) and `A_STAR` times the predicted rating; by "stars", that
    rating alone, which finds less of what people like than popularity does (`python -m benchmarks.recommend`).

    With `diversity` above 0 each movie gives up so many stars times its highest cosine, in taste or with era `left_in`,
    with those before it: Carbonell and Goldstein 1998, "The use of MMR". Half a star is much by stars, and four by
    choice, which tells movies further apart.

    Columns: index, movie_id, title, year, genres, n_ratings, mean_rating, rating (predicted, in stars), and for dot
    products its parts in stars: mean, user_bias, movie_bias, dot, which add up to it. Movies without a training rating
    are left out. For networks: on the thread that owns TensorFlow. Raises `QueryError` if no movie is left.
    """
    movies = run.movies
    allowed = (movies["n_ratings"].to_numpy() >= min_ratings) & ~_untrained(run)
    allowed[list(person.rated)] = False
    rows = np.flatnonzero(allowed)
    if len(rows) == 0:
        raise QueryError(f"There must be unrated movies with {min_ratings} ratings or more. Received: none in this run")
    predicted = predict_for(run, person, rows)
    ratings = predicted["rating"].to_numpy()
    scores = ratings if by == "stars" else ratings + _suits(run, person, rows) / A_STAR
    order = np.lexsort((rows, -scores))
    if diversity > 0:
        best = order[:MOST_CANDIDATES]
        order = best[_varied(scores[best], _directions(run, rows[best], left_in), diversity, k)]
    order = order[:k]
    about = movies.loc[rows[order], ["movie_id", "title", "year", "genres", "n_ratings", "mean_rating"]]
    about.insert(0, "index", rows[order])
    return pd.concat([about.reset_index(drop=True), predicted.iloc[order].reset_index(drop=True)], axis=1)


def suggestions(movies: pd.DataFrame, left_out: Collection[int], k: int) -> pd.DataFrame:
    """`k` well-known movies to be asked about, of as many kinds as can be; without those whose ids are `left_out`.

    Each is the most rated one, where a movie counts by the share of its genres that none before it has, and a tenth.
    """
    known = movies[~movies["movie_id"].isin(list(left_out))]
    known = known.iloc[np.argsort(-known["n_ratings"].to_numpy(), kind="stable")[:MOST_CANDIDATES]]
    genres = [set(own) for own in genres_of(known)]
    n_ratings = known["n_ratings"].to_numpy(np.float64)
    covered: set[str] = set()
    chosen: list[int] = []
    while len(chosen) < min(k, len(known)):
        news = np.array([len(own - covered) / max(len(own), 1) for own in genres])
        score = n_ratings * (news + 0.1)
        score[chosen] = -1
        chosen.append(int(score.argmax()))
        covered |= genres[chosen[-1]]
    return known.iloc[chosen]


def _suits(run: Run, person: Person, rows: np.ndarray) -> np.ndarray:
    """How likely `rows` are chosen, among them and what the person has rated, and how close they are to the latter."""
    everything = np.union1d(rows, np.fromiter(person.rated, np.intp, len(person.rated)))
    everything = everything[~_untrained(run)[everything]]
    chosen = choice_scores(run, person.rated, everything)[np.searchsorted(everything, rows)]
    return chosen + CLOSENESS * closeness(run, person.rated, rows)


def _varied(ratings: np.ndarray, directions: np.ndarray, diversity: float, k: int) -> np.ndarray:
    """Places of `k` of `ratings` `(n,)`, one after the other, of movies with `directions` `(n, size)`."""
    chosen: list[int] = []
    closest = np.zeros(len(ratings))
    for _ in range(min(k, len(ratings))):
        score = ratings - diversity * closest
        score[chosen] = -np.inf
        chosen.append(int(score.argmax()))
        closest = np.maximum(closest, directions @ directions[chosen[-1]])
    return np.array(chosen, np.intp)


def _directions(run: Run, rows: np.ndarray, left_in: bool) -> np.ndarray:
    return unit_rows((run.movie_vectors if left_in else taste_of(run).vectors)[rows])


def predict_for(run: Run, person: Person, rows: np.ndarray) -> pd.DataFrame:
    """Predicted ratings of the movies in `rows` `(n,)`: column rating in stars, and for dot products its parts.

    The parts are the prediction of the bare mean, and what user bias, movie bias and dot product add to it. Through a
    sigmoid what a term adds depends on the others: it is the mean over all orders of adding them (Shapley values).
    """
    how = run.info.prediction
    if not how.is_dot:
        return pd.DataFrame({"rating": _network_ratings(run, person.vector, rows)})
    movie_bias = np.nan_to_num(run.movies["bias"].to_numpy(np.float64))[rows]
    terms = score_terms(person.vector, run.movie_vectors[rows], person.bias, movie_bias, how.offset)
    parts = _shares(terms, how.offset, how.output_range)
    return pd.DataFrame({"rating": to_stars(total_score(terms), how.output_range), **parts})


def place_on_map(
    run: Run, person: Person, points: np.ndarray, k: int = 10, min_ratings: int = MIN_RATINGS
) -> np.ndarray:
    """Where `person` lands on a map with `points` `(n_movies, dimensions)`: amid the `k` movies most to their taste.

    Taste is the dot product for dot products, and the predicted rating otherwise. Rows of NaN in `points` count as not
    on the map. Raises `QueryError` if no movie is on it.
    """
    allowed = np.isfinite(points).all(axis=1) & (run.movies["n_ratings"].to_numpy() >= min_ratings) & ~_untrained(run)
    rows = np.flatnonzero(allowed)
    if len(rows) == 0:
        raise QueryError(f"The map must show movies with {min_ratings} ratings or more. Received: none")
    predicted = predict_for(run, person, rows)
    taste = predicted["dot" if "dot" in predicted else "rating"].to_numpy()
    if np.ptp(taste) == 0:
        # A person of no taste yet, such as one described by a single rating: amid what they rated.
        rows = np.intersect1d(rows, list(person.rated)) if set(rows) & set(person.rated) else rows
        return points[rows].mean(axis=0)
    return points[rows[np.argsort(-taste, kind="stable")[:k]]].mean(axis=0)


def _usable(run: Run, stars: Mapping[int, float]) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    low, high = run.info.data.rating_min, run.info.data.rating_max
    for row, value in stars.items():
        if not 0 <= row < len(run.movies):
            raise QueryError(f"A rated movie must be a row of this run, 0 to {len(run.movies) - 1}. Received: {row}")
        if not low <= value <= high:
            raise QueryError(f"A rating must be from {low:g} to {high:g} stars. Received: {quoted(value)}")
    if not stars:
        raise QueryError("There must be at least one rating to recommend from. Received: none")
    rows = np.fromiter(stars, np.intp)
    values = np.fromiter(stars.values(), np.float64)
    untrained = _untrained(run)[rows]
    notes: list[str] = []
    titles = ", ".join(run.movies["title"].iloc[rows[untrained]])
    if untrained.any():
        notes.append(
            f"Nobody rated {titles} in training, so the model has learned nothing about it: it does not count."
        )
    rows, values = rows[~untrained], values[~untrained]
    if len(rows) == 0:
        raise QueryError(
            f"At least one rated movie must have training ratings. Received: {titles}, which nobody rated in training"
        )
    if len(rows) > 1 and np.ptp(values) == 0:
        notes.append(
            "All ratings are equal: they say how high you rate, and little about what you prefer. "
            "Rate something you like less, or more."
        )
    return rows, values, tuple(notes)


def _untrained(run: Run) -> np.ndarray:
    """bool `(n_movies,)`: the movies without a training rating, whose vectors say nothing."""
    if "n_train_ratings" in run.movies:
        return run.movies["n_train_ratings"].to_numpy() == 0
    return np.linalg.norm(run.movie_vectors, axis=1) == 0


def _fold_into_dot(run: Run, rows: np.ndarray, stars: np.ndarray) -> tuple[np.ndarray, float]:
    how = run.info.prediction
    has_bias = bool(run.movies["bias"].notna().any())
    fixed = how.offset + np.nan_to_num(run.movies["bias"].to_numpy(np.float64))[rows]
    vectors = np.asarray(run.movie_vectors[rows], np.float64)
    average = average_person(run)
    described = np.empty(0)
    if how.reads_ratings:
        surprise = stars - to_stars(fixed, how.output_range)
        described = user_vectors(np.zeros(len(rows), np.intp), np.arange(len(rows)), surprise, vectors, 1)[0][0]
        fixed = fixed + vectors @ described
        vectors = vectors[:, :0]
    design = np.column_stack([vectors, np.full(len(rows), float(has_bias))])
    prior = np.append(average.vector.astype(np.float64)[: vectors.shape[1]], average.bias)

    def predicted(theta: np.ndarray) -> np.ndarray:
        return to_stars(fixed + design @ theta, how.output_range)

    def slope(theta: np.ndarray) -> np.ndarray:
        return stars_slope(fixed + design @ theta, how.output_range)[:, None] * design

    theta = _ridge(predicted, slope, stars, prior, _penalty(run, len(rows)))
    return np.append(described, theta[:-1]).astype(np.float32), float(theta[-1])


def _ridge(
    predicted: Callable[[np.ndarray], np.ndarray],
    slope: Callable[[np.ndarray], np.ndarray],
    stars: np.ndarray,
    prior: np.ndarray,
    penalty: float,
) -> np.ndarray:
    """The theta `(size,)` near `prior` that minimizes Σ (predicted(theta) − stars)² + penalty·‖theta − prior‖².

    `slope(theta)` `(n, size)` is the derivative of `predicted(theta)` `(n,)`.
    """
    from scipy.optimize import least_squares  # Half a second, which a page opened with no rating yet has no use for.

    weight = np.sqrt(penalty)
    ridge = weight * np.eye(len(prior))
    found = least_squares(
        lambda theta: np.concatenate([predicted(theta) - stars, weight * (theta - prior)]),
        prior,
        jac=cast(Any, lambda theta: np.vstack([slope(theta), ridge])),
        method="lm",
        # What a network computes in float32 is no more exact.
        ftol=1e-6,
        max_nfev=MOST_EVALUATIONS,
    )
    return found.x


def _penalty(run: Run, n_ratings: int) -> float:
    return max(FOLD_IN_PENALTY, run.info.config.row_penalty) * (n_ratings + FOLD_IN_PRIOR)


def _mean_user_bias(run: Run) -> float:
    bias = users(run)["bias"]
    return float(bias.mean()) if bias.notna().any() else 0.0


def _shares(
    terms: Mapping[str, np.ndarray], offset: float, output_range: tuple[float, float] | None
) -> dict[str, np.ndarray]:
    start = np.full(len(terms["dot"]), float(offset))
    shares = {"mean": to_stars(start, output_range), **{name: np.zeros(len(start)) for name in TERMS}}
    orders = list(itertools.permutations(TERMS))
    for order in orders:
        total = start
        for name in order:
            shares[name] += (to_stars(total + terms[name], output_range) - to_stars(total, output_range)) / len(orders)
            total = total + terms[name]
    return shares


def _fold_into_network(run: Run, rows: np.ndarray, stars: np.ndarray) -> np.ndarray:
    from recsys_core.training.backend import tensorflow

    tf, _ = tensorflow()
    model, table = _scratch_model(run.path, run.stamp)
    user, movie = np.zeros(len(rows), np.int32), rows.astype(np.int32)

    def predicted(row: np.ndarray) -> np.ndarray:
        _set_guest(table, row.astype(np.float32))
        return model([user, movie], training=False)[:, 0].numpy().astype(np.float64)

    def slope(row: np.ndarray) -> np.ndarray:
        _set_guest(table, row.astype(np.float32))
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(model([user, movie], training=False))
        # Every rating looks the guest's row up for itself, so the slices are the slopes of the ratings one by one.
        return tape.gradient(total, table.value).values.numpy().astype(np.float64)

    prior = np.asarray(average_person(run).vector, np.float64)
    return _ridge(predicted, slope, stars, prior, _penalty(run, len(rows))).astype(np.float32)


def _network_ratings(run: Run, vector: np.ndarray, rows: np.ndarray) -> np.ndarray:
    model, table = _scratch_model(run.path, run.stamp)
    _set_guest(table, vector)
    return model.predict([np.zeros(len(rows), np.int32), rows.astype(np.int32)], batch_size=65_536, verbose=0)[:, 0]


def _set_guest(table: Any, vector: np.ndarray) -> None:
    """Row 0 of a model of one's own stands for the guest."""
    table.value.scatter_nd_update([[0]], [vector])


@lru_cache(maxsize=1)
def _scratch_model(path: Path, stamp: int) -> tuple[Any, Any]:
    model = load_model(Run(path))
    return model, model.get_layer(USER_EMBEDDING).embeddings
