"""What is asked of the map: projections that take a while, axes of one's own, arithmetic, and learning replayed."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from recsys_core.data.ratings import Ratings
from recsys_core.data.split import split_ratings
from recsys_core.maps.projection import ProjectionSpec
from recsys_core.maps.replay import replay_run
from recsys_core.quality.ordering import ordering_of_places
from recsys_core.runs.store import open_run
from recsys_core.runs.writer import train
from recsys_core.settings.train_config import Phase, TrainConfig
from tests.browser.test_map import PLOT
from tests.browsing import at_rest

CONFIG = TrainConfig(n_ratings=15_000, batch_size=256, phases=(Phase(5e-3, 3),))
PLACES = "() => Array.from(document.querySelector('.mm-plot').data[1].x.slice(0, 300))"
MOVED = "before => document.querySelector('.mm-plot')?.data?.[1].x.slice(0, 300).some((x, i) => x !== before[i])"


@pytest.fixture(scope="module")
def small_run(app_runs_dir: Path, built_in: Ratings) -> str:
    train(split_ratings(built_in, CONFIG), CONFIG, app_runs_dir / "small")
    return "small"


def open_map(page: Page, app_url: str, run: str, query: str) -> None:
    page.goto(f"{app_url}/map?run={run}&{query}")
    page.wait_for_selector(PLOT)
    at_rest(page)


def test_a_projection_waits_until_it_is_asked_for_and_can_be_cancelled(
    page: Page, app_url: str, small_run: str
) -> None:
    # Of all movies, so that there is time to cancel.
    open_map(page, app_url, small_run, "projection=t-SNE&min_ratings=0")
    expect(page.get_by_text("This t-SNE has not been computed yet")).to_be_visible()
    expect(page.get_by_test_id("stMain").get_by_role("progressbar")).to_have_count(0)
    before = page.evaluate(PLACES)
    page.get_by_role("button", name="Compute t-SNE").click()
    expect(page.get_by_test_id("stMain").get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Compute t-SNE")).to_be_visible()
    assert page.evaluate(PLACES) == before


def _ordering_of_last_frame(run_dir: Path) -> str:
    run = open_run(run_dir)
    _, pictures, rows = replay_run(run, ProjectionSpec(method="pca", min_ratings=20))
    return ordering_of_places(pictures[-1], run.movies.iloc[rows]).sentence().replace("**", "")


def test_axes_arithmetic_and_replay(page: Page, app_url: str, app_runs_dir: Path, small_run: str) -> None:
    axes = "&".join(f"{axis}_{end}={title}" for axis, end, title in (
        ("x", "from", "Forrest+Gump+(1994)"), ("x", "to", "Pulp+Fiction+(1994)"),
        ("y", "from", "Toy+Story+(1995)"), ("y", "to", "Jurassic+Park+(1993)"),
    ))  # fmt: skip
    open_map(page, app_url, small_run, f"projection=Custom+axes&{axes}&plus=Forrest+Gump+(1994)")
    by_axes = page.evaluate(PLACES)
    page.get_by_role("radio", name="calculate").click()
    expect(page.get_by_text("The star is the result itself")).to_be_visible()
    page.wait_for_function(
        "() => document.querySelector('.mm-plot').data.find(({ name }) => name === 'marks').x.length"
    )

    page.get_by_role("radio", name="replay").click()
    expect(page.get_by_test_id("stButton").get_by_text("Play", exact=True)).to_be_visible(timeout=20_000)
    page.wait_for_function(MOVED, arg=by_axes)
    first = page.evaluate(PLACES)
    page.get_by_test_id("stButton").get_by_text("Play", exact=True).click()
    page.wait_for_function(MOVED, arg=first)
    expect(page.get_by_test_id("stButton").get_by_text("Play", exact=True)).to_be_visible(timeout=20_000)
    expect(page.get_by_role("slider", name="Epoch")).to_have_attribute("aria-valuetext", "3")
    said = _ordering_of_last_frame(app_runs_dir / small_run)
    expect(page.get_by_text(f"What the map after epoch 3 is ordered by: {said}")).to_be_visible()

    at_rest(page)
    page.get_by_role("radio", name="UMAP").click()
    ask = page.get_by_role("button", name="Draw each epoch by UMAP")
    ask.click()
    expect(page.get_by_test_id("stMain").get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(ask).to_be_visible()
