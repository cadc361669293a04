"""Figures about quality and recommendations, looked at as data: what is drawn, in what order, and never as markup."""

import numpy as np
import pandas as pd
import pytest

from recsys_core.quality.report import QualityReport
from ui.charts.quality import agreement_grid, by_popularity, norm_against_popularity, yardstick_bars
from ui.charts.recommend import landing_map, rating_parts

FIGURES = pd.DataFrame(
    [
        ("genre_overlap", "all", "run", 0.36, 50),
        ("genre_overlap", "all", "item cosine", 0.35, 50),
        ("genre_overlap", "all", "random", 0.18, 50),
        ("genre_overlap", "100+", "run", 0.3, 10),
        ("genre_overlap", "20–49", "run", 0.4, 40),
        ("hubness", "all", "run", 0.9, 50),
    ],
    columns=pd.Index(["measure", "band", "source", "value", "n"]),
)
REPORT = QualityReport(FIGURES, 50, (0,), 0.5)


def test_bars_leave_out_what_was_not_measured():
    figure = yardstick_bars(REPORT, ("genre_overlap", "stability", "hubness"))
    assert [note.text for note in figure.layout.annotations] == ["<b>Genre overlap</b> ↑", "<b>Hubness</b> ↓"]
    assert list(figure.data[0].y) == ["Random", "Item-item cosine", "This run"]
    assert list(figure.data[0].x) == [0.18, 0.35, 0.36]
    assert list(figure.data[1].y) == ["This run"]
    # In line with the names beside the first.
    for axis in (figure.layout.yaxis, figure.layout.yaxis2):
        assert (axis.categoryarray, axis.range) == (("Random", "Item-item cosine", "This run"), (-0.5, 2.5))


def test_bands_go_from_few_ratings_to_many():
    (run,) = by_popularity(REPORT, "genre_overlap").data
    assert list(run.x) == ["20–49", "100+"]
    assert list(run.y) == [0.4, 0.3]
    assert list(run.customdata) == [40, 10]


def test_rings_are_around_the_movies_that_are_named():
    movies = pd.DataFrame({"title": ["<b>One</b>", "Two"], "n_ratings": [3, 300], "mean_rating": [5.0, 3.0]})
    every, ringed = norm_against_popularity(movies, np.array([2.0, 1.0]), np.array([0])).data
    assert list(every.x) == [3, 300]
    assert (list(ringed.x), list(ringed.y), list(ringed.text)) == ([3], [2.0], ["&lt;b&gt;One&lt;/b&gt;"])


def test_a_dot_for_each_pair_of_stars():
    _, dots = agreement_grid(np.array([4, 4, 1]), np.array([5, 5, 2]), "One", "Two").data
    assert dict(zip(zip(dots.x, dots.y, strict=True), dots.customdata, strict=True)) == {(4, 5): 2, (1, 2): 1}
    assert dots.marker.size[0] > dots.marker.size[1]


def test_parts_are_stacked_from_the_mean_with_the_best_on_top():
    found = pd.DataFrame(
        {"rating": [4.5, 4.0], "mean": 3.5, "user_bias": [0.2, 0.2], "movie_bias": [0.5, 0.1], "dot": [0.3, 0.2]}
    )
    figure = rating_parts(found, ["<i>Best</i>", "Second"])
    *parts, total = figure.data
    assert list(parts[0].y) == ["Second", "&lt;i&gt;Best&lt;/i&gt;"]
    assert np.sum([part.x for part in parts], axis=0) + 3.5 == pytest.approx([4.0, 4.5])
    assert list(total.text) == [" 4.00", " 4.50"]
    assert figure.layout.xaxis.title.text == "Stars above the mean of 3.50"


def test_ratings_point_up_or_down_from_their_own_mean():
    points = np.array([[0, 0], [1, 0], [2, 0], [3, 0]], np.float32)
    figure = landing_map(points, list("abcd"), np.array([1.5, 1]), "User 5", {0: 5.0, 1: 3.0, 2: 1.0}, np.array([3]))
    by_name = {trace.name: list(trace.text) for trace in figure.data}
    assert by_name == {
        "Movies": ["a", "b", "c", "d"],
        "Rated high": ["a", "b"],
        "Rated low": ["c"],
        "Recommended": ["d"],
        "User 5": ["User 5"],
    }
    # On SVG they would be hidden under the movies, which are drawn by WebGL.
    assert {trace.type for trace in figure.data} == {"scattergl"}
