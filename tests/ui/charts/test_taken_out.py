"""What was taken out, drawn: the ends of each axis are named, and titles are never markup."""

import numpy as np

from tests.exploring import movies_of
from ui.charts.taken_out import N_NAMED, taken_out_figure


def test_the_ends_of_each_axis_are_named():
    n = 30
    titles = [f"<b>Film</b> {i}" for i in range(n)]
    movies = movies_of(n, title=titles, along_era=np.arange(n) / n, along_popularity=-np.arange(n) / n)
    movies["median_time"] = 1e9 + 1e7 * np.arange(n)
    figure = taken_out_figure(movies)
    assert [note.text for note in figure.layout.annotations] == ["Era", "Popularity"]
    low, high = figure.data[1], figure.data[2]
    assert list(low.text) == [f"&lt;b&gt;Film&lt;/b&gt; {i}" for i in range(N_NAMED)]
    assert list(high.text) == [f"&lt;b&gt;Film&lt;/b&gt; {i}" for i in range(n - N_NAMED, n)]
    assert figure.layout.yaxis2.type == "log"


def test_without_times_there_is_popularity_alone():
    figure = taken_out_figure(movies_of(30, along_popularity=np.arange(30) / 30))
    assert [note.text for note in figure.layout.annotations] == ["Popularity"]
