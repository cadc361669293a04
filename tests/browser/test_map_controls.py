"""The map's controls, each for what it is there for, as far as the other tests of the map leave them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import Page, expect

from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.exports import subset
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from tests.browser.controls import download, expect_listed, move_slider, press, set_number
from tests.browser.test_map import N_POINTS, SPOT_OF, VIEW, choose, open_map, stage
from tests.browsing import at_rest
from ui.charts.palette import GENRE_COLORS

NARROWER = "width => (([a, b]) => b - a < width)(document.querySelector('.mm-plot').layout.xaxis.range)"
WIDER = NARROWER.replace("<", ">")
WELL_KNOWN = "projection=PCA&min_ratings=80"
MATRIX = 2571
PLACES = "() => Array.from(document.querySelector('.mm-plot').data[1].x.slice(0, 100))"
MOVED = "before => document.querySelector('.mm-plot')?.data?.[1].x.slice(0, 100).some((x, i) => x !== before[i])"
LEGEND = ".mm-entry"


def embeddings() -> MovieEmbeddings:
    return MovieEmbeddings.from_run(open_run(EXAMPLE_RUN_DIR))


# All movies are in the window, those too that lie beyond the first one, whose left end is `low`.
EVERYTHING = """low => {
    const plot = document.querySelector('.mm-plot')
    const { xaxis, yaxis } = plot.layout
    const { x, y } = plot.data.find(({ name }) => name === 'points')
    const inside = (values, [least, most]) => values.every(value => value >= least && value <= most)
    return xaxis.range[0] <= low && inside(x, xaxis.range) && inside(y, yaxis.range)
}"""


def test_zoom_search_keys_legend_and_histograms(page: Page, app_url: str) -> None:
    open_map(page, app_url, WELL_KNOWN)
    whole = page.evaluate(VIEW)
    page.get_by_label("Zoom in").click()
    page.wait_for_function(NARROWER, arg=0.9 * (whole[1] - whole[0]))
    page.get_by_label("Zoom out").click()
    page.get_by_label("Zoom out").click()
    page.wait_for_function(WIDER, arg=1.1 * (whole[1] - whole[0]))
    page.get_by_label("Show everything").click()
    page.wait_for_function(EVERYTHING, arg=whole[0])

    search = page.get_by_label("Search title, genre or year")
    search.fill("matrix")
    expect(page.locator(".mm-found")).to_contain_text("found")
    search.press("Enter")
    page.wait_for_function(NARROWER, arg=0.9 * (whole[1] - whole[0]))
    found = page.evaluate(SPOT_OF, "The Matrix")
    box = stage(page).bounding_box()
    assert box["x"] < found[0] < box["x"] + box["width"]
    assert box["y"] < found[1] < box["y"] + box["height"]
    search.press("Escape")
    expect(search).to_have_value("")
    expect(page.locator(".mm-found")).to_have_text("")
    page.get_by_label("Show everything").click()

    movies = embeddings().movies
    shown = movies[movies["n_ratings"] >= 80]["genres"].str.split("|")

    def of(*names: str) -> int:
        return int(shown.map(lambda genres: bool(set(genres) & set(names))).sum())

    page.locator(LEGEND).filter(has_text="Horror").click()
    page.wait_for_function(f"n => ({N_POINTS})('points') === n", arg=of("Horror"))
    page.locator(LEGEND).filter(has_text="Crime").click(modifiers=["Shift"])
    page.wait_for_function(f"n => ({N_POINTS})('points') === n", arg=of("Horror", "Crime"))
    expect(page.locator(".mm-status")).to_contain_text(f"{of('Horror', 'Crime')} of {len(shown)} movies")
    page.get_by_label("Clear search, selection and filters").click()
    page.wait_for_function(f"n => ({N_POINTS})('points') === n", arg=len(shown))

    genres = page.locator(".mm-histogram").nth(2).locator("svg")
    bars = genres.bounding_box()
    page.mouse.click(bars["x"] + bars["width"] * 0.5 / (len(GENRE_COLORS) + 1), bars["y"] + 30)
    page.wait_for_function(f"n => ({N_POINTS})('points') === n", arg=of(next(iter(GENRE_COLORS))))


def test_leaving_the_map_while_it_draws_leaves_no_error(page: Page, app_url: str) -> None:
    open_map(page, app_url, WELL_KNOWN)
    # A drawing of a second, which needs the figure to its end, as Plotly's own do.
    page.evaluate(
        """() => {
            const { react } = window.Plotly
            window.Plotly.react = async (plot, ...rest) => {
                await react(plot, ...rest)
                await new Promise(resolve => setTimeout(resolve, 1000))
                plot._fullLayout.width
                window.drawnToItsEnd = true
            }
        }"""
    )
    page.locator(LEGEND).first.click()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Biases").click()
    expect(page.locator(".mm-plot")).to_have_count(0)
    page.wait_for_function("window.drawnToItsEnd")


def test_layers_and_clusters(page: Page, app_url: str) -> None:
    open_map(page, app_url, WELL_KNOWN)
    expect(page.locator(".mm-label-title").first).to_be_visible()
    press(page, "Layers")
    page.get_by_text("Titles", exact=True).click()
    expect(page.locator(".mm-label-title")).to_have_count(0)
    page.get_by_text("Cluster names", exact=True).click()
    expect(page.locator(".mm-label-cluster").first).to_be_visible()
    move_slider(page, "Number of clusters", -8)
    page.keyboard.press("Escape")
    choose(page, "Color", "Cluster")
    expect(page.locator(LEGEND)).to_have_count(4)
    press(page, "Layers")
    box = page.get_by_role("combobox", name="Clusters by")
    box.click()
    page.get_by_role("option", name="HDBSCAN").click()
    at_rest(page)
    expect(page.get_by_role("slider", name="Fewest movies in one")).to_be_visible()
    expect(page.locator(LEGEND).filter(has_text="No cluster")).to_be_visible()


def test_settings_of_the_projections_reach_the_map(page: Page, app_url: str) -> None:
    open_map(page, app_url, WELL_KNOWN)
    n_movies = page.evaluate(N_POINTS, "points")
    first = page.evaluate(PLACES)
    set_number(page, "At least … ratings", 150)
    at_rest(page)
    n_often = int((embeddings().n_ratings >= 150).sum())
    assert page.evaluate(N_POINTS, "points") == n_often < n_movies
    expect(page.locator(".mm-status")).to_contain_text(f"{n_often:,} movies of 9,066 with 150 ratings or more")
    page.get_by_test_id("stPopoverButton").filter(has_text="Settings").click()
    components = page.get_by_role("combobox", name="Components (2 of the first ten)")
    components.press("Backspace")
    components.fill("3")
    page.get_by_role("option", name="3", exact=True).click()
    at_rest(page)
    page.wait_for_function(MOVED, arg=first)
    page.keyboard.press("Escape")

    choose(page, "Projection", "UMAP")
    page.get_by_test_id("stPopoverButton").filter(has_text="Settings").click()
    move_slider(page, "Neighbors", -5)
    move_slider(page, "Minimum distance", 2)
    set_number(page, "Seed", 3)
    page.keyboard.press("Escape")
    before = page.evaluate(PLACES)
    page.get_by_role("button", name="Compute UMAP").click()
    expect(page.get_by_role("button", name="Compute UMAP")).to_have_count(0)
    expect(page.get_by_test_id("stMain").get_by_role("progressbar")).to_have_count(0, timeout=60_000)
    page.wait_for_function(MOVED, arg=before)
    for part in ("umap_neighbors=25", "min_dist=0.2", "seed=3", "min_ratings=150"):
        assert part in page.url


def test_the_movie_beside_the_map_and_its_neighbors(page: Page, app_url: str) -> None:
    known = embeddings()
    open_map(page, app_url, WELL_KNOWN)
    famous = known.movies.iloc[int(np.argmax(known.n_ratings))]
    page.get_by_test_id("stMain").get_by_role("button", name=f"{famous['title']} ({famous['year']:.0f})").click()
    expect(page.get_by_role("heading", name=famous["title"])).to_be_visible()
    expect(page.get_by_text("Among movies with at least 20 ratings.")).to_be_visible()
    at_rest(page)
    row = known.index_of(famous["movie_id"])
    expect_listed(page, known.neighbors(row, 10, min_ratings=20)["title"].tolist())
    page.get_by_test_id("stPopoverButton").filter(has_text="Neighbors").click()
    move_slider(page, "How many", -6)
    press(page, "dot", "radio")
    move_slider(page, "At least … ratings", 40)
    page.keyboard.press("Escape")
    at_rest(page)
    wanted = known.neighbors(row, 4, "dot", 60)["title"].tolist()
    expect(page.locator(".movie-list .row")).to_have_count(4)
    expect_listed(page, wanted)
    page.locator(".movie-list button.title").nth(1).click()
    expect(page.get_by_role("heading", name=wanted[1])).to_be_visible()
    page.get_by_label("Clear search, selection and filters").click()
    expect(page.get_by_text("Click a movie")).to_be_visible()


def test_arithmetic_by_hand_and_what_sets_a_selection_apart(page: Page, app_url: str) -> None:
    known = embeddings()
    open_map(page, app_url, f"{WELL_KNOWN}&q=star+wars")
    page.get_by_role("button", name="found").click()
    at_rest(page)
    expect(page.get_by_text("What sets it apart")).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_have_count(2)
    page.get_by_role("radio", name="calculate").click()
    for field, title in (("Add", "The Matrix (1999)"), ("Take away", "Toy Story (1995)")):
        box = page.get_by_role("combobox", name=field)
        box.fill(title)
        page.get_by_role("option", name=title).first.click()
        page.keyboard.press("Escape")
        at_rest(page)
    move_slider(page, "With at least … ratings", 40)
    terms = [(known.find_title("The Matrix"), 1.0), (known.find_title("Toy Story"), -1.0)]
    wanted = known.analogy(terms, 10, min_ratings=60)[1]["title"].tolist()
    expect(page.locator(".movie-list .row")).to_have_count(10)
    expect_listed(page, wanted)
    assert {"plus", "minus"} <= {part.split("=")[0] for part in page.url.split("?")[1].split("&")}


@contextmanager
def offline(page: Page) -> Iterator[None]:
    """The browser has no network; in the end the page is closed."""
    page.context.set_offline(True)
    try:
        yield
    finally:
        page.close()
        page.context.set_offline(False)


def test_every_export_opens(page: Page, app_url: str, tmp_path: Path) -> None:
    known = subset(embeddings(), np.flatnonzero(embeddings().n_ratings >= 80))
    open_map(page, app_url, WELL_KNOWN)
    n_shown = page.evaluate(N_POINTS, "points")
    assert n_shown == len(known)
    press(page, "Export")
    with zipfile.ZipFile(io.BytesIO(download(page, "Embedding Projector"))) as archive:
        vectors = pd.read_csv(archive.open("vectors.tsv"), sep="\t", header=None)
    assert np.allclose(vectors, known.vectors)
    arrays = np.load(io.BytesIO(download(page, "NumPy")), allow_pickle=False)
    assert arrays["title"].tolist() == known.movies["title"].tolist()
    header, first, *_ = download(page, "word2vec").decode().split("\n", 2)
    assert header == f"{len(known)} {known.size}"
    assert len(first.split(" ")) == 1 + known.size
    lines = pd.read_csv(io.BytesIO(download(page, "Neighbors of all movies")))
    assert len(lines) == 10 * len(known)
    assert set(lines["movie_id"]) == set(known.movies["movie_id"])

    (tmp_path / "map.html").write_bytes(download(page, "Web page"))
    alone = page.context.new_page()
    page.close()
    with offline(alone):
        alone.goto((tmp_path / "map.html").as_uri())
        alone.wait_for_function("() => document.querySelector('.js-plotly-plot')?._fullData?.length")
        drawn = alone.evaluate(
            "() => document.querySelector('.js-plotly-plot')._fullData.map(t => [t.name, t.marker.color, t.x.length])"
        )
    assert sum(n for _, _, n in drawn) == n_shown
    assert all(color == GENRE_COLORS[name] for name, color, _ in drawn if name in GENRE_COLORS)
