"""Numbers and titles as people read them."""

import math
import re

import pytest

from ui.shared.format import (
    escape_markdown,
    format_against,
    format_bias,
    format_count,
    format_loss,
    format_year,
    movie_label,
    shorten,
)


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


@pytest.mark.parametrize(
    "text",
    ["*a*", "$x^2$", ":red[a]", "<b>", "[a](b)", "`a`", "# a", ":material/home:", "2:smile::1+1:", "a: b:", ":100:"],
)
def test_markdown_is_escaped(text):
    escaped = escape_markdown(text)
    shown = escaped.replace("\\", "")
    assert shown.replace("\u2060", "") == text
    # Icons and emoji are looked for in what is shown.
    assert not re.search(r":[\w/+-]+:", shown)
    assert all(escaped[place - 1] == "\\" for place, letter in enumerate(escaped) if letter in "*$:<[`#")


def test_times_of_day_are_left_alone():
    assert escape_markdown("at 19:41:07").replace("\\", "") == "at 19:41:07"


def test_losses_that_have_exploded_are_short():
    assert [format_loss(loss) for loss in (0.69, 999.9, 1.6e14, 1e300, math.inf, math.nan)] == [
        "0.690", "999.900", "1.6e14", "1e300", "infinite", "–",
    ]  # fmt: skip
    assert format_loss(3e5) == "3e5"


def test_a_figure_is_held_against_its_yardstick_in_words_that_fit_its_size():
    assert format_against(0.69, 0.768, decimals=1) == "10.2% below"
    assert format_against(0.79, 0.768) == "3% above"
    assert format_against(1.6e14, 0.768) == "2.1e14 times"
    assert format_against(math.nan, 0.768) == format_against(0.69, 0.0) == ""
