"""Numbers and titles as people read them."""

import pytest

from ui.shared.format import escape_markdown, format_bias, format_count, format_year, movie_label, shorten


def test_numbers_have_as_many_digits_as_mean_something():
    assert format_count(9066, "movie") == "9,066 movies"
    assert format_count(1, "movie") == "1 movie"
    assert format_year(1999.0) == "1999"
    assert format_year(float("nan")) == "–"
    assert format_bias(-0.4) == "−0.40"
    assert format_bias(0.4) == "+0.40"


def test_labels():
    assert movie_label({"title": "The Matrix", "year": 1999.0}) == "The Matrix (1999)"
    assert movie_label({"title": "The Matrix", "year": float("nan")}) == "The Matrix"
    assert shorten("abcdef", 4) == "abc…"


@pytest.mark.parametrize("text", ["*a*", "$x^2$", ":red[a]", "<b>", "[a](b)", "`a`", "# a", ":material/home:"])
def test_markdown_is_escaped(text):
    escaped = escape_markdown(text)
    assert escaped.replace("\\", "") == text
    assert all(escaped[place - 1] == "\\" for place, letter in enumerate(escaped) if letter in "*$:<[`#")
