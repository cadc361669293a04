"""Era and popularity learned beside the vector while training, against taking them out of it afterwards.

    python -m benchmarks.beside [--data FOLDER] [--seeds 0 1 2]

Beside: the watching score is (w + v)·(q + f·B) + z, where f are what taking out regresses on, the movie's
log-popularity and its shares of eras, and B is learned with the rest, so that q need not hold them.
"""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

import numpy as np

from benchmarks.report import Report
from benchmarks.taste import in_space
from benchmarks.trials import Trial, spread, stability, taken_out, train
from recsys_core.data.catalog import load_ratings
from recsys_core.data.moments import N_ERAS
from recsys_core.data.split import Split, split_ratings
from recsys_core.models.builder import ModelBuilder
from recsys_core.models.registry import MOVIE_EMBEDDING, Batch, architecture, find_architecture
from recsys_core.models.watching_in_time import rate_and_watch_in_time, watching_in_time_loss
from recsys_core.settings.presets import find_preset
from recsys_core.training.fit import fit

N_FEATURES = 1 + N_ERAS
FEATURES, EFFECTS = "movie_features", "effects"
_IN_TIME = find_architecture("rate-and-watch-in-time")


def features_of(split: Split) -> np.ndarray:
    """Log-popularity and the shares of eras, standardized over the ratings: float32 `(n_movies, N_FEATURES)`."""
    n_ratings = split.movies["n_train_ratings"].to_numpy()
    features = np.column_stack([np.log1p(n_ratings), split.movie_eras])
    weight = n_ratings / n_ratings.sum()
    centered = features - weight @ features
    return (centered / np.sqrt(weight @ centered**2)).astype(np.float32)


def loss_beside(tf: Any, rows: dict[str, Any], batch: Batch, settings: dict[str, Any]) -> Any:
    effects = tf.reshape(rows[EFFECTS][0], (N_FEATURES, -1))
    whole = rows[MOVIE_EMBEDDING] + tf.matmul(rows[FEATURES], effects)
    return watching_in_time_loss(tf, rows | {MOVIE_EMBEDDING: whole}, batch, settings)


@architecture(
    "rate-and-watch-beside",
    title="Rate and watch, era and popularity beside",
    formula="P(watch) ∝ exp((w + v_sitting)·(q + f·B) + z_movie,era)",
    explain="Of this benchmark alone.",
    settings=_IN_TIME.settings,
    user_tables=_IN_TIME.user_tables,
    penalties={**_IN_TIME.penalties, EFFECTS: "era_penalty"},
    moment_tables=_IN_TIME.moment_tables,
    compares_pairs=True,
    auxiliary=loss_beside,
)
def beside(m: ModelBuilder) -> Any:
    m.table(m.movie, m.n_movies, N_FEATURES, FEATURES, "zeros", trainable=False)
    m.constant_row(N_FEATURES * m.config.movie_embedding_size, EFFECTS, trainable=True)
    outputs = rate_and_watch_in_time(m)
    # Both take part in the watching loss alone; what a Keras model does not lead to would not be in it.
    return outputs | {name: m.tables[name] for name in (FEATURES, EFFECTS)}


def train_beside(seed: int, data: str | None) -> Trial:
    config = dataclasses.replace(
        find_preset("default").config, architecture="rate-and-watch-beside", seed=seed, snapshots=0
    )
    split = split_ratings(load_ratings(data), config)
    trained = fit(split, config, weights={f"{FEATURES}/embeddings": features_of(split)})
    mse = float(trained.history.set_index("epoch").loc[trained.kept_epoch, "val_mse"])
    return Trial(mse, trained.baselines["bias_mse"], float("nan"), split, trained.movie_vectors)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="MovieLens folder or zip (default: the built-in ratings)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options = parser.parse_args()
    default = [train("default", seed, options.data) for seed in options.seeds]
    learned = [train_beside(seed, options.data) for seed in options.seeds]
    report = Report(
        "beside",
        f"Era and popularity, learned beside or taken out: {options.data or 'built-in data'}, "
        f"seeds {', '.join(map(str, options.seeds))}",
        ["vectors", "validation MSE", "genre overlap", "of the 100 most rated", "stability", "hubness",
         "rating time R²", "popularity R²"],
    )  # fmt: skip
    for name, trials in {
        "`default` as trained": default,
        "taken out afterwards": [taken_out(trial) for trial in default],
        "learned beside": learned,
        "both": [taken_out(trial) for trial in learned],
    }.items():
        orderings, tops, hubs = zip(*(in_space(trial) for trial in trials), strict=True)
        report.add(
            name,
            spread([trial.mse for trial in trials]),
            spread([ordering.genres for ordering in orderings]),
            spread(tops),
            f"{stability(trials):.3f}",
            spread(hubs, 2),
            spread([ordering.rating_time for ordering in orderings], 2),
            spread([ordering.popularity for ordering in orderings], 2),
        )
    report.write()


if __name__ == "__main__":
    main()
