"""On the splits that others publish figures on: RMSE of our presets beside theirs.

    python -m benchmarks.standard FOLDER [FOLDER …] [--presets default …] [--seeds 0 1 2]

A folder with `u1.base`, `u1.test`, … `u5.test`, as MovieLens 100K comes, is trained and judged on these five folds
(https://grouplens.org/datasets/movielens/100k/). Any other MovieLens, in any of its layouts, is split at random 90/10,
once for each seed. Nothing is chosen by looking at a test rating: the preset's last epoch is taken.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.report import Report
from recsys_core.data.baselines import baselines
from recsys_core.data.importing.reading import read_source
from recsys_core.data.ratings import RATING_TYPES, Ratings, from_columns
from recsys_core.data.split import Split, split_at, split_ratings
from recsys_core.errors import DataError, RecsysError
from recsys_core.settings.presets import find_preset
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.fit import fit

FOLDS = (1, 2, 3, 4, 5)
PRESETS = ("default", "dot-bias-rows", "recommender-v2")


@dataclass(frozen=True)
class Published:
    """A figure that somebody else has printed."""

    ratings: str
    """ "100K", "1M" or "10M"."""
    split: str
    method: str
    rmse: str
    source: str


_SURPRISE = "Surprise, README: https://github.com/NicolasHug/Surprise"
_GLOCAL = "Han et al. 2021, README: https://github.com/usydnlp/Glocal_K"
_GCMC = "van den Berg, Kipf and Welling 2017, https://arxiv.org/abs/1706.02263"
_MYFM = "myFM, README: https://github.com/tohtsky/myFM"
_RENDLE = "Rendle, Zhang and Koren 2019, https://arxiv.org/abs/1905.01395"
PUBLISHED = (
    Published("100K", "random fifths", "SVD", "0.934", _SURPRISE),
    Published("100K", "random fifths", "SVD++", "0.920", _SURPRISE),
    Published("100K", "random fifths", "k-NN baseline", "0.931", _SURPRISE),
    Published("100K", "u1", "GC-MC", "0.910", _GCMC),
    Published("100K", "u1", "GC-MC, with features of users and movies", "0.905", _GCMC),
    Published("100K", "u1", "GLocal-K", "0.889", _GLOCAL),
    Published("100K", "u3", "Bayesian factorization machine, rank 8", "0.903", _MYFM),
    Published("100K", "u3", "the same, grouped", "0.896", _MYFM),
    Published("1M", "random fifths", "SVD", "0.873", _SURPRISE),
    Published("1M", "random fifths", "SVD++", "0.862", _SURPRISE),
    Published("1M", "90/10", "GC-MC", "0.832", _GCMC),
    Published("1M", "90/10", "GLocal-K", "0.823", _GLOCAL),
    Published("10M", "90/10", "SGD matrix factorization, 512 factors", "0.772", _RENDLE),
    Published("10M", "90/10", "Bayesian matrix factorization", "0.763", _RENDLE),
    Published("10M", "90/10", "Bayesian SVD++", "0.756", _RENDLE),
)
_SIZES = {"100K": 100_000, "1M": 1_000_209, "10M": 10_000_054}


def has_folds(folder: Path) -> bool:
    return (folder / "u1.base").is_file()


def read_folds(folder: Path, config: TrainConfig) -> Iterator[tuple[str, Split]]:
    """Name and split of each of MovieLens 100K's five folds. Raises `DataError` if a file is not as published."""
    for fold in FOLDS:
        base, test = (_read_part(folder / f"u{fold}.{part}") for part in ("base", "test"))
        rows = pd.concat([base, test], ignore_index=True)
        is_test = np.arange(len(rows)) >= len(base)
        movies = pd.DataFrame({"movieId": rows["movieId"].unique()}).assign(title="", genres="")
        columns = {name: rows[name].to_numpy(dtype) for name, dtype in RATING_TYPES.items()}
        ratings = from_columns(columns, movies, name=f"{folder.name}, u{fold}")
        if ratings.n_ratings != len(rows):
            n_twice = len(rows) - ratings.n_ratings
            raise DataError(f"u{fold}.base and u{fold}.test must share no rating. Received: {n_twice:,} twice.")
        yield f"u{fold}", split_at(ratings, is_test, config)


