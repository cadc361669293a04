"""How a visitor works Streamlit's controls, and what a figure holds, as the tests of each page's controls share it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browsing import at_rest

TITLES = ".movie-list .row:visible .name"
DRAWN = ".plotly-figure .main-svg"
FIGURES = """() => [...document.querySelectorAll('.plotly-figure.js-plotly-plot')]
    .filter(plot => plot.offsetParent !== null).map(plot => plot._fullData.map(trace => ({
        type: trace.type, name: trace.name, text: trace.text && Array.from(trace.text),
        x: trace.x && Array.from(trace.x), y: trace.y && Array.from(trace.y),
    })))"""
"""Of each figure in sight its traces; Plotly keeps the arrays it has decoded in `_fullData`."""


def open_at(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("[data-testid=stMain] h1, .mm-plot[data-drawn]").first).to_be_visible()
    at_rest(page)


def figures(page: Page) -> list[list[dict[str, Any]]]:
    expect(page.locator(f"{DRAWN}:visible").first).to_be_visible()
    return page.evaluate(FIGURES)


def set_number(page: Page, name: str, value: int) -> None:
    field = page.get_by_role("spinbutton", name=name)
    field.fill(str(value))
    field.press("Enter")
    at_rest(page)
    expect(field).to_have_value(str(value))


def move_slider(page: Page, name: str, steps: int) -> None:
    """That many steps to the right, or to the left below 0, and wait until the slider is there."""
    slider = page.get_by_role("slider", name=name)
    start, step = float(slider.input_value()), float(slider.get_attribute("step") or 1)
    tens, ones = divmod(abs(steps), 10)
    for key in tens * ["PageUp" if steps > 0 else "PageDown"] + ones * ["ArrowRight" if steps > 0 else "ArrowLeft"]:
        slider.press(key)
    page.wait_for_timeout(250)
    at_rest(page)
    expect(slider).to_have_value(f"{start + steps * step:g}")


def choose(page: Page, name: str, option: str) -> None:
    """From a select box, by typing."""
    box = page.get_by_role("combobox", name=name)
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option).first.click()
    at_rest(page)


def press(page: Page, name: str | re.Pattern[str], role: str = "button") -> None:
    page.get_by_role(role, name=name, exact=isinstance(name, str)).first.click()
    at_rest(page)


def movie_rows(page: Page) -> Locator:
    """The rows of the list of movies in sight."""
    return page.locator(".movie-list .row:visible")


def listed(page: Page) -> list[str]:
    """Titles of the movies of the list in sight."""
    return page.locator(TITLES).all_inner_texts()


def expect_listed(page: Page, titles: Sequence[str]) -> None:
    """Wait until just these movies are listed, in this order."""
    expect(page.locator(TITLES)).to_have_text(list(titles))


def download(page: Page, name: str) -> bytes:
    with page.expect_download() as started:
        page.get_by_role("button", name=name, exact=True).click()
    return Path(started.value.path()).read_bytes()
