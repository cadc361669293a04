"""Make the README's screenshots: `python -m docs.screenshots`. Starts a server of its own and writes docs/images/.

With `--all FOLDER`, every page instead, light and dark, at 1400 and 800 px, to look over after a change of looks.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.browser import ROOT, serving
from tests.install_browser import find_browser

IMAGES = ROOT / "docs" / "images"
PAGES = ("", "train", "sweep", "map", "neighbors", "biases", "recommend", "quality")
THEMES = ("light", "dark")
STUDY = "picture"
HEIGHT = 1000
MAX_HEIGHT = 2600
TIMEOUT_MS = 300_000
DONE = "[data-testid=stApp][data-test-script-state=notRunning]"
RUN = "new URLSearchParams(location.search).get('run')"
MAPS_DRAWN = "() => [...document.querySelectorAll('.movie-map')].every(map => map.querySelector('canvas'))"


@contextmanager
def running_app() -> Iterator[str]:
    """The address of the app on a free port, with an empty folder for runs, so that it shows the example run."""
    with tempfile.TemporaryDirectory() as runs, serving(ROOT / "app.py", RECSYS_RUNS_DIR=runs) as address:
        yield address


def home(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector(f"{DONE} .movie-map canvas")


def train(page: Page, url: str) -> None:
    page.goto(f"{url}/train")
    page.wait_for_selector(f"{DONE} h1")
    before = page.evaluate(RUN)
    page.get_by_role("button", name="Train", exact=True).click()
    # The address names the new run when its training is over; the Stop button may be gone before anybody has seen it.
    page.wait_for_function(
        f"before => ({RUN} ?? '').startsWith('default') && {RUN} !== before", arg=before, polling=100
    )
    page.wait_for_selector(f"{DONE} .js-plotly-plot")


def sweep(page: Page, url: str) -> None:
    """One that is over: begun where there is none yet, else the one there is."""
    page.goto(f"{url}/sweep?study={STUDY}")
    page.wait_for_selector(f"{DONE} h1")
    start = page.get_by_role("button", name="Start the sweep")
    if start.is_visible():
        page.get_by_role("textbox", name="Name", exact=True).fill(STUDY)
        start.click()
    page.wait_for_selector("text=trials are done.")
    page.wait_for_function("() => document.querySelectorAll('.plotly-figure .main-svg').length >= 3")
    page.wait_for_selector(f"{DONE} .movie-map canvas")


def readme_images(browser: Browser, url: str) -> None:
    for shot in (home, train, sweep):
        for theme in THEMES:
            page = browser.new_page(viewport={"width": 1400, "height": HEIGHT}, color_scheme=theme)
            page.set_default_timeout(TIMEOUT_MS)
            shot(page, url)
            save(page, IMAGES / f"{shot.__name__}-{theme}.png")
            page.close()


def every_page(browser: Browser, url: str, folder: Path) -> None:
    """Each page from top to bottom; what is longer than `MAX_HEIGHT` px is cut."""
    for width in (1400, 800):
        for theme in THEMES:
            for name in PAGES:
                page = browser.new_page(viewport={"width": width, "height": HEIGHT}, color_scheme=theme)
                page.set_default_timeout(TIMEOUT_MS)
                page.goto(f"{url}/{name}")
                page.wait_for_selector(f"{DONE} h1, {DONE} .movie-map canvas")
                page.wait_for_function(MAPS_DRAWN)
                page.wait_for_timeout(2_000)
                length = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
                page.set_viewport_size({"width": width, "height": min(max(length, HEIGHT), MAX_HEIGHT)})
                save(page, folder / f"{name or 'home'}-{width}-{theme}.png")
                page.close()


def save(page: Page, path: Path) -> None:
    # Plots and fonts settle after the page has said that it is done.
    page.wait_for_timeout(2_000)
    page.screenshot(path=path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page, both themes, two widths, into FOLDER")
    folder = parser.parse_args().all
    (folder or IMAGES).mkdir(parents=True, exist_ok=True)
    options = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with running_app() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=options)
        if folder is None:
            readme_images(browser, url)
        else:
            every_page(browser, url, folder)
        browser.close()


if __name__ == "__main__":
    main()
