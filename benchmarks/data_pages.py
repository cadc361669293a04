"""The Train and the Data page with a data set of MovieLens 32M's shape chosen, beside the built-in one, in a browser.

    python -m benchmarks.data_pages FOLDER

FOLDER is where `benchmarks.own_data --folder FOLDER import` has left its data set. For each control: seconds from the
click until the page is at rest again. What is counted or built in the background comes later: its time stands apart.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from benchmarks.browser import ROOT, open_page, serving
from benchmarks.own_data import ID
from benchmarks.report import Report
from recsys_core.data.catalog import BUILT_IN

IS_IDLE = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
LEFT = re.compile(r"The filters leave \d")
BEGINS = 0.3
"""Seconds within which the page begins to run after a click."""


def until_rest(page: Page, act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    ended = time.perf_counter()
    while (now := time.perf_counter()) - ended < BEGINS:
        page.wait_for_timeout(20)
        if not page.evaluate(IS_IDLE):
            ended = now
    return ended - begun


def fill(page: Page, name: str, value: str) -> Callable[[], None]:
    def act() -> None:
        field = page.get_by_role("spinbutton", name=name, exact=True)
        field.fill(value)
        field.press("Enter")

    return act


def click(page: Page, name: str, role: str = "button") -> Callable[[], None]:
    return page.get_by_role(role, name=name, exact=True).first.click  # type: ignore[arg-type]


def on_train(page: Page, address: str, data_id: str) -> dict[str, float]:
    took = {"Train: open": until_rest(page, lambda: page.goto(f"{address}/train?data={data_id}"))}
    page.get_by_text("More settings").click()
    page.wait_for_timeout(500)
    took["Train: embedding size"] = until_rest(page, fill(page, "Embedding size", "64"))
    begun = time.perf_counter()
    took["Train: movies from year"] = until_rest(page, fill(page, "Movies from year", "1990"))
    expect(page.get_by_text(LEFT)).to_be_visible(timeout=120_000)
    took["Train: what the first filter leaves (background, ratings read)"] = time.perf_counter() - begun
    before = page.get_by_text(LEFT).inner_text()
    begun = time.perf_counter()
    took["Train: ratings a user, at least"] = until_rest(page, fill(page, "Ratings a user, at least", "30"))
    expect(page.get_by_text(LEFT)).not_to_have_text(before, timeout=120_000)
    took["Train: what the second filter leaves (background)"] = time.perf_counter() - begun
    begun = time.perf_counter()
    took["Train: model summary"] = until_rest(page, page.get_by_text("Model summary").click)
    expect(page.get_by_text(re.compile("parameters for the chosen"))).to_be_visible(timeout=180_000)
    took["Train: what the summary says (background)"] = time.perf_counter() - begun
    return took


def on_data(page: Page, address: str, data_id: str) -> dict[str, float]:
    took = {"Data: open": until_rest(page, lambda: page.goto(f"{address}/data?data={data_id}"))}
    for tab in ("Most active × most rated", "Movies", "Overview"):
        took[f"Data: {tab}"] = until_rest(page, click(page, tab, "tab"))

    def search() -> None:
        field = page.get_by_role("textbox", name="Search")
        field.fill("film 1")
        field.press("Enter")

    page.get_by_role("tab", name="Movies").click()
    took["Data: search for a movie"] = until_rest(page, search)
    took["Data: open again"] = until_rest(page, lambda: page.goto(f"{address}/data?data={data_id}"))
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    report = Report(
        "data_pages",
        "Seconds from a click until the page is at rest, by the data set that is chosen",
        ["control", "built-in, 100,004 ratings", f"{ID}, 32,000,204 ratings"],
    )
    took: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as runs:
        environment = {"RECSYS_RUNS_DIR": runs, "RECSYS_DATA_DIR": str(folder / "sets")}
        for data_id in (BUILT_IN, ID):
            with serving(ROOT / "app.py", **environment) as address, open_page() as page:
                # What every server does once is over.
                until_rest(page, lambda address=address: page.goto(f"{address}/train"))
                page.wait_for_timeout(20_000)
                took[data_id] = on_data(page, address, data_id) | on_train(page, address, data_id)
    for control, seconds in took[BUILT_IN].items():
        report.add(control, f"{seconds:.2f}", f"{took[ID][control]:.2f}")
    report.write()


if __name__ == "__main__":
    main()
