"""A sweep by the page, from setting it up to a run, the Train page and a preset that came of it, and past a restart."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from recsys_core.runs.presets import all_presets, write_preset
from recsys_core.runs.store import open_run
from recsys_core.settings.learning_rates import format_phases
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import with_values
from tests.browser.controls import choose, open_at, press
from tests.browsing import EXAMPLE_RUN_DIR, AppServer, OpenPage, at_rest, copy_run, running_app
from tests.journeys.steps import POLLING, TRAIN_TIMEOUT, choose_preset, go_to, run_names, set_number

N_TRIALS = 2_000
"""More than are over before a test is: what it stops and what it kills must be under way."""
WAIT = TRAIN_TIMEOUT
ROW_PX = 35
CURVES = "[...document.querySelectorAll('.plotly-figure')].flatMap(plot => plot._fullData || [])"
HAS_CURVE = f"name => {CURVES}.some(trace => trace.name === name)"
NUMBER_OF_BEST = f"() => {CURVES}.find(trace => trace.name?.startsWith('best: trial')).customdata[0]"
MORE_ARE_DONE = """([than, all]) => {
    const metrics = [...document.querySelectorAll("[data-testid=stMetric]")].map(each => each.innerText)
    const counts = metrics.find(text => text.startsWith("Trials"))?.match(/([\\d,]+) of ([\\d,]+)/)
    const [done, n] = counts?.slice(1).map(count => Number(count.replaceAll(",", ""))) ?? []
    return n === all && than < done && done < all
}"""
SMALL = with_values(
    PRESETS["dot-bias-rows"].config, {"embedding_size": 8, "epochs": 5, "n_ratings": 15_000, "preset": "small"}
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    folder = tmp_path_factory.mktemp("sweeps")
    copy_run(EXAMPLE_RUN_DIR, folder / "runs" / "copy")
    write_preset(SMALL, "Small enough for a test.", folder / "runs")
    with running_app(folder / "runs", folder / "output.txt") as server:
        yield server


def table(page: Page) -> Locator:
    return page.get_by_test_id("stDataFrame").first


def look_at(page: Page, number: int) -> None:
    """Click the number of a trial in the table, which is a picture to the mouse."""
    table(page).scroll_into_view_if_needed()
    box = table(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 30, box["y"] + ROW_PX * (number + 1.5))
    expect(page).to_have_url(re.compile(rf"[?&]trial={number}\b"))


def wait_for_more(page: Page, than: int) -> None:
    """Until more trials are done, and not yet all."""
    page.wait_for_function(MORE_ARE_DONE, arg=[than, N_TRIALS], polling=POLLING, timeout=WAIT)


def count(page: Page) -> int:
    return int(metric(page, "Trials").get_by_test_id("stMetricValue").inner_text().split()[0].replace(",", ""))


def stop(page: Page) -> None:
    # The header of a page that runs has a button of this name too.
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop", exact=True).click()
    wait_for(page, "Stopped: what is finished is kept.")
    expect(page.get_by_role("button", name="Go on", exact=True)).to_be_visible()


def wait_for(page: Page, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=WAIT)


def metric(page: Page, label: str) -> Locator:
    return page.get_by_test_id("stMetric").filter(has_text=label)


@pytest.mark.shows_error("must be varied from a lower to a higher number", "A sweep's name must be")
def test_from_the_form_to_a_run_and_a_preset(server: AppServer, open_page_of: OpenPage):
    page = open_page_of(server)
    open_at(page, f"{server.url}/sweep")

    # Set up: a small preset, two of its settings, one range narrowed; what is no range is said at once.
    choose(page, "Start from the settings of", "small")
    expect(page.get_by_text("Small enough for a test.")).to_be_visible()
    press(page, "Embedding size")
    expect(page.get_by_role("spinbutton", name="To (log)")).to_have_count(2)
    set_number(page, "Trials", N_TRIALS)
    highest = page.get_by_role("spinbutton", name="To (log)").last
    highest.fill("0.0001")
    highest.press("Enter")
    expect(page.get_by_text("must be varied from a lower to a higher number").first).to_be_visible()
    expect(page.get_by_role("button", name="Start the sweep")).to_be_disabled()
    highest.fill("0.2")
    highest.press("Enter")
    expect(page.get_by_role("button", name="Start the sweep")).to_be_enabled()
    # What is typed last comes with the click.
    name_of_study = page.get_by_role("textbox", name="Name")
    name_of_study.fill("mine/yours")
    name_of_study.press("Enter")
    expect(page.get_by_text("A sweep's name must be")).to_be_visible()
    expect(page.get_by_role("button", name="Start the sweep")).to_be_disabled()
    name_of_study.fill("mine")
    name_of_study.press("Enter")
    expect(page.get_by_role("button", name="Start the sweep")).to_be_enabled()
    page.get_by_role("button", name="Start the sweep").click()
    expect(page).to_have_url(re.compile(r"[?&]study=mine\b"))

    # Seen while it goes on, also after a reload; stopped, gone on with, and stopped again.
    wait_for_more(page, than=1)
    page.reload()
    wait_for_more(page, than=2)
    stop(page)
    before = count(page)
    # As impatient people click.
    page.get_by_role("button", name="Go on", exact=True).dblclick()
    wait_for_more(page, than=before)
    stop(page)
    plan = json.loads((server.runs_dir / ".sweeps" / "mine" / "plan.json").read_text(encoding="utf-8"))
    assert {each["name"]: each["high"] for each in plan["dimensions"]} == {"learning_rate": 0.1, "row_penalty": 0.2}
    for label in ("Best validation MSE", "On the second holdout"):
        assert 0.5 < float(metric(page, label).get_by_test_id("stMetricValue").inner_text()) < 2

    # One of its trials, from the table and from a chart: its settings, its curve, its map.
    look_at(page, 0)
    wait_for(page, "the settings it started from")
    expect(page.locator("table", has_text="This trial").get_by_role("row")).to_have_count(3)
    page.wait_for_function(HAS_CURVE, arg="trial 0", polling=POLLING)
    expect(page.locator(".movie-map canvas").first).to_be_visible()
    best = int(page.evaluate(NUMBER_OF_BEST))
    if best != 0:
        page.get_by_role("button", name="Follow the best").click()
        wait_for(page, "the best so far")
        expect(page).not_to_have_url(re.compile(r"[?&]trial="))

    # More of it, kept as a preset, trained as a run, and copied to Train, which lists the preset.
    before = run_names(server.runs_dir)
    page.get_by_role("button", name="Train as a run").click()
    wait_for(page, "is being trained as a run")
    page.get_by_role("button", name="Preset").click()
    page.get_by_role("textbox", name="Name of the preset").fill("found")
    page.get_by_role("textbox", name="Name of the preset").press("Enter")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_test_id("stToast")).to_contain_text("Saved as preset “found”")
    page.get_by_role("button", name="Copy to Train").click()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    expect(page.get_by_text("More settings")).to_be_visible(timeout=WAIT)
    at_rest(page)
    preset = all_presets(server.runs_dir)["found"].config
    page.get_by_text("More settings").click()
    expect(page.get_by_role("textbox", name="Learning rates")).to_have_value(format_phases(preset.phases))
    choose_preset(page, "found", epochs=preset.epochs)
    deadline = time.monotonic() + TRAIN_TIMEOUT / 1000
    while run_names(server.runs_dir) == before and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    (name,) = run_names(server.runs_dir) - before
    config = open_run(server.runs_dir / name).info.config
    assert (config.phases, config.row_penalty) == (preset.phases, preset.row_penalty)


def click_point(page: Page, plot: str) -> None:
    """Click on a point of the plot that is described so, once it says whose it is: what stands above may still grow."""
    drawing = page.get_by_role("img", name=plot)
    point = drawing.locator(".points path").first
    for _ in range(5):
        point.scroll_into_view_if_needed()
        box = point.bounding_box()
        assert box is not None
        # Plotly asks where the mouse is before it hears a click.
        page.mouse.move(box["x"] + box["width"] / 2 - 3, box["y"] + box["height"] / 2)
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)
        with suppress(AssertionError):
            expect(drawing.locator(".hovertext")).to_contain_text("Trial", timeout=5_000)
            break
    # A question that Plotly has put off, by a timer that comes late on a busy machine, would find the button down, and
    # have it forget where the mouse is.
    page.evaluate("() => new Promise(resolve => setTimeout(resolve, 200))")
    page.mouse.down()
    page.mouse.up()


def test_two_objectives_are_a_front_and_more_trials_tell_what_matters(server: AppServer, open_page_of: OpenPage):
    page = open_page_of(server)
    open_at(page, f"{server.url}/sweep")
    choose(page, "Start from the settings of", "small")
    press(page, "Both", "radio")
    page.get_by_role("button", name="Only trials with").click()
    page.get_by_role("spinbutton", name="Validation MSE at most").fill("9")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Only trials with validation MSE ≤ 9")).to_be_visible()
    set_number(page, "Trials", 4)
    page.get_by_role("textbox", name="Name").fill("both")
    page.get_by_role("button", name="Start the sweep").click()
    expect(metric(page, "Trials")).to_contain_text("4 of 4", timeout=WAIT)
    at_rest(page)
    plan = json.loads((server.runs_dir / ".sweeps" / "both" / "plan.json").read_text(encoding="utf-8"))
    assert len(plan["objectives"]) == 2
    assert [(each["figure"], each["relation"], each["value"]) for each in plan["constraints"]] == [("val_mse", "<=", 9)]
    front = page.get_by_role("img", name=re.compile(r"^Pareto front of \d+ trials$"))
    expect(front).to_be_visible()
    click_point(page, "Pareto front of")
    expect(page).to_have_url(re.compile(r"[?&]trial=\d"))
    page.get_by_role("button", name="Follow the best").click()
    expect(page).not_to_have_url(re.compile(r"[?&]trial="))
    press(page, "Importance", "radio")
    expect(page.get_by_text("What matters can be told once some more trials are finished.")).to_be_visible()

    page.get_by_role("button", name="More trials").click()
    more = page.get_by_role("spinbutton", name="Trials")
    # What is typed last comes with the click.
    more.fill("16")
    page.get_by_role("button", name="Add and go on").click()
    expect(metric(page, "Trials")).to_contain_text("20 of 20", timeout=WAIT)
    expect(page.get_by_text("How much each setting decides")).to_be_visible()
    at_rest(page)
    press(page, "Slices", "radio")
    click_point(page, "Slices of the trials")
    expect(page).to_have_url(re.compile(r"[?&]trial=\d"))
    press(page, "Delete")


def test_what_a_killed_app_was_at_goes_on_and_what_is_deleted_comes_back(server: AppServer, open_page_of: OpenPage):
    page = open_page_of(server)
    open_at(page, f"{server.url}/sweep?study=mine")
    before = count(page)
    page.get_by_role("button", name="Go on", exact=True).click()
    wait_for_more(page, than=before)
    # Other pages tell of it, and lead there.
    go_to(page, "Runs")
    page.get_by_test_id("stSidebar").get_by_text("Watch it").click()
    wait_for_more(page, than=before)
    server.end(signal.SIGKILL)
    server.start()
    again = open_page_of(server)
    again.goto(f"{server.url}/sweep?study=mine")
    wait_for(again, "Interrupted: its process ended.")
    kept = count(again)
    assert kept > before
    again.get_by_role("button", name="Go on", exact=True).click()
    wait_for_more(again, than=kept)
    again.get_by_role("button", name="Delete", exact=True).click()
    wait_for(again, "Deleted “mine”.")
    press(again, "Undo")
    wait_for(again, "“mine” is back.")
    assert count(again) > kept
    press(again, "Delete")
    go_to(again, "Runs")
    assert not list((server.runs_dir / ".sweeps").glob("mine*"))


def test_a_long_sweep_is_done_in_processes_that_stop_and_end_with_the_app(
    open_page_of: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RECSYS_TRIAL_PROCESSES", "2")
    copy_run(EXAMPLE_RUN_DIR, tmp_path / "runs" / "copy")
    with running_app(tmp_path / "runs", tmp_path / "output.txt") as server:
        page = open_page_of(server)
        open_at(page, f"{server.url}/sweep")
        set_number(page, "Trials", N_TRIALS)
        page.get_by_role("button", name="Start the sweep").click()
        expect(metric(page, "At work").get_by_text("2 at once")).to_be_visible(timeout=WAIT)
        wait_for_more(page, than=count(page) + 1)
        stop(page)
        kept = count(page)
        page.get_by_role("button", name="Go on", exact=True).click()
        wait_for_more(page, than=kept)
        processes = psutil.Process(server.pid).children()
        assert len(processes) == 2
        address = page.url
        server.end(signal.SIGKILL)
        assert psutil.wait_procs(processes, timeout=10)[1] == []
        server.start()
        again = open_page_of(server)
        open_at(again, address)
        wait_for(again, "Interrupted: its process ended.")
        assert count(again) > kept
