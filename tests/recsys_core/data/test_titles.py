"""Year, article and genres, taken out of what MovieLens writes."""

import math

import pytest

from recsys_core.data.titles import display_title, split_genres, split_year


@pytest.mark.parametrize(
    ("raw", "title", "year"),
    [
        ("Toy Story (1995)", "Toy Story", 1995),
        ("Fargo (1996) ", "Fargo", 1996),
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", 1968),
        ("Death Note (2006–2007)", "Death Note", 2006),
        ("1984", "1984", math.nan),
    ],
)
def test_year_is_split_off(raw, title, year):
    assert split_year(raw) == pytest.approx((title, year), nan_ok=True) or split_year(raw) == (title, year)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Matrix, The", "The Matrix"),
        ("Seventh Seal, The (Sjunde inseglet, Det)", "The Seventh Seal (Sjunde inseglet, Det)"),
        ("Avventura, L'", "L'Avventura"),
        ("Cry, the Beloved Country", "Cry, the Beloved Country"),
        ("Corrina, Corrina", "Corrina, Corrina"),
        ("Bye Bye, Love", "Bye Bye, Love"),
    ],
)
def test_trailing_article_moves_to_the_front(raw, shown):
    assert display_title(raw) == shown


def test_genres_are_split_once():
    assert split_genres("Action|Sci-Fi") == ("Action", "Sci-Fi")
    assert split_genres("") == split_genres("|") == ()
