"""What each preset's vectors are worth, over three seeds, beside random and item-item cosine.

    python -m benchmarks.quality [PRESET …]

Measures as in docs/quality.md, all on the weights of one and the same epoch of each training; neighbors with era and
popularity taken out, as they are looked at.
"""

from __future__ import annotations

import argparse

import numpy as np

from benchmarks.report import Report
from benchmarks.trials import Trial, spread, stability, taken_out, train
from recsys_core.data.split import Split
from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.quality import measures
from recsys_core.quality.report import NEIGHBORS
from recsys_core.settings.presets import PRESETS, find_preset

SEEDS = (0, 1, 2)


def genre_overlap(split: Split, rows: np.ndarray, lists: np.ndarray) -> float:
    genres = measures.genre_matrix(split.movies["genres"].iloc[rows].tolist())
    return float(measures.genre_overlap(lists, genres).mean())


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
        trials: list[Trial] = [taken_out(train(name, seed)) for seed in SEEDS]
        if find_preset(name).config.exact_genres == () and not splits and find_preset(name).config.unseen == "zero":
            splits = [trial.split for trial in trials]
        if any(len(trial.rows) <= NEIGHBORS for trial in trials):
            report.add(name, spread([t.mse for t in trials]), "–", "–", "–", "–", f"{trials[-1].seconds:.1f}")
            continue
        report.add(
            name,
            spread([trial.mse for trial in trials]),
            spread([trial.mse / trial.bias_mse for trial in trials]),
            spread([trial.genre_overlap for trial in trials]),
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
