"""The map as a figure and as a page: all it needs is in it, and no title is markup."""

import re

import numpy as np
import pytest

from recsys_core.errors import QueryError
from tests.exploring import ODD_TITLES, oddly_titled_movies
from ui.charts.map import as_web_page, movie_map
from ui.charts.palette import GENRE_COLORS


@pytest.fixture
def coordinates():
    return np.random.default_rng(1).normal(size=(len(ODD_TITLES), 2)).astype(np.float32)


@pytest.mark.parametrize("n_components", [2, 3])
def test_the_page_holds_all_it_needs_and_no_title_is_markup(coordinates, n_components):
    coordinates = np.hstack([coordinates, coordinates[:, :1]])[:, :n_components]
    page = as_web_page(movie_map(oddly_titled_movies(), coordinates, title="Run <1>")).decode()
    assert "<title>Run &lt;1&gt;</title>" in page
    assert not re.search(r"""<(script|link|img)[^>]+(src|href)=["']?https?:""", page)
    assert "<script>alert(" not in page
    assert "alert(&#x27;" in page or r"alert(\u0026#x27;" in page
    assert '"type":"scattergl"' in page if n_components == 2 else '"type":"scatter3d"' in page


def test_movies_are_grouped_by_the_genre_that_says_most_in_its_color_unless_told_otherwise(coordinates):
    movies = oddly_titled_movies()
    by_genre = {trace.name: trace for trace in movie_map(movies, coordinates).data}
    assert set(by_genre) == {"Sci-Fi", "No genre", "Drama", "Comedy"}
    assert by_genre["Drama"].marker.color == GENRE_COLORS["Drama"]
    assert len(by_genre["Drama"].x) == 4
    groups = ["1990s"] * 4 + ["2000s"] * 3
    by_decade = movie_map(movies, coordinates, groups=groups, colors={"1990s": "#123456"}).data
    assert [(trace.name, trace.marker.color) for trace in by_decade] == [("1990s", "#123456"), ("2000s", None)]
    with pytest.raises(QueryError, match="groups"):
        movie_map(movies, coordinates, groups=groups[:3])
