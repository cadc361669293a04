"""Compare: two trainings told apart, their maps, predictions and neighbors held against each other and the noise."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from recsys_core.compare.biases import compare_biases
from recsys_core.compare.maps import draw_pair
from recsys_core.compare.neighbors import compare_neighbors
from recsys_core.compare.predictions import compare_predictions
from recsys_core.data.ratings import Ratings
from recsys_core.data.split import split_ratings
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.recommend import average_person, recommend
from recsys_core.maps.projection import ProjectionSpec
from recsys_core.quality.ordering import ordering_of_places
from recsys_core.runs.keeping.naming import rename
from recsys_core.runs.run import Run
from recsys_core.runs.store import open_run
from recsys_core.runs.writer import train
from recsys_core.settings.train_config import Phase, with_values
from tests.browser.controls import figures, listed, open_at, press
from tests.browser.test_map_asking import CONFIG
from tests.browsing import at_rest
from tests.damaging import damaged_copy
from tests.journeys.steps import TRAIN_TIMEOUT

FIRST = dataclasses.replace(CONFIG, phases=(Phase(5e-3, 2),))
SECOND = with_values(FIRST, {"epochs": 3, "seed": 4})
NAMES = ("compare-one", "compare-two")

SCATTER_IS_DRAWN = """() => {
    const named = [...document.querySelectorAll('.js-plotly-plot')].at(-1)?._fullData?.at(-1)?.text ?? []
    return ['A', 'B'].every(letter => named.includes(letter))
}"""
RANGES = """() => [...document.querySelectorAll('.mm-plot')].map(({ layout }) =>
    [...layout.xaxis.range, ...layout.yaxis.range])"""
LIT = """() => [...document.querySelectorAll('.mm-plot')].map(plot =>
    plot.data.find(({ name }) => name === 'lit').x.length)"""
PLACES = "map => Array.from(document.querySelectorAll('.mm-plot')[map].data[1].x)"
SPOT = """() => {
    // Where a movie is in the left window that both windows show.
    const plots = [...document.querySelectorAll('.mm-plot')]
    const at = (plot, i) => {
        const { left, top, width, height } = plot.getBoundingClientRect()
        const { xaxis, yaxis } = plot.layout
        const { x, y } = plot.data[1]
        const across = (x[i] - xaxis.range[0]) / (xaxis.range[1] - xaxis.range[0])
        const up = (y[i] - yaxis.range[0]) / (yaxis.range[1] - yaxis.range[0])
        const inside = [across, up].every(share => share > 0.2 && share < 0.8)
        return { spot: [left + across * width, top + (1 - up) * height], inside }
    }
    const rows = [...plots[0].data[1].x.keys()]
    return at(plots[0], rows.find(i => plots.every(plot => at(plot, i).inside))).spot
}"""


@pytest.fixture(scope="module")
def two_runs(app_runs_dir: Path, built_in: Ratings) -> Iterator[tuple[Run, Run]]:
    """Two trainings on few ratings that differ in epochs and seed; a damaged copy."""
    split = split_ratings(built_in, FIRST)
    runs = tuple(train(split, config, app_runs_dir / name) for name, config in zip(NAMES, (FIRST, SECOND), strict=True))
    rename(runs[1], f"{NAMES[1]}, whose name takes more than a line beside that of another one")
    damaged = damaged_copy(runs[0].path, "movies.parquet", "truncated")
    yield open_run(runs[0].path), open_run(runs[1].path)
    for folder in (runs[0].path, runs[1].path, damaged):
        shutil.rmtree(folder)


def address(app_url: str, look: str, page: str = "compare") -> str:
    return f"{app_url}/{page}?run={NAMES[0]}&runs={','.join(NAMES)}&look={look}"


def test_from_what_differs_to_the_movies_that_moved(page: Page, app_url: str, two_runs: tuple[Run, Run]) -> None:
    open_at(page, address(app_url, "Figures"))
    table = page.locator("table", has_text="What differs")
    expect(table.get_by_role("row", name=re.compile("Seed"))).to_contain_text("04")
    page.wait_for_function(SCATTER_IS_DRAWN)
    *bars, curves, scatter = figures(page)
    assert {tuple(trace["y"]) for (trace,) in bars} == {("A", "B")}
    assert [len(trace["x"]) for trace in curves if len(trace["x"]) > 1] == [2, 3]
    assert set(scatter[-1]["text"]) == {"A", "B"}
    press(page, "Seconds", "radio")
    expect(page).to_have_url(re.compile("over=Seconds"))

    press(page, "Neighbors", "radio")
    expect(page.get_by_text("noise not measured")).to_be_visible()
    page.get_by_role("button", name="Measure the noise with A").click()
    expect(page.get_by_text("Between two seeds", exact=True)).to_be_visible(timeout=TRAIN_TIMEOUT)
    at_rest(page)
    measured = compare_neighbors(*two_runs)
    assert measured.noise.is_measured
    expect(page.get_by_text(f"{measured.n_staying.mean():.1f} of 10")).to_be_visible()
    expect(page.get_by_text(measured.verdict)).to_be_visible()
    expect(page.get_by_role("button", name="Measure the noise with B")).to_be_visible()
    (runs, noise), _ = figures(page)
    assert (sum(runs["y"]), sum(noise["y"])) == pytest.approx((1, 1))
    movie = measured.extremes(8, 40)[1].iloc[0]
    page.locator(".movie-list:visible").nth(1).locator("button.title").first.click()
    expect(page).to_have_url(re.compile(f"movie={movie['movie_id']}"))
    at_rest(page)
    one, other = measured.lists_of(int(movie["position"]))
    assert listed(page)[-20:] == [*one["title"], *other["title"]]
    words = [*("stays" if stays else "goes" for stays in one["stays"])]
    expect(page.locator(".movie-list:visible").nth(2).locator(".pill")).to_have_text(words)

    press(page, "Biases", "radio")
    biases = compare_biases(*two_runs)
    known = biases.known(20)
    _, largest = figures(page)
    assert largest[1]["x"] == pytest.approx(known["first"].head(14).tolist())
    assert largest[2]["x"] == pytest.approx(known["second"].head(14).tolist())
    expect(page.get_by_text(f"Correlation {biases.correlation(20):.2f}")).to_be_visible()

    press(page, "Predictions", "radio")
    expect(page.get_by_text("Largest disagreements")).to_be_visible()
    predictions = compare_predictions(*two_runs)
    assert predictions.source == "validation" or predictions.source == "drawn"
    word = "validation rating" if predictions.source == "validation" else "pairs of users and movies"
    expect(page.get_by_text(word).first).to_be_visible()
    expect(page.get_by_text(f"{predictions.mean_difference:.2f} stars").first).to_be_visible()
    _, largest = figures(page)
    assert largest[1]["x"] == pytest.approx(predictions.largest(14)["first"].tolist())
    expect(page).to_have_url(re.compile("look=Predictions"))


def test_two_maps_do_the_same_and_glide_into_each_other(page: Page, app_url: str, two_runs: tuple[Run, Run]) -> None:
    open_at(page, address(app_url, "Maps") + "&projection=PCA&min_ratings=0")
    page.wait_for_function("() => document.querySelectorAll('.mm-plot[data-drawn]').length === 2")
    at_rest(page)
    pair = draw_pair(*two_runs, ProjectionSpec(method="pca"))
    expect(page.locator(".mm-status").first).to_contain_text(f"{len(pair.shared):,} movies")
    expect(page.get_by_text(f"agree to {pair.agreement:.2f}")).to_be_visible()
    said = [
        ordering_of_places(places, run.movies.iloc[rows]).sentence().replace("**", "")
        for run, rows, places in zip(two_runs, pair.shared.rows, pair.places, strict=True)
    ]
    what = "What this map is ordered by: "
    expect(page.get_by_text(what)).to_have_text([what + each for each in said])
    expect(page.locator(".mm-legend-title").first).to_have_text("Overlap of the neighbors in both")
    stages = page.locator(".mm-stage")
    # Whatever their names are, both stand at one height.
    assert stages.first.bounding_box()["y"] == pytest.approx(stages.nth(1).bounding_box()["y"], abs=1)
    page.get_by_role("slider", name="Glide").scroll_into_view_if_needed()

    # Zoomed on the right, found on the left, chosen on the right, pointed at on the left.
    before = page.evaluate(RANGES)
    assert before[0] == pytest.approx(before[1])
    stages.nth(1).get_by_role("button", name="Zoom in").click()
    page.wait_for_function(f"before => ({RANGES})()[0][0] !== before", arg=before[0][0])
    ranges = page.evaluate(RANGES)
    assert ranges[0] == pytest.approx(ranges[1])
    search = page.get_by_role("searchbox", name="Search title, genre or year")
    search.first.fill("comedy")
    expect(search.nth(1)).to_have_value("comedy")
    n_found = int(pair.shared.movies["genres"].str.contains("Comedy").sum())
    expect(page.locator(".mm-found")).to_have_text([f"{n_found:,} found"] * 2)
    page.wait_for_function(f"() => ({LIT})().every(n => n === {n_found})")
    search.first.fill("")
    stages.nth(1).get_by_role("button", name=re.compile("Select with a box")).click()
    box = stages.nth(1).bounding_box()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.4 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.9 * box["height"], steps=4)
    page.mouse.up()
    expect(page.get_by_text(re.compile(r"[\d,]+ selected movies can be compared: on average"))).to_be_visible()
    at_rest(page)
    lit = page.evaluate(LIT)
    assert lit[0] == lit[1] > 1
    stages.first.get_by_role("button", name="Move the map").click()
    stages.first.evaluate("stage => stage.scrollIntoView({ block: 'center' })")
    page.mouse.move(*page.evaluate(SPOT))
    expect(page.locator(".mm-tooltip.mm-visible")).to_have_count(2)
    names = page.locator(".mm-tooltip strong").all_inner_texts()
    assert names[0] == names[1]
    expect(page.locator(".mm-ring.mm-visible")).to_have_count(1)

    # The slider takes the left map's movies to where the right one has them.
    page.mouse.move(0, 0)
    slider = page.get_by_role("slider", name="Glide from A to B")
    left, right = (page.evaluate(PLACES, side) for side in (0, 1))
    assert not np.allclose(left, right)
    slider.fill("1")
    page.wait_for_function(f"right => ({PLACES})(0).every((x, i) => Math.abs(x - right[i]) < 1e-5)", arg=right)
    slider.fill("0.5")
    page.wait_for_function("() => new URLSearchParams(location.search).get('glide') === '0.5'")
    middle = page.evaluate(PLACES, 0)
    assert middle == pytest.approx([(a + b) / 2 for a, b in zip(left, right, strict=True)], abs=1e-5)

    # The address brings all of it back.
    page.goto(page.url)
    page.wait_for_function("() => document.querySelectorAll('.mm-plot[data-drawn]').length === 2")
    at_rest(page)
    for got, wanted in zip(page.evaluate(RANGES), ranges, strict=True):
        assert got == pytest.approx(wanted, rel=1e-3)
    assert page.evaluate(LIT) == lit
    assert page.evaluate(PLACES, 0) == pytest.approx(middle, abs=1e-5)
    press(page, "Clear search, selection and filters")
    expect(page.get_by_text("selected movies can be compared")).to_have_count(0)


def test_a_second_run_stands_beside_the_first_in_lists(page: Page, app_url: str, two_runs: tuple[Run, Run]) -> None:
    first, second = two_runs
    one, other = (MovieEmbeddings.from_run(run) for run in two_runs)
    row = int(np.argmax(one.n_ratings))
    movie_id = int(one.movies["movie_id"].iloc[row])
    lists = [each.neighbors(each.index_of(movie_id), 15, min_ratings=20)["title"].tolist() for each in (one, other)]
    open_at(page, f"{app_url}/neighbors?run={first.name}&movie={movie_id}")
    box = page.get_by_role("combobox", name="Beside it")
    box.click()
    page.get_by_role("option", name=second.name).click()
    expect(page).to_have_url(re.compile(f"beside={second.name}"))
    at_rest(page)
    assert listed(page) == [*lists[0], *lists[1]]
    words = ["in both" if title in lists[1] else "A alone" for title in lists[0]]
    expect(page.locator(".movie-list:visible").first.locator(".pill")).to_have_text(words)
    question = page.get_by_role("radiogroup", name="Whose list do you prefer?")
    question.get_by_role("radio", name="B", exact=True).click()
    expect(page.get_by_text("So far: A 0, B 1, neither 0, of 1 list")).to_be_visible()

    page.get_by_test_id("stSidebarNav").get_by_role("link", name="For you").click()
    expect(page.get_by_role("heading", name="For you")).to_be_visible()
    best = [recommend(run, average_person(run), 20, 20)["title"].tolist() for run in two_runs]
    expect(page.locator(".movie-list:visible")).to_have_count(2)
    at_rest(page)
    assert listed(page) == [*best[0], *best[1]]
    page.get_by_role("radiogroup", name="Whose list do you prefer?").get_by_role("radio", name="A", exact=True).click()
    expect(page.get_by_text("So far: A 1, B 1, neither 0, of 2 lists")).to_be_visible()


@pytest.mark.shows_error("is damaged", "not there")
def test_one_run_a_damaged_one_and_one_that_is_not_there(page: Page, app_url: str, two_runs: tuple[Run, Run]) -> None:
    open_at(page, f"{app_url}/compare?run=copy&runs=compare-one,movies.parquet-truncated,nobody")
    expect(page.get_by_text("movies.parquet is damaged")).to_be_visible()
    expect(page.get_by_text("The run “nobody” is not there")).to_be_visible()
    expect(page.get_by_text("Choose two runs or more")).to_be_visible()
    expect(page).to_have_url(re.compile(r"runs=compare-one(&|$)"))
    # What was left out stands until others are chosen.
    press(page, "Seconds", "radio")
    expect(page.get_by_text("The run “nobody” is not there")).to_be_visible()
    page.get_by_role("combobox", name="Runs to compare").click()
    page.get_by_role("option", name="compare-two").click()
    page.keyboard.press("Escape")
    at_rest(page)
    expect(page.get_by_text("The run “nobody” is not there")).to_have_count(0)
    expect(page.locator("table", has_text="What differs")).to_be_visible()
    expect(page).to_have_url(re.compile(r"runs=compare-one(,|%2C)[\w.-]+"))
