"""Colors can be told apart, whatever the page and the eyes."""

import numpy as np
import pytest

from tests.color_difference import ciede2000, lab
from ui.charts.palette import (
    DIVERGING_SCALE,
    GENRE_COLORS,
    NO_GENRE_COLOR,
    SEQUENTIAL_SCALE,
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
