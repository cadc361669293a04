"""This checkout against another one in one run: is a change slower for those who use it?

    python -m benchmarks.against /path/to/other/checkout [--times 5]

Both are measured in turns: seconds from the command that `make app` runs to the first map, from a click in the sidebar
to a page at rest, and of the epochs of trainings by the command line. Figures are medians; above 1 the ratio says that
this one is slower.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import pandas as pd
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.report import Report
from benchmarks.start import ByCommand
from tests.browsing import BROWSER_OPTIONS, ROOT, AppServer
from tests.install_browser import find_browser

PAGES = ("Train", "Map", "Neighbors", "Biases", "For you", "Quality", "Home")
PRESETS = ("default", "dot-bias-rows")
"""Those of ours; what the notebooks' presets mean may differ between the two."""
HAS_COMMAND = "recsys_core/commands/app.py"
"""Of a checkout whose `make app` runs a command of its own; that of earlier ones runs `streamlit run`."""
MAP_IS_DRAWN = "() => [...document.querySelectorAll('.js-plotly-plot')].some(plot => plot._fullData?.length)"
CLICK_TO_REST = """name => new Promise(resolve => {
    const app = document.querySelector('[data-testid=stApp]')
    const links = [...document.querySelectorAll('[data-testid=stSidebarNav] a')]
    const start = performance.now(), before = location.pathname
    let hasRun = false
    const look = () => {
        const isIdle = app.dataset.testScriptState === 'notRunning'
        // A quick run begins and ends between two drawings of the page: then its address alone tells of it.
        hasRun ||= !isIdle || location.pathname !== before
        if (hasRun && isIdle) { observer.disconnect(); resolve((performance.now() - start) / 1000) }
    }
    const observer = new MutationObserver(look)
    observer.observe(app, { attributes: true, childList: true, subtree: true })
    links.find(link => link.innerText.trim().endsWith(name)).click()
})"""


def look_around(browser: Browser, checkout: Path, seconds: dict[str, list[float]]) -> None:
    """Start the app, see its map, go through its pages."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "runs").mkdir()
        kind = ByCommand if (checkout / HAS_COMMAND).is_file() else AppServer
        server = kind(Path(folder) / "runs", Path(folder) / "output.txt", works_ahead=True)
        server.folder = checkout
        page: Page = browser.new_page(viewport={"width": 1400, "height": 1000})
        begun = time.perf_counter()
        server.start()
        try:
            page.goto(server.url)
            page.wait_for_function(MAP_IS_DRAWN, polling=50, timeout=60_000)
            seconds["start to the first map"].append(time.perf_counter() - begun)
            page.wait_for_timeout(6_000)  # What is warmed up in the background is done by then.
            for name in PAGES * 2:
                seconds[f"to the page {name}"].append(page.evaluate(CLICK_TO_REST, name))
                page.wait_for_timeout(300)
        finally:
            page.close()
            server.end()


def train(checkout: Path, preset: str) -> float:
    """Seconds of the epochs but the first."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "recsys_core", "train", "--preset", preset, "--run-dir", f"{folder}/run"]
        subprocess.run(command, cwd=checkout, env=os.environ, check=True, stdout=subprocess.DEVNULL)
        return float(pd.read_csv(f"{folder}/run/history.csv")["seconds"].iloc[1:].sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path, help="folder of the other checkout, which runs in this environment")
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    sides = {"this": ROOT, "other": options.other.resolve()}
    found: dict[str, dict[str, list[float]]] = {side: defaultdict(list) for side in sides}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=[*BROWSER_OPTIONS, "--no-sandbox"])
        for _ in range(options.times):
            for side, checkout in sides.items():
                look_around(browser, checkout, found[side])
                for preset in PRESETS:
                    found[side][f"epochs of {preset} after the first"].append(train(checkout, preset))
        browser.close()
    report = Report(
        "against", "This checkout against another one, seconds, medians", ["what", "other", "this", "ratio"]
    )
    for what in found["this"]:
        other, this = (statistics.median(found[side][what]) for side in ("other", "this"))
        report.add(what, f"{other:.2f}", f"{this:.2f}", f"{this / other:.2f}")
    report.note("A preset whose settings have changed between the two is another model, and its ratio tells of both.")
    report.write()


if __name__ == "__main__":
    main()
