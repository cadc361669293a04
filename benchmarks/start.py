"""From the command to the first map: what a person waits for who starts the app, and where it goes.

    python -m benchmarks.start [--times 7] [--checkout FOLDER]

By the project's command, as `make app` does it, and by `streamlit run app.py`, in turns. The browser runs already. It
has never seen the app ("first ever"), or has been there before and keeps what it was sent, as a person's own browser
does ("again"). With `--checkout` it is another checkout's app.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

from benchmarks.processor import spent
from benchmarks.report import Report
from tests.browsing import BROWSER_OPTIONS, ROOT, AppServer
from tests.install_browser import find_browser

MAP_IS_DRAWN = "() => [...document.querySelectorAll('.js-plotly-plot')].some(plot => plot._fullData?.length)"
IS_IDLE = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
STEPS = {
    "answers": "the server answers",
    "map": "the map is drawn",
    "rest": "the page is at rest",
    "server": "processor time of the app until then",
    "browser": "processor time of the browser until then",
}


class ByCommand(AppServer):
    """The app as `make app` starts it."""

    def command(self) -> list[str]:
        return [sys.executable, "-m", "recsys_core", "app", "--port", str(self.port)]


STARTS = {"`recsys_core app`": ByCommand, "`streamlit run`": AppServer}


def start(by: str, context: BrowserContext, checkout: Path, port: int | None) -> tuple[dict[str, float], int]:
    """Seconds from the start to each of `STEPS`, and the port."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "runs").mkdir()
        server = STARTS[by](Path(folder) / "runs", Path(folder) / "output.txt", works_ahead=True)
        if port is not None:
            # What a browser keeps, it keeps by address.
            server.port, server.url = port, f"http://localhost:{port}"
        server.folder = checkout
        page = context.new_page()
        begun = time.perf_counter()
        server.start()
        try:
            before = spent(server.pid).browser
            took = {"answers": time.perf_counter() - begun}
            page.goto(server.url, wait_until="commit")
            page.wait_for_function(MAP_IS_DRAWN, polling=20, timeout=60_000)
            took["map"] = time.perf_counter() - begun
            page.wait_for_function(IS_IDLE, polling=20, timeout=60_000)
            took["rest"] = time.perf_counter() - begun
            cost = spent(server.pid)
            return took | {"server": cost.server, "browser": cost.browser - before}, server.port
        finally:
            page.close()
            server.end()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--checkout", type=Path, default=ROOT, help="folder of another checkout, whose app is measured")
    options = parser.parse_args()
    checkout = options.checkout.resolve()
    found: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        launched = {"executable_path": find_browser(), "args": [*BROWSER_OPTIONS, "--no-sandbox"]}
        browser = playwright.chromium.launch(**launched)
        kept = playwright.chromium.launch_persistent_context(
            profile, viewport={"width": 1400, "height": 1000}, **launched
        )
        _, port = start("`streamlit run`", kept, checkout, None)
        # Chromium keeps compiled scripts from the second visit on.
        start("`streamlit run`", kept, checkout, port)
        for _ in range(options.times):
            for by in STARTS:
                context = browser.new_context(viewport={"width": 1400, "height": 1000})
                for step, value in start(by, context, checkout, None)[0].items():
                    found[by, "first ever"][step].append(value)
                context.close()
                for step, value in start(by, kept, checkout, port)[0].items():
                    found[by, "again"][step].append(value)
        kept.close()
        browser.close()
    report = Report(
        "start",
        f"Seconds from the command to the first map, medians of {options.times}",
        ["until", *(f"by {by}, in a browser, {who}" for by, who in found)],
    )
    for step, name in STEPS.items():
        report.add(name, *(f"{statistics.median(each[step]):.2f}" for each in found.values()))
    report.write()


if __name__ == "__main__":
    main()
