"""Titles with their years, and genres, as lists."""

from recsys_core.explore.labels import first_genres, genres_of, title_labels
from tests.exploring import five_movies


def test_genres_and_labels():
    movies = five_movies().movies
    assert genres_of(movies)[0] == ("Action", "Sci-Fi")
    assert first_genres(movies)[3:] == ["Animation", "No genre"]
    assert title_labels(movies)[2:5:2] == ["Amélie (2001)", "Unseen <b>film</b>"]
