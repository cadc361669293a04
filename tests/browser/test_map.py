"""The map as a visitor uses it: whatever happens around it, its view stays."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsing import AppServer, OpenPage, at_rest, copy_run
from tests.journeys import steps

TOY_STORY, MATRIX = 1, 2571
PLOT = ".mm-plot[data-drawn]"

VIEW = """() => {
    const { xaxis, yaxis } = document.querySelector('.mm-plot').layout
    return [...xaxis.range, ...yaxis.range]
}"""
CAMERA = "() => document.querySelector('.mm-plot')._fullLayout.scene.camera.eye"
COLORS = "() => Array.from(document.querySelector('.mm-plot').data[1].marker.color.slice(0, 200))"
N_POINTS = "name => document.querySelector('.mm-plot').data.find(trace => trace.name === name).x.length"
HAS_LINES = "() => document.querySelector('.mm-plot').data.find(trace => trace.name === 'lines').x.length > 0"
SKETCHED = """async () => {
    const { Sketch } = await import(document.querySelector('link[rel=modulepreload][href$="/sketch.js"]').href)
    const rows = Uint32Array.from(Array(20_000).keys())
    const points = { x: new Float32Array(20_000), y: new Float32Array(20_000) }
    const encoding = { values: new Float32Array(20_000), scale: [[0, 'rgb(255, 0, 0)'], [1, 'blue']], min: 0, max: 1 }
    const done = []
    const map = {
        dims: 2, drawn: true, points, drawnPoints: points, shownRows: rows, litRows: rows.slice(0, 3), encoding,
        place: { window: () => ({ width: 100, height: 50 }), pixels: () => () => [50, 25] },
        style: {}, spec: {}, ghosts: [], standsOut: true, drawingMs: 300,
        draw: () => done.push('drawn'), sketched: () => done.push('sketched'),
    }
    const [canvas, under] = ['canvas', 'div'].map(name => document.createElement(name))
    const sketch = new Sketch(map, canvas, under)
    const isSketched = sketch.draw()
    const [red, green] = canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data
    const isDimmed = under.matches('.mm-dimmed')
    await new Promise(resolve => setTimeout(resolve, 600))
    sketch.clear()
    // Of fewer, where drawing them takes long.
    const few = drawingMs => ({ ...map, shownRows: rows.slice(1), drawingMs, draw: () => {} })
    const areFewSketched = [10, 100].map(ms => new Sketch(few(ms), canvas, under).draw())
    done.pop()
    // Where nothing stands out all are sketched, those before lying under those after.
    const all = new Sketch({ ...map, litRows: rows.slice(0, 0), standsOut: false }, canvas, under)
    encoding.values.fill(1)
    const areAllSketched = all.draw()
    const [, , blue, opacity] = canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data
    const isHidden = under.className
    await new Promise(resolve => setTimeout(resolve, 600))
    all.clear()
    return [
        isSketched, red > 200 && green < 50, isDimmed, ...areFewSketched, areAllSketched, blue > 250 && opacity > 250,
        isHidden, done.join(), canvas.width, under.className,
    ]
}"""
SPOT_OF = """title => {
    const label = [...document.querySelectorAll('.mm-label')].find(node => node.textContent === title)
    const box = label.getBoundingClientRect()
    return [box.x + box.width / 2, box.y + box.height / 2 + 9]
}"""


def open_map(page: Page, app_url: str, query: str = "", run: str = "copy") -> None:
    page.goto(f"{app_url}/map?run={run}&{query}")
    page.wait_for_selector(PLOT)
    at_rest(page)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()
    at_rest(page)


def stage(page: Page) -> Locator:
    return page.locator(".mm-stage")


def zoom_in(page: Page) -> list[float]:
    before = page.evaluate(VIEW)
    box = stage(page).bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + box["height"] * 0.5)
    for _ in range(3):
        page.mouse.wheel(0, -240)
        page.wait_for_timeout(120)
    page.wait_for_function(
        "before => document.querySelector('.mm-plot').layout.xaxis.range[0] !== before", arg=before[0]
    )
    at_rest(page)
    return page.evaluate(VIEW)


def draw_box(page: Page, left: float, top: float, right: float, bottom: float) -> None:
    """With the box tool, from shares of the stage's width and height."""
    box = stage(page).bounding_box()
    page.mouse.move(box["x"] + left * box["width"], box["y"] + top * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + right * box["width"], box["y"] + bottom * box["height"], steps=6)
    page.mouse.up()
    at_rest(page)


def click_first_title(page: Page) -> str:
    """Click where the first title points, and return the movie that the tooltip names: another may lie on top."""
    spot = page.evaluate(SPOT_OF, page.locator(".mm-label-title").first.inner_text())
    page.mouse.move(*spot)
    named = page.wait_for_selector(".mm-tooltip.mm-visible").inner_text().splitlines()[0]
    page.mouse.click(*spot)
    at_rest(page)
    return named


