"""What a visitor does on the pages, step by step, as journeys and browser tests share it."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Page, expect

from tests.browsing import at_rest

TRAIN_TIMEOUT = 300_000
POLLING = 100
"""Milliseconds: by default Playwright looks once a frame, and a page that does not change may draw none for minutes."""
PLOT_IS_DRAWN = "() => [...document.querySelectorAll('.js-plotly-plot')].some(plot => plot._fullData?.length)"


def open_train_page(page: Page, url: str, run: str = "copy") -> None:
    page.goto(f"{url}/train?run={run}")
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    at_rest(page)


def choose_preset(page: Page, name: str, epochs: int) -> None:
    """Choose a preset; `epochs` is what the page then must say."""
    picker = page.get_by_role("combobox", name=re.compile("Preset"))
    picker.click()
    picker.fill(name)
    page.get_by_role("option", name=name, exact=True).click()
    expect(page.get_by_role("spinbutton", name="Epochs")).to_have_value(str(epochs))
    at_rest(page)


def set_number(page: Page, name: str, value: int) -> None:
    field = page.get_by_role("spinbutton", name=name)
    field.click()
    field.press("Control+A")
    field.press_sequentially(str(value))
    field.press("Enter")
    at_rest(page)
    expect(field).to_have_value(str(value))


def train_to_the_end(page: Page, button: str = "Train", known: Collection[str] = ()) -> str:
    """Press the button and wait until the run is saved and shown: its name. `known`: names of other runs there are."""
    before = run_in_address(page)
    assert before, "the address names the run that is shown"
    page.get_by_role("button", name=button, exact=True).click()
    # Between two runs of the page the address may name none for a moment.
    page.wait_for_function(
        "known => { const run = new URLSearchParams(location.search).get('run'); return run && !known.includes(run) }",
        arg=[before, *known], timeout=TRAIN_TIMEOUT, polling=POLLING,
    )  # fmt: skip
    at_rest(page)
    return run_in_address(page)


def run_in_address(page: Page) -> str:
    return parse_qs(urlparse(page.url).query).get("run", [""])[0]


def go_to(page: Page, name: str) -> None:
    """Follow a link of the sidebar to a page, and wait until it stands."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
    expect(
        page.get_by_role("heading", name=name, exact=True).or_(page.get_by_test_id("stSidebarNav")).first
    ).to_be_visible()
    at_rest(page)


def turn_to(page: Page, url: str) -> None:
    """Go to an address as the browser's Back does, without loading the app anew, which takes 2 s of a processor."""
    page.evaluate("url => { history.pushState(null, '', url); dispatchEvent(new PopStateEvent('popstate')) }", url)
    at_rest(page)


def wait_for_plot(page: Page) -> None:
    page.wait_for_function(PLOT_IS_DRAWN, polling=POLLING)


def run_names(runs_dir: Path) -> set[str]:
    """Names of the complete runs in a folder."""
    return {folder.name for folder in runs_dir.iterdir() if (folder / "config.json").is_file()}
