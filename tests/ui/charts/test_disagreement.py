"""What two runs say of the same things, looked at as data: which dots are named, and never as markup."""

import numpy as np

from ui.charts.compare import Entry
from ui.charts.disagreement import MOST_DOTS, N_NAMED, against_each_other, dumbbells

ENTRIES = (Entry("A", "one"), Entry("B", "<b>two</b>"))


def test_the_farthest_are_named_and_a_large_cloud_is_thinned():
    n = 3 * MOST_DOTS
    first = np.linspace(0, 1, n)
    labels = [f"<i>{i}</i>" for i in range(n)]
    figure = against_each_other(first, first[::-1], labels, range(n), ENTRIES, name="Bias", unit="stars")
    diagonal, dots, named = figure.data
    assert diagonal.x == diagonal.y
    assert 0.9 * MOST_DOTS < len(dots.x) <= MOST_DOTS
    assert dots.customdata[0][0] == 0
    # Those nearest to the first would lie on its name.
    assert named.text[0] == " &lt;i&gt;0&lt;/i&gt; "
    assert len(named.text) <= N_NAMED
    assert (np.abs(np.diff(named.y)) > 0.03).all()
    assert set(named.textposition) == {"middle left"}  # above the diagonal
    assert figure.layout.xaxis.range == figure.layout.yaxis.range
    assert figure.layout.yaxis.title.text == "Bias in B (stars)"


def test_a_line_leads_from_what_the_one_says_to_what_the_other_says():
    one, other, given = np.array([1.0, 2.0]), np.array([4.0, 3.0]), np.array([5.0, 2.5])
    figure = dumbbells(one, other, ["x", "y"], [7, 8], ENTRIES, title="Stars", truth=given, truth_name="Given")
    lines, *dots = figure.data
    assert (lines.x[0], lines.x[1], lines.x[3], lines.x[4]) == (1, 4, 2, 3)
    assert [trace.name for trace in dots] == ["A · one", "B · &lt;b&gt;two&lt;/b&gt;", "Given"]
    assert [list(trace.x) for trace in dots] == [[1, 2], [4, 3], [5, 2.5]]
    assert [trace.marker.color for trace in dots[:2]] == [entry.color for entry in ENTRIES]
    assert [list(each) for each in dots[0].customdata] == [[7], [8]]
    assert len(dumbbells(one, other, ["x", "y"], [7, 8], ENTRIES, title="Stars").data) == 3
