"""The loss of watching in time against its formula, and what it needs times for."""

import dataclasses

import numpy as np
import pytest

from recsys_core.data.moments import N_ERAS
from recsys_core.data.split import split_ratings
from recsys_core.models.registry import MOVIE_EMBEDDING, MOVIE_ERA, SESSION_EMBEDDING, USER_WATCH_EMBEDDING, Batch
from recsys_core.models.watching_in_time import watching_in_time_loss
from recsys_core.settings.train_config import Phase, TrainConfig
from recsys_core.training.backend import tensorflow
from recsys_core.training.fit import fit
from recsys_core.training.loop_cache import loop_for, session_rows
from tests.recsys_core.models import losses

CONFIG = TrainConfig(
    architecture="rate-and-watch-in-time",
    user_embedding_size=4,
    movie_embedding_size=4,
    phases=(Phase(0.02, 3),),
    batch_size=32,
    centered=True,
    validation_fraction=0.2,
)


@pytest.mark.parametrize("knows_times", [1.0, 0.0])
def test_the_sitting_joins_the_user_and_the_era_the_movie(knows_times):
    """One movie after the other, each weighed by how much it was liked; repeated ones are no rivals."""
    tf, _ = tensorflow()
    rng = np.random.default_rng(0)
    w, v = rng.normal(size=(2, 6, 3)).astype(np.float32)
    user, movie = np.array([0, 0, 1, 2, 2, 3]), np.array([0, 1, 0, 2, 3, 2])
    q, z = rng.normal(size=(4, 3)).astype(np.float32)[movie], rng.normal(size=(4, N_ERAS)).astype(np.float32)[movie]
    era, above_mean = np.array([0, 0, 3, 15, 15, 2], np.int32), rng.normal(size=6).astype(np.float32)
    ones = np.ones(6, np.float32)
    rows = {USER_WATCH_EMBEDDING: w, SESSION_EMBEDDING: v, MOVIE_EMBEDDING: q, MOVIE_ERA: z}
    batch = Batch(*map(tf.constant, (user, movie, ones, ones, 0 * ones, above_mean, era)))
    settings = {"watch_weight": 2.0, "popularity_correction": 0.0, "liking": 0.5, "knows_times": knows_times}
    loss = watching_in_time_loss(tf, {name: tf.constant(row) for name, row in rows.items()}, batch, settings)
    watcher = np.hstack([w + knows_times * v, knows_times * np.eye(N_ERAS, dtype=np.float32)[era]])
    surprises = losses.surprises(watcher, np.hstack([q, z]), user, movie, np.zeros(6), 0.0)
    assert float(loss) == pytest.approx(2 * np.average(surprises, weights=np.exp(0.5 * above_mean)), rel=1e-5)


def with_times(checkerboard):
    """Everybody rates five movies an hour."""
    n = checkerboard.n_ratings
    return dataclasses.replace(checkerboard, timestamp=1_000_000 + 3_600 * (np.arange(n, dtype=np.int64) // 5))


def test_times_change_what_is_learned_and_no_prediction_needs_them(checkerboard):
    timed, timeless = (split_ratings(ratings, CONFIG) for ratings in (with_times(checkerboard), checkerboard))
    assert session_rows(timeless, CONFIG) == 1
    assert session_rows(timed, CONFIG) == 256  # 240 sittings: a power of two
    known, unknown = fit(timed, CONFIG), fit(timeless, CONFIG)
    assert not np.allclose(known.movie_vectors, unknown.movie_vectors)
    assert set(known.weights) == set(unknown.weights)
    assert not any("session" in path or "era" in path for path in known.weights)


def test_every_training_begins_with_empty_sittings_and_eras(checkerboard):
    split = split_ratings(with_times(checkerboard), CONFIG)
    first = fit(split, CONFIG)
    loop = loop_for(split, CONFIG)
    assert fit(split, CONFIG).movie_vectors == pytest.approx(first.movie_vectors)
    assert loop_for(split, CONFIG) is loop


def in_moods(checkerboard):
    """Everybody has three sittings, of any movies; in half of the sittings a mood takes a star off every rating."""
    rng = np.random.default_rng(0)
    sitting = 3 * checkerboard.user_id.astype(np.int64) + rng.integers(3, size=checkerboard.n_ratings)
    mood = rng.integers(2, size=sitting.max() + 1)[sitting]
    stars = (3 + 0.1 * np.sign(checkerboard.rating - 3) - mood).astype(np.float32)
    return dataclasses.replace(checkerboard, timestamp=1_000_000 + 3_600 * sitting, rating=stars)


def test_the_bias_of_a_sitting_helps_where_the_sitting_is_known_and_is_not_saved(checkerboard):
    config = dataclasses.replace(CONFIG, architecture="rate-and-watch-in-sittings", phases=(Phase(0.02, 30),))
    split = split_ratings(in_moods(checkerboard), config)
    assert (split.validation_sittings >= 0).mean() > 0.9
    with_bias, without = fit(split, config), fit(split, dataclasses.replace(config, architecture=CONFIG.architecture))
    known = with_bias.history["val_mse"].iloc[-1]
    assert known < 0.3 * without.history["val_mse"].iloc[-1]
    assert set(with_bias.weights) == set(without.weights)
    saved = np.mean((with_bias.predict(split.validation) - split.validation.rating) ** 2)
    assert saved > 3 * known
    # What is yet to come is of a sitting that training has not seen.
    later = dataclasses.replace(config, split="time")
    assert (split_ratings(in_moods(checkerboard), later).validation_sittings < 0).mean() > 0.5


def test_without_times_there_is_no_bias_of_sittings(checkerboard):
    config = dataclasses.replace(CONFIG, architecture="rate-and-watch-in-sittings")
    split = split_ratings(checkerboard, config)
    assert split.validation_sittings is None
    first, second = fit(split, config), fit(split, CONFIG)
    assert first.history["val_mse"].to_numpy() == pytest.approx(second.history["val_mse"].to_numpy(), rel=1e-5)
