"""Ratings over time: a line, and a bar where there is one month alone."""

from __future__ import annotations

import pytest

from ui.charts.data import over_time


def test_months_are_a_line():
    figure = over_time(["2001-09", "2001-10"], [7, 5], [3.5, None])
    (line,) = figure.data
    assert (line.type, list(line.x), list(line.y)) == ("scatter", ["2001-09", "2001-10"], [7, 5])
    assert list(line.customdata) == ["3.50", "–"]
    assert figure.layout.xaxis.range is None


@pytest.mark.parametrize(
    ("month", "around", "written"),
    [("2001-09", ["2001-07-01", "2001-11-01"], "%b %Y"), ("2001", ["1999-01-01", "2003-01-01"], "%Y")],
)
def test_a_single_one_is_a_bar_with_room_beside_it(month, around, written):
    figure = over_time([month], [7], [3.5])
    (bar,) = figure.data
    assert (bar.type, list(bar.x), list(bar.y)) == ("bar", [month], [7])
    axis = figure.layout.xaxis
    assert (list(axis.range), list(axis.tickvals), axis.tickformat) == (around, [month], written)
