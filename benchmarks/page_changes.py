"""How long a change of page takes, in a real browser: for one visitor, and for one of eight while another one trains.

    python -m benchmarks.page_changes [--rounds 6] [--visitors 8] [--checkout FOLDER]

From the click on a link of the sidebar until the page's script has ended and the browser has drawn what it said. The
other visitors have no browser on this machine (see `benchmarks.protocol`): each clicks on a link three seconds after
the last one's page has come, and one trains again and again. With `--checkout` it is another checkout's app.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.processor import Spent, spent
from benchmarks.protocol import Crowd, Session
from benchmarks.report import Report
from tests.browsing import BROWSER_OPTIONS, EXAMPLE_RUN_DIR, ROOT, AppServer, copy_run
from tests.install_browser import find_browser

PAGES = {"Train": "train", "Map": "map", "Neighbors": "neighbors", "Biases": "biases", "For you": "recommend"}
PAGES |= {"Quality": "quality", "Home": ""}
THINKS_SECONDS = 3.0
"""Between a page and the next click of those who have no browser."""
WARM_SECONDS = 8
"""What a server does by itself when it has started is over by then."""
CLICK_TO_DRAWN = """name => new Promise(resolve => {
    const app = document.querySelector('[data-testid=stApp]')
    const links = [...document.querySelectorAll('[data-testid=stSidebarNav] a')]
    const start = performance.now(), before = location.pathname
    let hasRun = false
    const shown = act => requestAnimationFrame(() => setTimeout(act))
    // Figures and maps come after the page that they are on.
    const isDrawn = () => [...document.querySelectorAll('.plotly-figure, [data-testid=stPlotlyChart], .mm-plot')]
        .every(figure => !figure.clientWidth || figure.querySelector('.main-svg, .gl-container'))
    const isOver = () => {
        if (observer && isDrawn()) {
            observer.disconnect()
            observer = null
            shown(() => resolve((performance.now() - start) / 1000))
        }
    }
    const look = () => {
        const isIdle = app.dataset.testScriptState === 'notRunning'
        // A quick run begins and ends between two drawings of the page: then its address alone tells of it.
        hasRun ||= !isIdle || location.pathname !== before
        if (hasRun && isIdle) shown(isOver)
    }
    let observer = new MutationObserver(look)
    observer.observe(app, { attributes: true, childList: true, subtree: true })
    links.find(link => link.innerText.trim().endsWith(name)).click()
})"""


@dataclass
class Changes:
    """What changes of page took, by page."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    costs: dict[str, list[Spent]] = field(default_factory=lambda: defaultdict(list))

    @property
    def all_seconds(self) -> list[float]:
        return [each for page in self.seconds.values() for each in page]


def go_round(page: Page, server: AppServer, rounds: int) -> Changes:
    found = Changes()
    for _ in range(rounds):
        for name in PAGES:
            before = spent(server.pid)
            found.seconds[name].append(page.evaluate(CLICK_TO_DRAWN, name))
            page.wait_for_timeout(400)
            found.costs[name].append(spent(server.pid) - before)
    return found


class Others(Crowd):
    """Visitors beside the one who is measured: the first trains, the rest look around."""

    def __init__(self, server: AppServer, n: int) -> None:
        self.seconds: list[float] = []
        super().__init__(server.port, [self._train, *[self._look_around] * (n - 1)])

    def _train(self, session: Session, rng: random.Random, is_over: threading.Event) -> None:
        session.visit("train")
        while not is_over.is_set():
            session.click("Train")
            is_over.wait(6)

    def _look_around(self, session: Session, rng: random.Random, is_over: threading.Event) -> None:
        while not is_over.is_set():
            self.seconds.append(session.visit(rng.choice(list(PAGES.values()))).seconds)
            is_over.wait(THINKS_SECONDS * rng.uniform(0.5, 1.5))


def add(report: Report, who: str, found: Changes, *, by_page: bool) -> None:
    def row(what: str, seconds: list[float], costs: list[Spent]) -> None:
        report.add(
            who, what, f"{statistics.median(seconds):.2f}", f"{np.quantile(seconds, 0.95):.2f}",
            f"{statistics.median(cost.server for cost in costs):.2f}",
            f"{statistics.median(cost.browser for cost in costs):.2f}",
        )  # fmt: skip

    if by_page:
        for name in found.seconds:
            row(name, found.seconds[name], found.costs[name])
    row("all pages", found.all_seconds, [cost for costs in found.costs.values() for cost in costs])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--visitors", type=int, default=8)
    parser.add_argument("--checkout", type=Path, default=ROOT, help="folder of another checkout, whose app is measured")
    options = parser.parse_args()
    if options.visitors < 2:
        parser.error(f"--visitors must be 2 or more, one of whom trains. Received: {options.visitors}.")
    report = Report(
        "page_changes",
        "Seconds from the click on a page's link until it is drawn",
        ["who", "page", "median", "95% within", "processor of the app, s", "processor of the browser, s"],
    )
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        copy_run(EXAMPLE_RUN_DIR, Path(folder) / "runs" / "copy")
        server = AppServer(Path(folder) / "runs", Path(folder) / "output.txt", works_ahead=True)
        server.folder = options.checkout.resolve()
        server.start()
        browser = playwright.chromium.launch(executable_path=find_browser(), args=[*BROWSER_OPTIONS, "--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.goto(f"{server.url}/?run=copy")
            page.wait_for_selector(".js-plotly-plot", timeout=60_000)
            time.sleep(WARM_SECONDS)
            add(report, "the only visitor, pages never seen before", go_round(page, server, 1), by_page=True)
            add(report, "the only visitor", go_round(page, server, options.rounds), by_page=True)
            others = Others(server, options.visitors - 1)
            page.wait_for_timeout(4_000)
            found = go_round(page, server, max(3, options.rounds // 2))
            problems += others.end()
            add(report, f"one of {options.visitors}, one of whom trains", found, by_page=False)
            if others.seconds:
                report.note(
                    f"The script of a page of the others took {statistics.median(others.seconds):.2f} s, 95% within "
                    f"{np.quantile(others.seconds, 0.95):.2f} s, from their click to its end, without a browser."
                )
        finally:
            browser.close()
            server.end()
    report.note(
        "Processor time of the app counts what it does for all visitors within the change and 0.4 s after it; that of "
        "the browser is Chromium's, which draws in software here."
    )
    report.note(f"What went wrong: {len(problems)}." + "".join(f" {problem}" for problem in problems[:3]))
    report.write()


if __name__ == "__main__":
    main()
