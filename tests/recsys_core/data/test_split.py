"""Vocabulary and splits, checked by hand on the tiny table; baselines likewise."""

import dataclasses

import numpy as np
import pytest

from recsys_core.data.baselines import baselines, damped_biases
from recsys_core.data.split import Examples, in_order_of_appearance, split_ratings, split_with_holdout
from recsys_core.errors import DataError
from recsys_core.settings.train_config import TrainConfig
from tests.conftest import TINY


def test_codes_in_order_of_appearance():
    assert in_order_of_appearance(TINY["userId"].to_numpy()).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 6]
    assert in_order_of_appearance(TINY["movieId"].to_numpy()).tolist() == [0, 1, 1, 2, 0, 1, 0, 3, 0, 3, 3, 1, 3]


def test_vocabulary_is_ascending_and_describes_movies(tiny):
    split = split_ratings(tiny, TrainConfig(validation_fraction=0))
    assert split.user_ids.tolist() == [2, 4, 7, 11, 31, 52, 61]
    assert split.movies["movie_id"].tolist() == [1, 3, 4, 23]
    assert split.movies["n_ratings"].tolist() == [4, 4, 1, 4]
    assert split.movies["mean_rating"].tolist() == [3.5, 3.5, 3.0, 3.75]
    assert split.user_ids[split.train.user].tolist() == TINY["userId"].tolist()
    assert len(split.validation) == 0


def test_random_split_is_disjoint_complete_and_seeded(built_in):
    first, again, other = (split_ratings(built_in, TrainConfig(seed=seed)) for seed in (0, 0, 1))
    assert len(first.train) == 90_004
    assert len(first.validation) == 10_000
    assert np.array_equal(first.validation.movie, again.validation.movie)
    assert not np.array_equal(first.validation.movie, other.validation.movie)
    pairs = [set(zip(part.user.tolist(), part.movie.tolist(), strict=True)) for part in (first.train, first.validation)]
    assert not pairs[0] & pairs[1]


def test_unseen_rows_are_dropped_and_counted_or_kept(built_in):
    dropped = split_ratings(built_in, TrainConfig(unseen="drop"))
    kept = split_ratings(built_in, TrainConfig(unseen="zero"))
    assert dropped.n_dropped > 0
    assert len(dropped.validation) + dropped.n_dropped == len(kept.validation) == 10_000
    assert kept.n_movies == 9_066
    assert dropped.n_movies == int((kept.movies["n_train_ratings"] > 0).sum())


def test_split_by_time_validates_on_the_last(built_in, tiny):
    split = split_ratings(built_in, TrainConfig(split="time", validation_fraction=0.2))
    times = np.sort(built_in.timestamp)
    boundary = times[len(times) - len(split.validation)]
    last = built_in.timestamp >= boundary
    assert split.validation.rating.sum() == pytest.approx(built_in.rating[last].sum(), abs=20)
    with pytest.raises(DataError, match="timestamps"):
        split_ratings(tiny, TrainConfig(split="time"))


def test_split_of_last_ratings_validates_on_each_user_s_last(tiny, built_in):
    times = np.array([5, 6, 9, 1, 2, 3, 7, 8, 4, 5, 1, 2, 3])
    split = split_ratings(
        dataclasses.replace(tiny, timestamp=times), TrainConfig(split="last", validation_fraction=0.5)
    )
    # Users 2, 4, 7, 11, 31 and 52 have two ratings, of which the later one validates; user 61 has one, to train on.
    ids, movies = split.user_ids[split.validation.user], split.movies["movie_id"].to_numpy()[split.validation.movie]
    assert dict(zip(ids.tolist(), movies.tolist(), strict=True)) == {11: 23, 2: 23, 31: 23, 4: 3, 52: 3, 7: 3}
    assert 61 in split.user_ids[split.train.user]
    large = split_ratings(built_in, TrainConfig(split="last"))
    assert abs(len(large.validation) - 10_000) < 200
    assert split_ratings(built_in, TrainConfig(split="random")).train_moments.n_sessions > 5_000


def test_notebook_subset_has_the_size_it_printed(built_in):
    config = TrainConfig(n_ratings=20_000, exact_genres=("Comedy", "Drama"), validation_fraction=0.15)
    split = split_ratings(built_in, config)
    assert 2_300 < len(split.train) + len(split.validation) < 3_000
    assert set(split.movies["genres"]) == {"Comedy", "Drama"}


def test_damped_biases_by_hand():
    train = Examples(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([5, 3, 1], np.float32))
    mean, user_bias, movie_bias = damped_biases(train, 2, 2, damping=1.0)
    assert mean == 3
    assert movie_bias == pytest.approx([(2 - 2) / 3, 0 / 2])
    assert user_bias == pytest.approx([2 / 3, -2 / 2])


def test_baselines_are_ordered_as_published(built_in):
    figures = baselines(split_ratings(built_in, TrainConfig()))
    assert 1.0 < figures["mean_mse"] < 1.2
    assert 0.74 < figures["bias_mse"] < 0.8


def test_what_is_held_out_is_in_no_split_and_the_same_for_every_seed_of_the_model(built_in):
    split, held_out = split_with_holdout(built_in, TrainConfig(seed=0), 7, 0.2)
    again, same = split_with_holdout(built_in, TrainConfig(seed=5), 7, 0.2)
    _, other = split_with_holdout(built_in, TrainConfig(seed=0), 8, 0.2)
    assert len(split.train) + len(split.validation) == 80_003
    assert len(split.validation) == 8_000
    assert 19_000 < len(held_out) < 20_001
    assert np.array_equal(held_out.movie, same.movie)
    assert np.array_equal(split.train.rating, again.train.rating)
    assert not np.array_equal(held_out.movie[:1000], other.movie[:1000])
    movie_ids = split.movies["movie_id"].to_numpy()
    parts = [
        set(zip(split.user_ids[part.user].tolist(), movie_ids[part.movie].tolist(), strict=True))
        for part in (split.train, split.validation, held_out)
    ]
    assert not parts[2] & (parts[0] | parts[1])
    assert set(map(tuple, zip(built_in.user_id.tolist(), built_in.movie_id.tolist(), strict=True))) >= parts[2]
    assert split.data["n_ratings"] == 80_003


def test_the_last_ratings_are_held_out_where_a_split_is_by_time(built_in):
    split, held_out = split_with_holdout(built_in, TrainConfig(split="time"), 0, 0.1)
    assert held_out.timestamp.min() >= split.validation.timestamp.max()
    assert split.validation.timestamp.min() >= split.train.timestamp.max()
