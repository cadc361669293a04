"""Titles with their years, and genres, as lists."""

from recsys_core.explore.labels import first_genres, genres_of, telling_genres, title_labels
from tests.exploring import five_movies, movies_of


def test_genres_and_labels():
    movies = five_movies().movies
    assert genres_of(movies)[0] == ("Action", "Sci-Fi")
    assert first_genres(movies)[3:] == ["Animation", "No genre"]
    assert telling_genres(movies) == ["Sci-Fi", "Sci-Fi", "Romance", "Animation", "No genre"]
    assert telling_genres(movies_of(2, genres=["Epic|Drama", "Epic|Saga"])) == ["Drama", "Epic"]
    assert title_labels(movies)[2:5:2] == ["Amélie (2001)", "Unseen <b>film</b>"]
