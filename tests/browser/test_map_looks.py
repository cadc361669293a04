"""What the map looks like: gliding points, contours, labels, colors and sizes; and what a visitor takes away."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.test_map import COLORS, N_POINTS, choose, open_map, stage, zoom_in
from tests.browsing import at_rest
from ui.charts.palette import GENRE_COLORS

WELL_KNOWN = "projection=PCA&min_ratings=80"
RECORD_PLACES = """() => {
    // A frame every 40 ms by its own clock: how many a busy machine draws in the time of a glide is not tested.
    const frame = window.requestAnimationFrame.bind(window)
    let now = performance.now()
    window.requestAnimationFrame = draw => frame(() => draw(now += 40))
    window.places = []
    const react = window.Plotly.react
    window.Plotly.react = (plot, data, ...rest) => {
        window.places.push(data[1].x.slice(-40))
        return react(plot, data, ...rest)
    }
}"""
BOXES = """() => [...document.querySelectorAll('.mm-label')].map(node => {
    const { left, top, right, bottom } = node.getBoundingClientRect()
    return { title: node.textContent, left, top, right, bottom }
})"""
SIZES = """() => {
    const { size } = document.querySelector('.mm-plot').data[1].marker
    return typeof size === 'number' ? [size] : Array.from(size)
}"""


def download(page: Page, button: str) -> bytes:
    with page.expect_download() as started:
        page.get_by_role("button", name=button).click()
    return Path(started.value.path()).read_bytes()


def test_points_glide_from_the_old_projection_to_the_new(page: Page, app_url: str) -> None:
    page.emulate_media(reduced_motion="no-preference")
    # UMAP leaves out movies that PCA draws: those that stay glide none the less.
    open_map(page, app_url, "projection=PCA")
    page.evaluate(RECORD_PLACES)
    choose(page, "Projection", "UMAP")
    page.wait_for_function("() => window.places.length > 2", polling=50)
    at_rest(page)
    places = np.array(page.evaluate("() => window.places.map(xs => Array.from(xs))"))
    first, last = places[0], places[-1]
    way = (places - first) @ (last - first) / ((last - first) @ (last - first))
    assert len(way[(way > 0.01) & (way < 0.99)]) >= 4
    assert (np.diff(way) > -1e-6).all()


def test_points_that_have_not_moved_do_not_glide(page: Page, app_url: str) -> None:
    """To where they are already: after every click and color, for as long as across the map."""
    page.emulate_media(reduced_motion="no-preference")
    open_map(page, app_url, "projection=PCA&titles=false")
    page.evaluate(RECORD_PLACES)
    choose(page, "Color", "Mean rating")
    choose(page, "Color", "Year")
    # A drawing each, and one should the page say more; a glide has fifteen.
    assert 2 <= page.evaluate("() => window.places.length") <= 4


def test_contours_show_where_movies_are_dense(page: Page, app_url: str) -> None:
    open_map(page, app_url, "projection=PCA")
    lines = page.locator(".mm-plot .contourlayer path")
    expect(lines).to_have_count(0)
    page.get_by_role("button", name="Layers").click()
    page.get_by_text("Density", exact=True).click()
    expect(lines.nth(3)).to_be_attached()


def test_labels_do_not_overlap_and_follow_the_zoom(page: Page, app_url: str) -> None:
    open_map(page, app_url, "projection=PCA&clusters=true")
    page.wait_for_selector(".mm-label-cluster")
    titles = []
    for _ in range(2):
        boxes = page.evaluate(BOXES)
        titles.append({box["title"] for box in boxes})
        assert len(boxes) > 8
        for one, other in itertools.combinations(boxes, 2):
            apart = one["right"] <= other["left"] or other["right"] <= one["left"]
            assert apart or one["bottom"] <= other["top"] or other["bottom"] <= one["top"], (one, other)
        zoom_in(page)
    assert titles[1] - titles[0]


def test_the_picture_is_a_png_with_a_legend(page: Page, app_url: str) -> None:
    open_map(page, app_url, "projection=PCA")
    box = stage(page).bounding_box()
    picture = Image.open(io.BytesIO(download(page, "Save the map as a PNG picture")))
    assert picture.format == "PNG"
    width, height = (2 * round(box[side]) for side in ("width", "height"))
    assert abs(picture.width - width) <= 4
    assert picture.height > height
    legend = np.asarray(picture.convert("RGB"))[height:].reshape(-1, 3)
    drawn = {f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in np.unique(legend, axis=0)}
    assert {GENRE_COLORS[genre].lower() for genre in ("Action", "Comedy", "Drama", "Western")} <= drawn
    assert len(np.unique(np.asarray(picture.convert("RGB"))[:height].reshape(-1, 3), axis=0)) > 100


def test_the_selection_as_csv_holds_the_selected_movies(page: Page, app_url: str) -> None:
    open_map(page, app_url, f"{WELL_KNOWN}&q=star+wars&select=260,1196,1210,999999999")
    page.get_by_role("radio", name="select").click()
    at_rest(page)
    chosen = pd.read_csv(io.BytesIO(download(page, "Download the selection")))
    assert sorted(chosen["movie_id"]) == [260, 1196, 1210]
    assert chosen["title"].str.startswith("Star Wars").all()
    assert {"year", "genres", "n_ratings", "mean_rating", "bias"} <= set(chosen)


def test_the_file_for_embedding_atlas_holds_places_clusters_and_neighbors(page: Page, app_url: str) -> None:
    open_map(page, app_url, f"{WELL_KNOWN}&n_clusters=5")
    page.get_by_role("button", name="Export").click()
    movies = pd.read_parquet(io.BytesIO(download(page, "Embedding Atlas")))
    assert len(movies) == page.evaluate(N_POINTS, "points")
    assert 1 < movies["cluster"].nunique() <= 5
    assert np.isfinite(movies[["x", "y"]]).all(axis=None)
    assert all(len(neighbors["ids"]) == 15 for neighbors in movies["neighbors"])


def test_color_and_size_can_say_each_quantity(page: Page, app_url: str) -> None:
    open_map(page, app_url, WELL_KNOWN)
    seen = [page.evaluate(COLORS)]
    for name, legend in (
        ("Year", "Year"), ("Mean rating", "Mean rating"), ("Number of ratings", "Number of ratings"),
        ("Bias", "Movie bias (before the sigmoid)"), ("Vector length", "Length of the vector"), ("Cluster", "Cluster"),
        ("Neighbors kept", "Share of true neighbors kept"),
    ):  # fmt: skip
        choose(page, "Color", name)
        expect(page.locator(".mm-legend-title")).to_have_text(legend)
        at_rest(page)
        seen.append(page.evaluate(COLORS))
    assert all(one != other for one, other in itertools.combinations(seen, 2))
    sizes = [page.evaluate(SIZES)]
    assert len(sizes[0]) == 1
    for name in ("Number of ratings", "Year", "Mean rating", "Bias", "Vector length"):
        choose(page, "Size", name)
        page.wait_for_function(f"before => JSON.stringify(({SIZES})()) !== JSON.stringify(before)", arg=sizes[-1])
        sizes.append(page.evaluate(SIZES))
        assert max(sizes[-1]) > 3 * min(sizes[-1])
    assert all(one != other for one, other in itertools.combinations(sizes, 2))


@pytest.mark.parametrize("address", ["map?run=copy&projection=PCA&movie=1", "?run=copy"])
def test_nothing_is_asked_of_another_server(page: Page, app_url: str, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(f"{app_url}/{address}")
    page.wait_for_selector(".mm-plot[data-drawn]")
    at_rest(page)
    own = (app_url, app_url.replace("http", "ws", 1), "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []
    assert any("plotly" in url for url in asked)
