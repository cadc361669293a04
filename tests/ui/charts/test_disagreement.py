"""What two runs say of the same things, looked at as data: which dots are numbered, and names never as markup."""

import numpy as np

from ui.charts.compare import Entry
from ui.charts.disagreement import MOST_DOTS, against_each_other, dumbbells

ENTRIES = (Entry("A", "one"), Entry("B", "<b>two</b>"))


def test_what_is_listed_is_numbered_and_a_large_cloud_is_thinned():
    n = 3 * MOST_DOTS
    first = np.linspace(0, 1, n)
    labels = [f"<i>{i}</i>" for i in range(n)]
    figure = against_each_other(
        first, first[::-1], labels, range(n), ENTRIES, numbered=[0, 5, n // 3], name="Bias", unit="stars"
    )
    diagonal, dots, numbered = figure.data
    assert diagonal.x == diagonal.y
    assert 0.9 * MOST_DOTS < len(dots.x) <= MOST_DOTS
    assert dots.customdata[0][0] == 0
    # The second would lie on the first.
    assert list(numbered.text) == ["1", "3"]
    assert [each[0] for each in numbered.customdata] == [0, n // 3]
    assert list(numbered.hovertext) == ["&lt;i&gt;0&lt;/i&gt;", f"&lt;i&gt;{n // 3}&lt;/i&gt;"]
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
    assert [
        text.split("<b>")
        for text in dumbbells(one, other, ["<x>", "y"], [7, 8], ENTRIES, title="").layout.yaxis.ticktext
    ] == [
        ["&lt;x&gt; ", "1</b> "],
        ["y ", "2</b> "],
    ]
    assert len(dumbbells(one, other, ["x", "y"], [7, 8], ENTRIES, title="Stars").data) == 3
