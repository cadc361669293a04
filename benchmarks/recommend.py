"""What For you finds of what people like: held-out users, half of their ratings folded in, the other half to be found.

    python -m benchmarks.recommend [PRESET …] [--data FOLDER] [--seeds 0 1 2]

A fifth of the users is held out: nothing of them is in training (strong generalization, as Liang et al. 2018,
"Variational autoencoders for collaborative filtering", whose recall and NDCG these are). Of each a random half of the
ratings is told, and all movies with 20 ratings that are not among them are ranked, as the page ranks them. To be found
is what the person gave four stars or more in the other half.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.report import Report
from recsys_core.data.catalog import load_ratings
from recsys_core.data.ratings import Ratings
from recsys_core.data.split import Split, split_ratings
from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.explore.recommend import fold_in, recommend
from recsys_core.quality import measures
from recsys_core.runs.run import Run
from recsys_core.runs.writer import train
from recsys_core.settings.presets import find_preset

SHARE_HELD_OUT = 0.2
LIKED = 4.0
K = 10
DAMPING = 10.0
"""Ratings' worth by which a movie's mean is held near that of all, as in LensKit's damped biases."""


def without(ratings: Ratings, users: np.ndarray) -> Ratings:
    """`ratings` but those of `users`."""
    kept = ~np.isin(ratings.user_id, users)
    return dataclasses.replace(
        ratings,
        user_id=ratings.user_id[kept],
        movie_id=ratings.movie_id[kept],
        rating=ratings.rating[kept],
        timestamp=ratings.timestamp[kept],
    )


def halves(
    run: Run, ratings: Ratings, users: np.ndarray, rng: np.random.Generator
) -> Iterator[tuple[dict[int, float], np.ndarray]]:
    """Of each of `users` the half that is told (row -> stars), and the rows of what they liked in the other half."""
    ids = run.movies["movie_id"].to_numpy()
    trained = run.movies["n_train_ratings"].to_numpy() > 0
    shown = run.movies["n_ratings"].to_numpy() >= MIN_RATINGS
    order = np.argsort(ratings.user_id, kind="stable")
    starts = np.searchsorted(ratings.user_id, [users, users + 1], sorter=order)
    for start, end in starts.T:
        theirs = rng.permutation(order[start:end])
        rows = np.searchsorted(ids, ratings.movie_id[theirs]).clip(0, len(ids) - 1)
        known = (ids[rows] == ratings.movie_id[theirs]) & trained[rows]
        rows, stars = rows[known], ratings.rating[theirs][known]
        half = len(rows) // 2
        liked = rows[half:][(stars[half:] >= LIKED) & shown[rows[half:]]]
        if half and len(liked):
            yield dict(zip(rows[:half].tolist(), stars[:half].tolist(), strict=True)), liked


class Rankings:
    """Each way to rank, from the same training ratings: the first `K` rows for somebody who rated `told`."""

    def __init__(self, run: Run, split: Split) -> None:
        self._run = run
        counts = run.movies["n_ratings"].to_numpy()
        self._rows = np.flatnonzero(counts >= MIN_RATINGS)
        by_user = measures.rating_matrix(split.train, split.n_movies, split.n_users)
        lengths = np.sqrt(np.asarray(by_user.multiply(by_user).sum(axis=1))).ravel()
        self._unit = by_user.multiply(1 / np.maximum(lengths, 1e-12)[:, None]).tocsr()
        train_counts = np.bincount(split.train.movie, minlength=split.n_movies)
        above = np.bincount(split.train.movie, split.train.rating - split.train_mean, split.n_movies)
        self._popularity = train_counts.astype(np.float64)
        self._damped = above / (train_counts + DAMPING)

    def of(self, told: dict[int, float]) -> dict[str, np.ndarray]:
        rated, stars = np.fromiter(told, np.intp), np.fromiter(told.values(), np.float64)
        item_cosine = np.asarray(self._unit[self._rows] @ (self._unit[rated].T @ stars)).ravel()
        person = fold_in(self._run, told)
        plain = {
            "popularity": self._popularity[self._rows],
            "damped biases": self._damped[self._rows],
            "item-item cosine": item_cosine,
        }
        found = {name: self._first(scores, rated) for name, scores in plain.items()}
        for by, name in (("stars", "by predicted stars"), ("choice", "as For you ranks")):
            best = recommend(self._run, person, K, by=by)
            found[name] = best["index"].to_numpy()
        return found

    def _first(self, scores: np.ndarray, rated: np.ndarray) -> np.ndarray:
        kept = ~np.isin(self._rows, rated)
        return self._rows[kept][np.argsort(-scores[kept], kind="stable")[:K]]


def recall_and_ndcg(found: np.ndarray, liked: np.ndarray) -> tuple[float, float]:
    """Recall@k, of at most k that can be found, and NDCG@k with gains of 0 and 1."""
    hits = np.isin(found, liked)
    discounts = 1 / np.log2(np.arange(2, K + 2))
    most = min(K, len(liked))
    return hits.sum() / most, float(hits @ discounts[: len(hits)] / discounts[:most].sum())


def measure(preset: str, ratings: Ratings, seed: int) -> dict[str, list[tuple[float, float, float]]]:
    """For each way to rank: recall, NDCG and the median ratings of what was found, of each held-out person."""
    rng = np.random.default_rng(seed)
    users = np.unique(ratings.user_id)
    held_out = np.sort(rng.permutation(users)[: round(SHARE_HELD_OUT * len(users))])
    config = dataclasses.replace(find_preset(preset).config, seed=seed, snapshots=0)
    split = split_ratings(without(ratings, held_out), config)
    results: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        run = train(split, config, Path(folder) / "run")
        rankings, counts = Rankings(run, split), run.movies["n_ratings"].to_numpy()
        for told, liked in halves(run, ratings, held_out, rng):
            for name, found in rankings.of(told).items():
                results[name].append((*recall_and_ndcg(found, liked), float(np.median(counts[found]))))
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="*", metavar="PRESET", default=["default"], help="default: %(default)s")
    parser.add_argument("--data", help="MovieLens folder or zip (default: the built-in ratings)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options = parser.parse_args()
    ratings = load_ratings(options.data)
    report = Report(
        "recommend",
        f"For you, judged on held-out users: {options.data or 'built-in data'}, "
        f"seeds {', '.join(map(str, options.seeds))}",
        ["ranked", f"recall@{K}", f"NDCG@{K}", "ratings of what is found (median)"],
    )
    for preset in options.presets:
        trials = [measure(preset, ratings, seed) for seed in options.seeds]
        for name in trials[0]:
            means = np.array([np.mean(trial[name], axis=0) for trial in trials])
            label = f"{preset}, {name}" if name in ("by predicted stars", "as For you ranks") else name
            recall, ndcg = (
                f"{mean:.3f} ± {spread:.3f}" for mean, spread in zip(means.mean(0)[:2], means.std(0)[:2], strict=True)
            )
            report.add(label, recall, ndcg, f"{means.mean(0)[2]:.0f}")
    n_people = len(trials[0]["popularity"])
    report.note(
        f"A fifth of the users, about {n_people} people a seed, is in no training. A random half of their ratings is "
        f"told; to be found are the movies of the other half that they gave {LIKED:g} stars or more, among all movies "
        f"with {MIN_RATINGS} ratings that were not told. Means over people, ± standard deviation over seeds."
    )
    report.write()


if __name__ == "__main__":
    main()
