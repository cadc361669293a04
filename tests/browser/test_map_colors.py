"""The colors of the map's points are those of its legend: in the scale that Plotly takes, and on the screen."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from tests.browser.test_map import choose, open_map
from ui.charts.palette import DIVERGING_SCALE, NO_GENRE_COLOR, SEQUENTIAL_SCALE

SCALES = """() => {
    const { data, _fullData: taken } = document.querySelector('.mm-plot')
    const of = traces => traces.find(({ name }) => name === 'points').marker.colorscale
    return [of(data), of(taken)]
}"""
LONE_POINT = """() => {
    // The point farthest from all others, by the number of its movie, and where it is drawn.
    const plot = document.querySelector('.mm-plot')
    const { left, top, width, height } = plot.getBoundingClientRect()
    const { x, y, marker } = plot.data.find(({ name }) => name === 'points')
    const [x0, x1] = plot.layout.xaxis.range
    const [y0, y1] = plot.layout.yaxis.range
    const spots = Array.from(x, (_, i) => [(x[i] - x0) / (x1 - x0) * width, (1 - (y[i] - y0) / (y1 - y0)) * height])
    const isFree = ([a, b]) => a > 60 && a < width - 120 && b > 90 && b < height - 60
    const apart = ([a, b], [c, d]) => Math.hypot(a - c, b - d)
    const room = i => Math.min(...spots.map((spot, j) => (j === i ? 1e9 : apart(spot, spots[i]))))
    const free = spots.map((_, i) => i).filter(i => isFree(spots[i])).map(i => [room(i), i])
    const [far, i] = free.reduce((one, other) => (other[0] > one[0] ? other : one))
    return { far, at: [left + spots[i][0], top + spots[i][1]], row: i, opacity: marker.opacity, size: marker.size }
}"""


def pixels(shown: Locator | Page, **options: object) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(shown.screenshot(**options))).convert("RGB"), float)


@pytest.fixture(scope="module")
def embeddings() -> MovieEmbeddings:
    return MovieEmbeddings.from_run(open_run(EXAMPLE_RUN_DIR))


def test_points_have_the_colors_of_the_legend(page: Page, app_url: str, embeddings: MovieEmbeddings) -> None:
    """For several ranges of values: Plotly drops a scale that ends a hair short of 1, and paints by one of its own."""
    open_map(page, app_url, "projection=PCA&min_ratings=80&titles=false")
    movies = embeddings.movies
    drawn = movies["n_ratings"].to_numpy() >= 80
    # The map draws the most rated last.
    order = np.argsort(movies["n_ratings"][drawn], kind="stable").to_numpy()
    point = page.evaluate(LONE_POINT)
    assert point["far"] > 2 * point["size"]
    spot = {"x": point["at"][0] - 1, "y": point["at"][1] - 1, "width": 3, "height": 3}
    background = pixels(page.locator(".mm-stage"))[-3, -3]
    for quantity, legend, values in (
        ("Mean rating", "Mean rating", movies["mean_rating"]),
        ("Number of ratings", "Number of ratings", np.log10(movies["n_ratings"])),
        ("Vector length", "Length of the vector", embeddings.norms),
        ("Bias", "bias", None),
        ("Neighbors kept", "Share of true neighbors kept", None),
    ):
        choose(page, "Color", quantity)
        expect(page.locator(".mm-legend-title")).to_contain_text(legend)

        given, taken = page.evaluate(SCALES)
        places, colors = zip(*taken, strict=True)
        ramp = DIVERGING_SCALE if quantity == "Bias" else SEQUENTIAL_SCALE
        assert taken == given, quantity
        assert (places[0], places[-1]) == (0, 1), quantity
        assert colors == (NO_GENRE_COLOR, NO_GENRE_COLOR, *ramp), quantity
        assert np.diff(places[2:]) == pytest.approx((1 - places[2]) / (len(ramp) - 1)), quantity

        if values is not None:
            shown = np.asarray(values, float)[drawn]
            low, high = np.quantile(shown, [0.01, 0.99])
            share = np.clip((shown[order[point["row"]]] - low) / (high - low), 0, 1)
            bar = pixels(page.locator(".mm-ramp"))
            legend_color = bar[bar.shape[0] // 2, int(2 + share * (bar.shape[1] - 5))]
            expected = point["opacity"] * legend_color + (1 - point["opacity"]) * background
            assert pixels(page, clip=spot)[1, 1] == pytest.approx(expected, abs=12), quantity
