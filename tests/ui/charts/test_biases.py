"""Bars and dots show the biases they are given, titles as data."""

import numpy as np
import pandas as pd
import pytest

from recsys_core.explore.yardsticks import extremes
from tests.exploring import five_movies
from ui.charts.biases import offset_bars, offsets_against_means, short_labels
from ui.charts.palette import ABOVE_COLOR, BELOW_COLOR


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