def test_the_view_stays_through_search_recolor_selection_and_neighbors(page: Page, app_url: str) -> None:
    open_map(page, app_url)
    view = zoom_in(page)

    page.get_by_label("Search title, genre or year").fill("star")
    expect(page.locator(".mm-found")).to_contain_text("found")
    at_rest(page)
    assert page.evaluate(N_POINTS, "lit") > 0
    assert page.evaluate(VIEW) == view

    page.get_by_label("Search title, genre or year").fill("")
    colors = page.evaluate(COLORS)
    choose(page, "Color", "Year")
    expect(page.locator(".mm-legend-title")).to_have_text("Year")
    assert page.evaluate(COLORS) != colors
    assert page.evaluate(VIEW) == view

    page.get_by_label("Select with a free line").click()
    draw_box(page, 0.3, 0.3, 0.7, 0.7)
    page.get_by_label("Select with a box").click()
    draw_box(page, 0.2, 0.2, 0.8, 0.8)
    expect(page.locator(".mm-status")).to_contain_text("selected")
    expect(page.get_by_role("button", name="Download the selection")).to_be_visible()
    assert page.evaluate(VIEW) == view

    page.get_by_label("Clear search, selection and filters").click()
    page.get_by_label("Move the map").click()
    at_rest(page)
    title = click_first_title(page)
    expect(page.get_by_role("heading", name=re.compile(re.escape(title)))).to_be_visible()
    page.wait_for_function(HAS_LINES)
    assert page.evaluate(VIEW) == view


def test_another_projection_is_seen_as_a_whole(page: Page, app_url: str) -> None:
    open_map(page, app_url)
    whole = page.evaluate(VIEW)
    assert zoom_in(page) != whole
    expect(page).to_have_url(re.compile(r"[?&]view="))
    choose(page, "Projection", "PCA")
    expect(page).not_to_have_url(re.compile(r"[?&]view="))
    at_rest(page)
    assert page.evaluate(VIEW) == pytest.approx(whole)


def test_among_many_movies_what_is_found_is_sketched_before_the_figure_is_drawn(page: Page, app_url: str) -> None:
    open_map(page, app_url)
    as_said = [True, True, True, False, True, True, True, "mm-hidden", "sketched,drawn,sketched,drawn", 0, ""]
    assert page.evaluate(SKETCHED) == as_said


def test_in_three_dimensions_a_box_selects_and_the_camera_stays(page: Page, app_url: str) -> None:
    open_map(page, app_url, "projection=PCA&min_ratings=80&dims=3-D")
    page.wait_for_function("() => document.querySelector('.mm-plot')._fullLayout.scene")
    page.get_by_label("Select with a box").click()
    draw_box(page, 0.01, 0.99, 0.5, 0.01)
    left = page.evaluate(N_POINTS, "lit")
    page.keyboard.down("Shift")
    draw_box(page, 0.5, 0.99, 0.99, 0.01)
    page.keyboard.up("Shift")
    assert 0 < left < page.evaluate(N_POINTS, "lit") == page.evaluate(N_POINTS, "points")

    page.get_by_label("Clear search, selection and filters").click()
    page.get_by_label("Zoom in").click()
    page.wait_for_timeout(500)
    camera = page.evaluate(CAMERA)
    page.get_by_label("Search title, genre or year").fill("star")
    expect(page.locator(".mm-found")).to_contain_text("found")
    choose(page, "Color", "Year")
    assert page.evaluate(CAMERA) == pytest.approx(camera)


