"""Colours can be told apart, and figures show what they are given, titles as data."""

import numpy as np
import pandas as pd
import pytest

from recsys_core.explore.yardsticks import extremes
from tests.color_difference import ciede2000, lab
from tests.exploring import five_movies
from ui.charts.palette import (
    ABOVE_COLOR,
    BELOW_COLOR,
    DIVERGING_SCALE,
    GENRE_COLORS,
    NO_GENRE_COLOR,
    SEQUENTIAL_SCALE,
    offset_bars,
    offsets_against_means,
    short_labels,
)

PAGES = ["#FFFFFF", "#12161D"]


def test_ciede2000_agrees_with_published_pairs():
    # Sharma, Wu and Dalal 2005, table 1, pairs 1, 7 and 17.
    first = np.array([[50, 2.6772, -79.7751], [50, 0, 0], [50, 2.5, 0]])
    second = np.array([[50, 0, -82.7485], [50, -1, 2], [73, 25, -18]])
    assert ciede2000(first, second) == pytest.approx([2.0425, 2.3669, 27.1492], abs=1e-4)


@pytest.mark.parametrize(("vision", "least"), [("normal", 16.0), ("protan", 10.4), ("deutan", 10.4)])
def test_genres_can_be_told_apart(vision, least):
    colors = lab([*GENRE_COLORS.values(), NO_GENRE_COLOR], vision)
    differences = ciede2000(colors[:, None], colors[None])
    assert differences[np.triu_indices(len(colors), 1)].min() >= least
    from_pages = ciede2000(colors[:, None], lab(PAGES, vision)[None])
    assert from_pages.min() >= least


def test_sequential_scale_grows_lighter_in_even_steps():
    colors = lab(list(SEQUENTIAL_SCALE))
    steps = ciede2000(colors[1:], colors[:-1])
    assert steps.max() / steps.min() < 1.1
    assert np.diff(colors[:, 0]).min() > 0
    assert ciede2000(colors[:, None], lab(PAGES)[None]).min() > 13


def test_diverging_scale_is_neutral_in_the_middle_and_shows_on_both_pages():
    colors = lab(list(DIVERGING_SCALE))
    chroma = np.hypot(colors[:, 1], colors[:, 2])
    assert chroma.argmin() == len(DIVERGING_SCALE) // 2
    assert ciede2000(colors[:, None], lab(PAGES)[None]).min() > 20


def test_bars_stand_to_their_side_of_zero_with_titles_escaped():
    movies = five_movies().movies
    highest, lowest = extremes(movies, "bias", top=2)
    bars, titles = offset_bars(highest, lowest, "bias", name="Movie bias").data
    assert list(bars.x) == [0.5, 0.4, -0.2, -0.6]
    assert list(bars.marker.color) == [ABOVE_COLOR] * 2 + [BELOW_COLOR] * 2
    assert bars.text[3] == "−0.60"
    assert [row[0] for row in bars.customdata] == [10, 30, 20, 50]
    assert "&lt;b&gt;" in titles.text[3]
    assert "&lt;b&gt;" in bars.hovertext[3]


def test_scatter_has_a_dot_for_each_row_and_a_line_where_the_mean_says_all():
    movies = five_movies().movies
    means = movies["mean_rating"].to_numpy()
    figure = offsets_against_means(
        movies, "bias", means, labels=movies["title"], name="Movie bias", mean_name="Mean", expected=means - 3.5
    )
    dots, line = figure.data
    assert list(dots.y) == movies["bias"].tolist()
    assert list(line.x) == sorted(means)
    assert list(line.y) == pytest.approx(np.sort(means) - 3.5)


def test_short_labels_keep_the_year():
    movies = pd.DataFrame({"title": ["The Matrix", "Dr. Strangelove or: How I Learned"], "year": [1999.0, 1964.0]})
    assert short_labels(movies, 15) == ["The Matrix (1999)", "Dr. Strangelov… (1964)"]
