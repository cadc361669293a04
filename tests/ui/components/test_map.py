"""What the map sends to the browser: columns that are named by what is in them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ui.components.map.points import ColorBy, MapPoints, sizes_by, style_table

MOVIES = pd.DataFrame(
    {
        "movie_id": [1, 2571],
        "title": ["Toy Story", "The <b>Matrix</b>"],
        "year": [1995.0, np.nan],
        "genres": ["Animation|Children", ""],
        "n_ratings": [247, 259],
        "mean_rating": [3.87, 4.18],
        "bias": [0.32, np.nan],
    }
)
PLACES = np.array([[0, 1], [2, 3]], np.float32)


def test_points_need_a_place_for_each_movie() -> None:
    with pytest.raises(ValueError, match="must have shape"):
        MapPoints(MOVIES, PLACES[:1])
    with pytest.raises(ValueError, match="must have shape"):
        MapPoints(MOVIES, np.zeros((2, 4)))


def test_moved_points_send_their_coordinates_alone() -> None:
    points = MapPoints(MOVIES, PLACES)
    moved = points.at(PLACES + 1)
    assert moved.movie_table.id == points.movie_table.id
    assert moved.coordinate_table.id != points.coordinate_table.id
    assert moved.coordinate_table.columns.to_pydict() == {"x": [1, 3], "y": [2, 4]}


def test_titles_travel_as_they_are_and_unknown_numbers_as_nan() -> None:
    columns = MapPoints(MOVIES, PLACES).movie_table.columns
    assert columns["title"].to_pylist() == ["Toy Story", "The <b>Matrix</b>"]
    assert np.isnan(columns["year"].to_numpy()[1])
    assert columns["year"].null_count == 0


def test_the_same_colors_have_the_same_id() -> None:
    values = np.array([1.0, np.nan])
    same = style_table(ColorBy.amount("Year", values.copy()), None)
    assert style_table(ColorBy.amount("Year", values), None).id == same.id
    assert style_table(ColorBy.amount("Year", values + 1), None).id != same.id
    assert style_table(ColorBy.genre(), None) is None


def test_sizes_grow_in_area() -> None:
    none, one, four = sizes_by(np.array([0, 1, 4]))
    assert (four - none) == pytest.approx(2 * (one - none))
