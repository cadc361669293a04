"""Memory of the app: at rest, with a training made ready, after one, and what each further visitor adds.

    python -m benchmarks.app_memory [--visitors 8] [--checkout FOLDER]

The app as `make app` starts it. Visitors are real browsers, each with a session of its own that looks at every page and
stays open. Resident memory of the app's process. With `--checkout` it is another checkout's app.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.page_changes import CLICK_TO_DRAWN, PAGES
from benchmarks.report import Report
from benchmarks.start import ByCommand
from tests.browsing import BROWSER_OPTIONS, EXAMPLE_RUN_DIR, ROOT, AppServer, copy_run
from tests.install_browser import find_browser

REST_SECONDS = 15
READY_SECONDS = 12
MEASURED_SECONDS = 20
"""After a training its run is measured, and trained again twice for its stability."""
WARM_VISITORS = 2
"""The first ones fill caches that all share."""


def resident_mb(server: AppServer) -> float:
    return psutil.Process(server.pid).memory_info().rss / 2**20


def open_page(browser: Browser, server: AppServer) -> Page:
    page = browser.new_page(viewport={"width": 1200, "height": 900}, reduced_motion="reduce")
    page.goto(f"{server.url}/?run=copy")
    page.wait_for_selector(".js-plotly-plot", timeout=60_000)
    return page


def look_at_all(page: Page) -> None:
    for name in PAGES:
        page.evaluate(CLICK_TO_DRAWN, name)
        page.wait_for_timeout(300)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=8)
    parser.add_argument("--checkout", type=Path, default=ROOT, help="folder of another checkout, whose app is measured")
    options = parser.parse_args()
    report = Report("app_memory", "Resident memory of the app", ["when", "MB"])

    def add(when: str, megabytes: float) -> float:
        report.add(when, f"{megabytes:.0f}")
        return megabytes

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        copy_run(EXAMPLE_RUN_DIR, Path(folder) / "runs" / "copy")
        server = ByCommand(Path(folder) / "runs", Path(folder) / "output.txt", works_ahead=True)
        server.folder = options.checkout.resolve()
        server.start()
        browser = playwright.chromium.launch(executable_path=find_browser(), args=[*BROWSER_OPTIONS, "--no-sandbox"])
        try:
            page = open_page(browser, server)
            page.wait_for_timeout(REST_SECONDS * 1000)
            add(f"at rest, {REST_SECONDS} s after the first map", resident_mb(server))
            page.evaluate(CLICK_TO_DRAWN, "Train")
            page.wait_for_timeout(READY_SECONDS * 1000)
            add(f"the Train page open for {READY_SECONDS} s", resident_mb(server))
            page.get_by_role("button", name="Train", exact=True).click()
            page.wait_for_timeout(MEASURED_SECONDS * 1000)
            add(f"{MEASURED_SECONDS} s after the first training", resident_mb(server))
            for _ in range(WARM_VISITORS):
                look_at_all(open_page(browser, server))
            held = [add(f"with {WARM_VISITORS + 1} visitors, who have seen every page", resident_mb(server))]
            for _ in range(options.visitors):
                look_at_all(open_page(browser, server))
                held.append(resident_mb(server))
            add(f"with {options.visitors} more", held[-1])
        finally:
            browser.close()
            server.end()
    report.add("a visitor more, mean", f"{(held[-1] - held[0]) / options.visitors:.1f}")
    report.add(
        "a visitor more, median",
        f"{statistics.median(later - before for before, later in itertools.pairwise(held)):.1f}",
    )
    report.write()


if __name__ == "__main__":
    main()
