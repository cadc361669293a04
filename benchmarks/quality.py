"""What each preset's vectors are worth, over three seeds, beside random and item-item cosine.

    python -m benchmarks.quality [PRESET …]

Measures as in docs/quality.md, all on the weights of one and the same epoch of each training.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.report import Report
from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import Split, split_ratings
from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.quality import measures
from recsys_core.quality.report import NEIGHBORS
from recsys_core.settings.presets import PRESETS, find_preset
from recsys_core.training.fit import fit

SEEDS = (0, 1, 2)


@dataclass
class Trial:
    """One training, or one set of lists that needs none."""

    mse: float
    bias_mse: float
    seconds: float
    split: Split
    vectors: np.ndarray
    """`(n_movies, size)`."""

    @property
    def rows(self) -> np.ndarray:
        return np.flatnonzero(self.split.movies["n_train_ratings"].to_numpy() >= MIN_RATINGS)

    @property
    def lists(self) -> np.ndarray:
        return measures.cosine_neighbors(self.vectors[self.rows], NEIGHBORS)


def train(preset: str, seed: int) -> Trial:
    config = dataclasses.replace(find_preset(preset).config, seed=seed, snapshots=0)
    split = split_ratings(load_ratings(), config)
    began = time.perf_counter()
    trained = fit(split, config)
    seconds = time.perf_counter() - began
    mse = float(trained.history.set_index("epoch").loc[trained.kept_epoch, "val_mse"])
    return Trial(mse, trained.baselines["bias_mse"], seconds, split, trained.movie_vectors)


def genre_overlap(split: Split, rows: np.ndarray, lists: np.ndarray) -> float:
    genres = measures.genre_matrix(split.movies["genres"].iloc[rows].tolist())
    return float(measures.genre_overlap(lists, genres).mean())


def spread(values: list[float], digits: int = 3) -> str:
    return f"{np.mean(values):.{digits}f} ± {np.std(values):.{digits}f}"


def stability(trials: list[Trial]) -> float:
    """Over the movies that have enough training ratings and a place in every trial's vocabulary."""
    known = [trial.split.movies["movie_id"].iloc[trial.rows] for trial in trials]
    shared = np.array(sorted(set(known[0]).intersection(*known[1:])))
    places = [np.searchsorted(trial.split.movies["movie_id"], shared) for trial in trials]
    lists = [measures.cosine_neighbors(t.vectors[place], NEIGHBORS) for t, place in zip(trials, places, strict=True)]
    return float(measures.stability(lists).mean())


def add_simple_lists(report: Report, splits: list[Split]) -> None:
    overlaps: dict[str, list[float]] = {"item-item cosine": [], "random": []}
    hubs, lists = [], []
    shared = np.flatnonzero(np.min([s.movies["n_train_ratings"] for s in splits], axis=0) >= MIN_RATINGS)
    for split in splits:
        rows = np.flatnonzero(split.movies["n_train_ratings"].to_numpy() >= MIN_RATINGS)
        by_user = measures.rating_matrix(split.train, split.n_movies, split.n_users)
        own = measures.item_cosine_neighbors(by_user[rows], NEIGHBORS)
        overlaps["item-item cosine"].append(genre_overlap(split, rows, own))
        genres = measures.genre_matrix(split.movies["genres"].iloc[rows].tolist())
        overlaps["random"].append(float(measures.random_genre_overlap(genres).mean()))
        hubs.append(measures.hubness(own))
        lists.append(measures.item_cosine_neighbors(by_user[shared], NEIGHBORS))
    kept = float(measures.stability(lists).mean())
    report.add("item-item cosine", "–", "–", spread(overlaps["item-item cosine"]), f"{kept:.3f}", spread(hubs, 2), "–")
    report.add("random", "–", "–", spread(overlaps["random"]), f"{NEIGHBORS / (len(shared) - 1):.3f}", "–", "–")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="*", metavar="PRESET", help="default: all")
    names = parser.parse_args().presets or list(PRESETS)
    report = Report(
        "quality",
        "What neighbors are worth: built-in data, seeds 0 to 2",
        ["preset", "validation MSE", "of damped biases", "genre overlap at 10", "stability", "hubness", "seconds"],
    )
    splits: list[Split] = []
    for name in names:
        trials = [train(name, seed) for seed in SEEDS]
        if find_preset(name).config.exact_genres == () and not splits and find_preset(name).config.unseen == "zero":
            splits = [trial.split for trial in trials]
        if any(len(trial.rows) <= NEIGHBORS for trial in trials):
            report.add(name, spread([t.mse for t in trials]), "–", "–", "–", "–", f"{trials[-1].seconds:.1f}")
            continue
        report.add(
            name,
            spread([trial.mse for trial in trials]),
            spread([trial.mse / trial.bias_mse for trial in trials]),
            spread([genre_overlap(trial.split, trial.rows, trial.lists) for trial in trials]),
            f"{stability(trials):.3f}",
            spread([measures.hubness(trial.lists) for trial in trials], 2),
            f"{trials[-1].seconds:.1f}",
        )
    if splits:
        add_simple_lists(report, splits)
    report.note(
        "Mean ± standard deviation over the seeds, each with its own split, weights and order. Seconds are those of "
        "the last training, the loop being compiled. Presets that hold out 20% have other splits: compare their MSE "
        "by its ratio to damped biases."
    )
    report.write()


if __name__ == "__main__":
    main()
