"""One training of a preset and what one looks at of it: what several benchmarks measure."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import Split, split_ratings
from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.quality import measures
from recsys_core.quality.report import NEIGHBORS
from recsys_core.runs.taste import taste_of_split
from recsys_core.settings.presets import find_preset
from recsys_core.settings.train_config import TrainConfig, with_values
from recsys_core.training.fit import fit


@dataclass(frozen=True)
class Trial:
    """One training, and the vectors that are looked at."""

    mse: float
    """Validation MSE of the weights that are kept."""
    bias_mse: float
    """That of damped biases."""
    seconds: float
    """Of the training, with compiling if its loop was not compiled before."""
    split: Split
    vectors: np.ndarray
    """float32 `(n_movies, size)`."""

    @cached_property
    def rows(self) -> np.ndarray:
        """Movies with ratings enough to be judged."""
        return np.flatnonzero(self.split.movies["n_train_ratings"].to_numpy() >= MIN_RATINGS)

    @cached_property
    def lists(self) -> np.ndarray:
        """Neighbors of `rows` among each other, by cosine, numbered as `rows`: int32 `(n_rows, 10)`."""
        return measures.cosine_neighbors(self.vectors[self.rows], NEIGHBORS)

    @property
    def genre_overlap(self) -> float:
        genres = measures.genre_matrix(self.split.movies["genres"].iloc[self.rows].tolist())
        return float(measures.genre_overlap(self.lists, genres).mean())

    def with_vectors(self, vectors: np.ndarray) -> Trial:
        """The same training, looked at otherwise."""
        return dataclasses.replace(self, vectors=vectors)


def train(preset: str, seed: int, data: str | None = None, **values: object) -> Trial:
    """The vectors as they were trained. values: other settings than the preset's, by name."""
    return train_config(with_values(find_preset(preset).config, {"seed": seed, "snapshots": 0} | values), data)


def train_config(config: TrainConfig, data: str | None = None) -> Trial:
    split = split_ratings(load_ratings(data), config)
    began = time.perf_counter()
    trained = fit(split, config)
    seconds = time.perf_counter() - began
    mse = float(trained.history.set_index("epoch").loc[trained.kept_epoch, "val_mse"])
    return Trial(mse, trained.baselines["bias_mse"], seconds, split, trained.movie_vectors)


def taken_out(trial: Trial) -> Trial:
    """What one looks at: era and popularity taken out."""
    return trial.with_vectors(taste_of_split(trial.split, trial.vectors).vectors)


def stability(trials: Sequence[Trial]) -> float:
    """Share of a movie's neighbors that stay from trial to trial, over the movies that have ratings enough in each."""
    known = [trial.split.movies["movie_id"].iloc[trial.rows] for trial in trials]
    shared = np.array(sorted(set(known[0]).intersection(*known[1:])))
    places = [np.searchsorted(trial.split.movies["movie_id"], shared) for trial in trials]
    lists = [
        measures.cosine_neighbors(trial.vectors[place], NEIGHBORS) for trial, place in zip(trials, places, strict=True)
    ]
    return float(measures.stability(lists).mean())


def spread(values: Sequence[float], digits: int = 3) -> str:
    """Mean ± standard deviation."""
    return f"{np.mean(values):.{digits}f} ± {np.std(values):.{digits}f}"
