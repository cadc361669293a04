"""Filters leave what they say, on a table small enough to work out by hand."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from recsys_core.data.filters import count_left, filter_settings, has_filters
from recsys_core.data.ratings import from_frames
from recsys_core.data.split import split_ratings
from recsys_core.errors import Cancelled, ConfigError, DataError
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import TrainConfig

DAY = 86_400


@pytest.fixture
def ratings():
    """User u rates movies 1 to u; movie m is of the year 1990 + m, and given on day m."""
    pairs = [(user, movie) for user in range(1, 6) for movie in range(1, user + 1)]
    table = pd.DataFrame(pairs, columns=pd.Index(["userId", "movieId"]))
    table["rating"] = table["movieId"].astype(float)
    table["timestamp"] = table["movieId"] * DAY + 5
    movies = pd.DataFrame(
        {
            "movieId": range(1, 6), "title": [f"M (199{number})" for number in range(1, 6)],
            "genres": ["Comedy", "Comedy|Drama", "Drama", "Comedy|Drama|War", ""],
        }
    )  # fmt: skip
    return from_frames(table, movies)


@pytest.mark.parametrize(
    ("settings", "movies", "n_ratings"),
    [
        ({"any_genres": ("War", "Drama")}, {2, 3, 4}, 9),
        ({"all_genres": ("Comedy", "Drama")}, {2, 4}, 6),
        ({"exact_genres": ("Comedy", "Drama")}, {1, 3}, 8),
        ({"any_genres": ("Drama",), "all_genres": ("Comedy",)}, {2, 4}, 6),
        ({"year_from": 1992, "year_to": 1993}, {2, 3}, 7),
        ({"year_to": 1992}, {1, 2}, 9),
        ({"rating_from": 3.0}, {3, 4, 5}, 6),
        ({"rating_from": 2.0, "rating_to": 3.5}, {2, 3}, 7),
        ({"date_from": "1970-01-03", "date_to": "1970-01-04"}, {2, 3}, 7),
        # Users 3, 4 and 5 stay; each of them has movies 1, 2, 3; movie 4 has two ratings, movie 5 one.
        ({"min_user_ratings": 3}, {1, 2, 3, 4, 5}, 12),
        ({"min_movie_ratings": 3}, {1, 2, 3}, 12),
        # Movies 4 and 5 go; then users 1 and 2 have too few; the rest is complete.
        ({"min_user_ratings": 3, "min_movie_ratings": 3}, {1, 2, 3}, 9),
    ],
)
def test_each_filter_leaves_what_it_says(ratings, settings, movies, n_ratings):
    config = TrainConfig(**settings, validation_fraction=0)
    split = split_ratings(ratings, config)
    assert set(split.movies["movie_id"]) == movies
    assert len(split.train) == n_ratings
    assert has_filters(config)
    left = count_left(ratings, config)
    assert (left.n_ratings, left.n_movies, left.n_users) == (n_ratings, len(movies), split.n_users)


def test_users_are_drawn_with_all_their_ratings_the_same_for_the_same_seed(ratings):
    config = TrainConfig(n_users=3, validation_fraction=0)
    users = split_ratings(ratings, config).user_ids
    assert len(users) == 3
    assert len(split_ratings(ratings, config).train) == users.sum()
    assert np.array_equal(split_ratings(ratings, config).user_ids, users)
    drawn = {tuple(split_ratings(ratings, dataclasses.replace(config, seed=seed)).user_ids) for seed in range(8)}
    assert len(drawn) > 1


@pytest.mark.parametrize("shift", [0, 2**31 - 20, -9])
def test_ids_of_any_size_are_filtered_alike(ratings, shift):
    moved = dataclasses.replace(
        ratings, user_id=ratings.user_id + np.int32(shift), movie_id=ratings.movie_id + np.int32(shift),
        movies=ratings.movies.assign(movie_id=ratings.movies["movie_id"] + np.int32(shift)),
    )  # fmt: skip
    config = TrainConfig(any_genres=("Comedy", "Drama"), n_users=4, min_user_ratings=2, min_movie_ratings=2)
    split, as_before = split_ratings(moved, config), split_ratings(ratings, config)
    assert np.array_equal(split.user_ids, as_before.user_ids + shift)
    assert np.array_equal(split.movies["movie_id"], as_before.movies["movie_id"] + shift)
    assert np.array_equal(split.train.movie, as_before.train.movie)
    assert count_left(moved, config) == count_left(ratings, config)


def test_told_to_stop_it_stops_and_says_how_far_it_is(ratings):
    told = []
    count_left(ratings, TrainConfig(year_from=1991, rating_from=1, min_user_ratings=2), tell=told.append)
    assert told == pytest.approx([0, 1 / 3, 2 / 3])
    with pytest.raises(Cancelled):
        count_left(ratings, TrainConfig(year_from=1991), should_stop=lambda: True)


def test_what_leaves_nothing_or_asks_for_no_day_is_said(ratings):
    with pytest.raises(DataError, match="at least 2 users after filtering"):
        split_ratings(ratings, TrainConfig(rating_from=5, rating_to=0.5))
    with pytest.raises(DataError, match=r"that a movie has, of .*Comedy, Drama.*Received: 'Western'"):
        split_ratings(ratings, TrainConfig(any_genres=("Western",)))
    assert count_left(ratings, TrainConfig(any_genres=("Western",))).n_ratings == 0
    with pytest.raises(ConfigError, match="`date_from` must be a day such as 2005-04-02"):
        TrainConfig(date_from="2 April")
    with pytest.raises(DataError, match="one of the calendar"):
        split_ratings(ratings, TrainConfig(date_from="2005-02-30"))
    without_times = dataclasses.replace(ratings, timestamp=np.zeros_like(ratings.timestamp))
    with pytest.raises(DataError, match="must have ratings with times"):
        split_ratings(without_times, TrainConfig(date_to="2005-02-20"))


def test_little_is_said_to_be_little(ratings, built_in):
    assert count_left(ratings, TrainConfig()).is_little
    assert not count_left(built_in, TrainConfig(min_user_ratings=50)).is_little


def test_the_presets_filter_as_before():
    assert {name for name, preset in PRESETS.items() if has_filters(preset.config)} == {
        name for name, preset in PRESETS.items() if preset.config.n_ratings or preset.config.exact_genres
    }
    assert all(setting.lasting and setting.scope == "data" for setting in filter_settings().values())
