"""The table of ratings: what is put right with a notice, what is refused, what it says of itself."""

import numpy as np
import pandas as pd
import pytest

from recsys_core.data.ratings import from_frames
from recsys_core.errors import DataError
from tests.conftest import TINY, movies_for


def test_last_of_repeated_pairs_is_kept_by_timestamp():
    frame = TINY.assign(timestamp=range(len(TINY)))
    again = pd.DataFrame({"userId": [11, 7], "movieId": [1, 3], "rating": [1.5, 2.5], "timestamp": [99, -1]})
    loaded = from_frames(pd.concat([frame, again], ignore_index=True), movies_for(TINY["movieId"]))
    found = {(u, m): r for u, m, r in zip(loaded.user_id, loaded.movie_id, loaded.rating, strict=True)}
    assert len(found) == loaded.n_ratings == 13
    assert found[11, 1] == 1.5
    assert found[7, 3] == 3
    assert loaded.notices[0].startswith("2 repeated")


def test_missing_titles_genres_and_movies_are_said():
    movies = pd.DataFrame({"movieId": [1, 3, 4], "title": [None, "B (2000)", "C"], "genres": ["Drama", None, "War"]})
    loaded = from_frames(TINY.assign(timestamp=1), movies)
    titles = loaded.movies.set_index("movie_id")["title"]
    assert titles[1] == "Movie 1"
    assert titles[23] == "Movie 23"
    assert len(loaded.notices) == 3


@pytest.mark.parametrize(
    ("ratings", "said"),
    [
        (TINY.drop(columns="rating"), "missing: rating"),
        (TINY.iloc[:0], "at least one rating"),
        (TINY.assign(rating=TINY["rating"].astype(object).where(TINY.index != 3, "good")), "'good' in row 4"),
        (TINY.assign(rating=TINY["rating"].where(TINY.index != 5, np.nan)), "in row 6"),
        (TINY.assign(rating=TINY["rating"].where(TINY.index != 0, np.inf)), "in row 1"),
        (TINY.assign(userId=1), "at least 2 users"),
        (TINY.assign(movieId=1), "at least 2 movies"),
        (TINY.assign(userId=TINY["userId"] + 0.5), "whole number"),
    ],
)
def test_unusable_ratings_give_one_clear_error(ratings, said):
    with pytest.raises(DataError, match=said):
        from_frames(ratings, movies_for(TINY["movieId"]))


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("userId", 2**31, r"from -2147483648 to 2147483647. Received: 2147483648.0 in row 3"),
        ("timestamp", 2.0**63, "Every timestamp must be a whole number"),
        ("rating", 1e39, "from -1,000,000 to 1,000,000"),
        ("rating", -1_000_001, "from -1,000,000 to 1,000,000"),
    ],
)
def test_numbers_that_would_wrap_around_are_refused(column, value, said):
    frame = TINY.assign(timestamp=1).astype({column: float})
    frame.loc[2, column] = value
    with pytest.raises(DataError, match=said):
        from_frames(frame, movies_for(TINY["movieId"]))


def test_the_highest_numbers_are_kept():
    frame = TINY.assign(timestamp=2**63 - 1, userId=TINY["userId"] + 2**31 - 62)
    loaded = from_frames(frame, movies_for(TINY["movieId"]))
    assert loaded.user_id.max() == 2**31 - 1
    assert loaded.timestamp.tolist() == [2**63 - 1] * 13


def test_negative_ids_are_told_apart():
    frame = TINY.assign(userId=-TINY["userId"], movieId=-TINY["movieId"])
    loaded = from_frames(frame, movies_for(frame["movieId"]))
    assert loaded.n_ratings == 13
    assert not any("repeated" in notice for notice in loaded.notices)


def test_titles_are_one_line_of_text():
    movies = movies_for(TINY["movieId"]).assign(title="Al\n\x00\x1bi\ten (1979)")
    loaded = from_frames(TINY, movies)
    assert loaded.movies["title"].tolist() == ["Al i en"] * 4
    assert loaded.movies["year"].tolist() == [1979.0] * 4
