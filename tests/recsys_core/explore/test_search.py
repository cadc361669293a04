"""What people type finds what they mean, the famous ones first."""

import numpy as np
import pytest

from recsys_core.data.ratings import Ratings
from recsys_core.errors import QueryError
from recsys_core.explore.search import MovieSearch
from tests.exploring import five_movies, movies_of


def found(search: MovieSearch, movies, text: str) -> list[str]:
    return movies["title"].iloc[search.find(text)].tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("matrix", ["The Matrix", "The Matrix Reloaded"]),
        ("amelie", ["Amélie"]),
        ("AMÉLIE", ["Amélie"]),
        ("COMEDY", ["Toy Story", "Amélie"]),
        ("to", ["Toy Story"]),
        ("1999", ["The Matrix"]),
        ("matrix (1999", ["The Matrix"]),
        ("matrix 1999", ["The Matrix"]),
        ("1995 comedy story", ["Toy Story"]),
        ("matrix comedy", []),
        ("no such film", []),
        ("  ", []),
        ("<b>", ["Unseen <b>film</b>"]),
        ("(a|a|[a-z ]+)+$!", []),
        ("\\", []),
        ("\x00", []),
    ],
)
def test_search_looks_at_title_genre_and_year(text, expected):
    movies = five_movies().movies
    assert found(MovieSearch(movies), movies, text) == expected


def test_the_famous_come_first_but_for_a_movie_called_just_so():
    movies = movies_of(
        6,
        title=["Up", "Wake Up", "Up Close", "The Cup", "Superman", "Action Up"],
        n_ratings=[5, 90, 40, 300, 200, 1],
        genres=["", "", "", "", "", "Upbeat"],
    )
    # Called so; a word that begins so, by ratings; within a word, by ratings.
    assert found(MovieSearch(movies), movies, "up") == ["Up", "Wake Up", "Up Close", "Action Up", "The Cup", "Superman"]
    assert found(MovieSearch(movies), movies, "upb") == ["Action Up"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("star", "Star Wars: Episode IV"),
        ("matrix", "The Matrix"),
        ("lord of", "The Lord of the Rings"),
        ("amelie", "Amelie"),
    ],
)
def test_what_is_typed_on_the_way_to_a_famous_title_finds_it(built_in: Ratings, text, first):
    counts = np.bincount(
        np.searchsorted(built_in.movies["movie_id"], built_in.movie_id), minlength=len(built_in.movies)
    )
    movies = built_in.movies.assign(n_ratings=counts)
    assert found(MovieSearch(movies), movies, text)[0].startswith(first)


def test_a_search_text_of_any_length_is_refused():
    with pytest.raises(QueryError, match="at most 200"):
        five_movies().search("a" * 201)


@pytest.mark.parametrize(
    ("text", "row"),
    [("the matrix", 0), ("Matrix", 0), ("Matrix (1999)", 0), ("reloaded", 1), ("toy", 3), ("AMELIE", 2), ("2003", 1)],
)
def test_find_title_takes_the_closest_then_the_best_known(text, row):
    assert five_movies().find_title(text) == row


def test_find_title_suggests_what_may_be_meant():
    with pytest.raises(QueryError, match="Did you mean The Matrix"):
        five_movies().find_title("the matirx")
    with pytest.raises(QueryError, match="part of the title"):
        five_movies().find_title("")