def test_movies_are_selected_and_filtered_by_the_mouse_until_the_run_is_deleted(
    page: Page, app_url: str, app_runs_dir: Path
) -> None:
    """A selection grows with Shift, shrinks with Alt and can stand alone; a brushed histogram filters."""
    copy_run(app_runs_dir / "copy", app_runs_dir / "doomed")
    open_map(page, app_url, "projection=PCA", run="doomed")
    n_movies = page.evaluate(N_POINTS, "points")
    page.get_by_label("Select with a box").click()
    draw_box(page, 0.05, 0.2, 0.5, 0.9)
    first = page.evaluate(N_POINTS, "lit")
    page.keyboard.down("Shift")
    draw_box(page, 0.5, 0.2, 0.85, 0.9)
    page.keyboard.up("Shift")
    both = page.evaluate(N_POINTS, "lit")
    assert both > first
    page.keyboard.down("Alt")
    draw_box(page, 0.5, 0.2, 0.85, 0.9)
    page.keyboard.up("Alt")
    assert page.evaluate(N_POINTS, "lit") == first
    isolate = page.get_by_label("Show the selection alone, or all again")
    isolate.click()
    at_rest(page)
    assert page.evaluate(N_POINTS, "points") == first
    isolate.click()
    at_rest(page)
    assert page.evaluate(N_POINTS, "points") == n_movies

    page.get_by_label("Clear search, selection and filters").click()
    year = page.locator(".mm-histogram").first.locator("svg")
    year.scroll_into_view_if_needed()
    box = year.bounding_box()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 20, steps=4)
    page.mouse.up()
    at_rest(page)
    shown = page.evaluate(N_POINTS, "points")
    assert 0 < shown < n_movies
    assert page.evaluate(N_POINTS, "ghosts") == n_movies - shown

    shutil.rmtree(app_runs_dir / "doomed")
    choose(page, "Projection", "UMAP")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("not there")
    at_rest(page)
    expect(page.get_by_test_id("stAlert").first).to_contain_text("not there")
    steps.go_to(page, "Biases")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_what_is_searched_for_is_text_or_an_expression_and_titles_are_never_markup(page: Page, app_url: str) -> None:
    open_map(page, app_url, f"movie={TOY_STORY}")
    expect(page.get_by_role("heading", name="Toy Story (1995)")).to_be_visible()
    field = page.get_by_label("Search title, genre or year")
    field.fill("<b>")
    expect(page.locator(".mm-found")).to_have_text("0 found")
    field.fill("")
    page.get_by_label("Regular expression").click()
    field.fill("^toy story")
    expect(page.locator(".mm-found")).to_contain_text("found")
    # They are counted before they are drawn.
    at_rest(page)
    n_found = page.evaluate(N_POINTS, "lit")
    field.fill("^toy (story")
    expect(page.locator(".mm-notice")).to_contain_text("Not a regular expression")
    at_rest(page)
    # What is invalid is reported, and the last result stays.
    assert page.evaluate(N_POINTS, "lit") == n_found > 0
    # Without a limit, this one would keep the browser busy for years.
    field.fill("(a|a|[a-z ]+)+$!")
    expect(page.locator(".mm-notice")).not_to_contain_text("Not a regular expression")
    field.fill("^toy story 2")
    expect(page.locator(".mm-found")).to_have_text("1 found")


def test_an_address_and_a_copied_link_show_the_same_map(
    page: Page, app_server: AppServer, open_page_of: OpenPage
) -> None:
    """With nearly all movies selected, then, elsewhere, with a few."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_map(page, app_server.url, f"projection=PCA&movie={MATRIX}")
    zoom_in(page)
    choose(page, "Color", "Mean rating")
    for text in ("e", "toy"):
        page.get_by_label("Search title, genre or year").fill(text)
        page.get_by_role("button", name="found").click()
        at_rest(page)
        page.wait_for_function(
            "text => ['q=' + text, 'select=', 'view=', 'color='].every(part => location.search.includes(part))",
            arg=text,
        )
        seen = as_it_is(page)
        assert re.search(r"\d selected", seen["counts"])
        if text == "e":
            page.goto(page.evaluate("location.href"))
            expect_as_it_was(page, seen)
    page.get_by_label("Copy a link that shows this map as it is").click()
    expect(page.locator(".mm-notice")).to_contain_text("Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    elsewhere = open_page_of(app_server)
    elsewhere.goto(link)
    expect_as_it_was(elsewhere, seen)
    expect(elsewhere.get_by_label("Search title, genre or year")).to_have_value("toy")
    assert elsewhere.evaluate(N_POINTS, "focus") == 1


def as_it_is(page: Page) -> dict:
    """What a link must bring back."""
    return {
        "view": page.evaluate(VIEW),
        "found": page.locator(".mm-found").inner_text(),
        "counts": page.locator(".mm-status").inner_text(),
        "lit": page.evaluate(N_POINTS, "lit"),
    }


def expect_as_it_was(page: Page, seen: dict) -> None:
    page.wait_for_selector(PLOT)
    at_rest(page)
    assert page.evaluate(VIEW) == pytest.approx(seen["view"], rel=1e-3)
    expect(page.locator(".mm-found")).to_have_text(seen["found"])
    expect(page.locator(".mm-status")).to_have_text(seen["counts"])
    page.wait_for_function(f"n => ({N_POINTS})('lit') === n", arg=seen["lit"])
    expect(page.locator(".mm-legend-title")).to_have_text("Mean rating")


def test_settings_outside_what_is_accepted_in_the_link_leave_a_map(page: Page, app_url: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    odd = "projection=nonsense&umap_neighbors=1000000&view=1,0,nan,4&filter=year:9~x;genre&select=5,-1,x"
    open_map(page, app_url, f"{odd}&movie=1; drop")
    assert page.evaluate(N_POINTS, "points") > 0
    expect(page.locator(".mm-notice")).to_contain_text("not in this run")
    expect(page.get_by_test_id("stAlert")).to_contain_text("A movie must be one of this run's")
    # The watch over what is asked, which finds any other server, hears of it.
    assert any("plotly" in url for url in asked)


def test_without_webgl_the_map_still_draws_and_says_so(page: Page, app_url: str) -> None:
    page.add_init_script(
        """const original = HTMLCanvasElement.prototype.getContext
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
            return kind.includes('webgl') ? null : original.call(this, kind, ...rest)
        }"""
    )
    open_map(page, app_url, "projection=PCA&min_ratings=0")
    expect(page.locator(".mm-notice")).to_contain_text("no WebGL")
    assert page.evaluate("() => document.querySelector('.mm-plot').data[1].type") == "scatter"