def _read_part(path: Path) -> pd.DataFrame:
    """user, movie, rating and time of each row, separated by tabs."""
    if not path.is_file():
        raise DataError(f"{path.parent} must have u1.base, u1.test, … u5.base, u5.test. Received: no {path.name}.")
    try:
        return pd.read_csv(path, sep="\t", names=list(RATING_TYPES), dtype=dict(RATING_TYPES))
    except ValueError as error:
        raise DataError(f"{path.name} must have rows of user, movie, rating and time. Received: {error}.") from error


def rmse_of(split: Split, config: TrainConfig) -> float:
    """Of the last epoch on the validation ratings, those of users and movies that training never saw among them."""
    trained = fit(split, dataclasses.replace(config, keep="last", patience=0, snapshots=0))
    return float(np.sqrt(trained.history["val_mse"].iloc[-1]))


def measure(report: Report, data: str, kind: str, splits: list[tuple[str, Split]], presets: list[str]) -> None:
    """A row for each preset, and one for damped biases: the mean over `splits`, and each of them."""

    def add(method: str, values: list[float]) -> None:
        each = ", ".join(f"{name} {value:.3f}" for (name, _), value in zip(splits, values, strict=True))
        report.add(data, kind, method, f"{np.mean(values):.3f}", each)

    for preset in presets:
        config = find_preset(preset).config
        add(f"`{preset}`", [rmse_of(split, config) for _, split in splits])
    add("damped biases", [baselines(split)["bias_mse"] ** 0.5 for _, split in splits])


def add_published(report: Report, data: str, n_ratings: int) -> None:
    """What others print on these ratings, as far as it is known."""
    size = next((size for size, n_known in _SIZES.items() if n_known == n_ratings), None)
    for each in PUBLISHED:
        if each.ratings == size:
            report.add(data, each.split, each.method, each.rmse, each.source)


def random_splits(ratings: Ratings, seeds: list[int], config: TrainConfig) -> list[tuple[str, Split]]:
    config = dataclasses.replace(config, split="random", validation_fraction=0.1, unseen="zero")
    return [(f"seed {seed}", split_ratings(ratings, dataclasses.replace(config, seed=seed))) for seed in seeds]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="MovieLens as published; also a zip")
    parser.add_argument("--presets", nargs="+", default=list(PRESETS), metavar="PRESET", help="default: %(default)s")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], help="of random splits")
    options = parser.parse_args(arguments)
    columns = ["ratings", "split", "method", "RMSE", "each; source"]
    report = Report("standard", "RMSE on the splits that others publish figures on", columns)
    config = TrainConfig(unseen="zero")
    try:
        for preset in options.presets:
            find_preset(preset)
        for folder in options.folders:
            if has_folds(folder):
                splits = list(read_folds(folder, config))
                n_ratings = splits[0][1].data["n_ratings"]
                measure(report, folder.name, "u1 to u5", splits, options.presets)
            else:
                ratings = read_source(folder).ratings
                n_ratings = ratings.n_ratings
                measure(report, folder.name, "90/10", random_splits(ratings, options.seeds, config), options.presets)
            add_published(report, folder.name, n_ratings)
    except RecsysError as error:
        sys.exit(f"error: {error}")
    report.note(
        "Means over the folds or seeds. Ours are of the last epoch, which nothing was chosen by; whether others chose "
        "by their test ratings, and how they drew a random split, is theirs to say: read the second digit. Random "
        "fifths are easier than u1, in which the first users have most of the test ratings."
    )
    report.write()


if __name__ == "__main__":
    main()
