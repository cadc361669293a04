"""Home: every button leads where it says, with the run; a dot of the map leads to its movie's neighbors."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.controls import open_at
from tests.browser.test_map import PLOT
from tests.browsing import at_rest, copy_run

# A dot far from others, as [left, top, title]: what is clicked must be the movie that is meant.
DOT = """() => {
    const plot = document.querySelector('.mm-plot')
    const { left, top, width, height } = plot.getBoundingClientRect()
    const { x, y } = plot.data.find(({ name }) => name === 'points')
    const { xaxis, yaxis } = plot.layout
    const share = (value, [low, high]) => (value - low) / (high - low)
    const last = x.length - 1
    return [left + share(x[last], xaxis.range) * width, top + (1 - share(y[last], yaxis.range)) * height]
}"""


def test_buttons_lead_on_with_the_run_and_a_dot_leads_to_its_neighbors(page: Page, app_url: str) -> None:
    for button, heading, path in (
        ("Train your own", "Train", "train"),
        ("Find a movie's neighbors", "Neighbors", "neighbors"),
    ):
        open_at(page, f"{app_url}/?run=copy")
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        expect(page).to_have_url(re.compile(rf"/{path}\?.*run=copy"))
        at_rest(page)
    open_at(page, f"{app_url}/?run=copy")
    page.get_by_role("button", name="Explore this map").click()
    expect(page).to_have_url(re.compile(r"/map\?.*run=copy"))
    expect(page.get_by_label("Search title, genre or year")).to_be_visible()

    open_at(page, f"{app_url}/?run=copy")
    page.wait_for_selector(PLOT)
    spot = page.evaluate(DOT)
    page.mouse.move(*spot)
    title = page.wait_for_selector(".mm-tooltip.mm-visible").inner_text().splitlines()[0]
    page.mouse.click(*spot)
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/neighbors\?.*movie=\d+"))


def test_the_run_picker_changes_the_run_of_this_page_and_of_the_next(
    page: Page, app_url: str, app_runs_dir: Path
) -> None:
    copy_run(app_runs_dir / "copy", app_runs_dir / "another")
    open_at(page, f"{app_url}/?run=copy")
    picker = page.get_by_role("combobox", name="Run")
    picker.click()
    page.get_by_role("option", name="another", exact=True).click()
    expect(page).to_have_url(re.compile("run=another"))
    at_rest(page)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Biases").click()
    expect(page.get_by_role("heading", name="Biases", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/biases\?.*run=another"))
    expect(page.get_by_role("combobox", name="Run")).to_have_value("another")
