"""Trainings as people meet them: after a reload, beside other visitors, with a folder that cannot be written."""

import re

import pytest
from playwright.sync_api import Page, expect

from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from tests.browsing import AppServer, OpenPage
from tests.journeys.steps import TRAIN_TIMEOUT, open_train_page, run_in_address, set_number

POLLING = 50
UNDER_WAY = "() => /Epoch \\d+ of 900 ·/.test(document.body.innerText)"
COUNTERS = """() => ({
    sidebar: document.querySelector('[data-testid="stSidebar"]').innerText.match(/epoch \\d+/i),
    counts: document.body.innerText.match(/epoch \\d+ of 900/gi)?.length ?? 0,
})"""


def begin_to_train(page: Page, app_url: str) -> str:
    """Start a training that does not end by itself; what it is called."""
    # The example stays where it is, whatever a test does to the folder of runs.
    open_train_page(page, app_url, run=EXAMPLE_RUN_DIR.name)
    set_number(page, "Epochs", 900)
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_function(UNDER_WAY, timeout=TRAIN_TIMEOUT, polling=POLLING)
    return re.search(r"Training (default, 900 epochs · [\w :]+:\d\d)", page.locator("body").inner_text()).group(1)


def stop(page: Page) -> None:
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop").click()
    expect(page.get_by_text(re.compile(r"Stopped in epoch \d+")).first).to_be_visible(timeout=TRAIN_TIMEOUT)


def test_a_reload_keeps_ones_training_and_others_can_stop_only_what_they_watch(
    page: Page, open_page_of: OpenPage, app_server: AppServer
):
    name = begin_to_train(page, app_server.url)
    # One count of epochs on the page, and no other beside it that is drawn at other moments.
    assert page.evaluate(COUNTERS) == {"sidebar": None, "counts": 1}
    page.reload()
    page.wait_for_function(UNDER_WAY, timeout=TRAIN_TIMEOUT, polling=POLLING)
    expect(page.get_by_text(f"Training {name}").first).to_be_visible()

    other = open_page_of(app_server)
    other.goto(f"{app_server.url}/train?run=copy")
    link = other.get_by_test_id("stSidebar").get_by_role("link", name=re.compile("watch it"))
    expect(link).to_be_visible()
    expect(other.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    link.click()
    other.wait_for_function(UNDER_WAY, timeout=TRAIN_TIMEOUT, polling=POLLING)
    expect(other.get_by_text(f"Training “{name}” was started at")).to_be_visible()
    stop(other)
    expect(page.get_by_text(re.compile(r"Stopped in epoch \d+")).first).to_be_visible(timeout=TRAIN_TIMEOUT)


@pytest.mark.shows_error("trained but not saved")
def test_a_training_outlives_a_runs_folder_that_cannot_be_written(page: Page, app_server: AppServer):
    label = begin_to_train(page, app_server.url)
    runs_dir = app_server.runs_dir
    away = runs_dir.rename(runs_dir.with_name("away"))
    try:
        runs_dir.write_text("A file where the folder should be.")
        page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop").click()
        expect(page.get_by_text("trained but not saved")).to_be_visible(timeout=TRAIN_TIMEOUT)
    finally:
        runs_dir.unlink(missing_ok=True)
        away.rename(runs_dir)
    page.get_by_role("button", name="Save again").click()
    expect(page).to_have_url(re.compile(r"run=default-\d+-\d+"), timeout=TRAIN_TIMEOUT)
    expect(page.get_by_text(re.compile(r"stopped in epoch \d+")).first).to_be_visible()
    run = open_run(runs_dir / run_in_address(page))
    assert (run.info.status, run.label) == ("stopped", label)
