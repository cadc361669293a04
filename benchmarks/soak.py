"""Many visitors at once: eight browsers click around, one of them trains again and again, none may see an error.

    python -m benchmarks.soak [--seconds 180] [--visitors 8] [--ahead]

Says how long what was clicked on took to come (a page at rest, a run that is saved), what went wrong (an error box at
any moment, an exception in the server's output, an error in a console, a page left white or without its server), and
what the server's memory did. Ends with code 1 if anything went wrong.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from benchmarks.report import Report
from tests.browsing import BROWSER_OPTIONS, EXAMPLE_RUN_DIR, AppServer, ErrorWatch, copy_run, running_app
from tests.install_browser import find_browser

PAGES = {"": "Home", "train": "Train", "map": "Map", "neighbors": "Neighbors", "biases": "Biases"}
PAGES |= {"recommend": "For you", "quality": "Quality"}
"""Links of the sidebar by the path that they lead to."""
PATIENCE_SECONDS = 60
PATIENCE_OF_A_TRAINER = 150
"""Beside seven browsers that draw on the same cores."""
STATE = """() => ({
    path: location.pathname.slice(1),
    run: new URLSearchParams(location.search).get('run'),
    idle: document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning',
    white: !document.querySelector('[data-testid=stMain]')?.innerText.trim(),
    disconnected: document.querySelector('[data-testid=stStatusWidget]')?.innerText.includes('CONNECTING') ?? false,
})"""


@dataclass
class Visitor:
    """A browser context of its own, which clicks and then waits until the page is at rest."""

    name: str
    page: Page
    trains: bool
    clicked_at: float | None = None
    clicked_on: str = ""
    run_before: str = ""
    seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    n_trainings: int = 0

    def look(self, rng: random.Random) -> None:
        """A step: click if what was clicked on has come and the page is at rest, else see whether it is by now."""
        state = self.page.evaluate(STATE)
        waited = time.monotonic() - self.clicked_at if self.clicked_at else 0.0
        if waited > (PATIENCE_OF_A_TRAINER if self.trains else PATIENCE_SECONDS):
            self.problems.append(f"{self.name}: {waited:.0f} s after clicking {self.clicked_on}: {state}")
            self.page.reload()
            self.clicked_at = None
        elif self.clicked_at is None or self._has_come(state):
            if self.clicked_at is not None:
                self.seconds.append(waited)
            self._click(rng, state)

    def _has_come(self, state: dict) -> bool:
        if not state["idle"] or state["white"]:
            return False
        if self.trains:
            return state["run"] not in (None, self.run_before)
        return PAGES.get(state["path"]) == self.clicked_on

    def _click(self, rng: random.Random, state: dict) -> None:
        try:
            if self.trains:
                self.clicked_on, self.run_before = "Train", state["run"]
                self.page.get_by_role("button", name="Train", exact=True).click(timeout=2_000)
                self.n_trainings += 1
            else:
                self.clicked_on = rng.choice([name for path, name in PAGES.items() if path != state["path"]])
                links = self.page.get_by_test_id("stSidebarNav")
                links.get_by_role("link", name=self.clicked_on, exact=True).click(timeout=2_000)
            self.clicked_at = time.monotonic()
        except TimeoutError:
            self.clicked_at = None


def open_visitor(browser: Browser, server: AppServer, watch: ErrorWatch, number: int) -> Visitor:
    context = browser.new_context(viewport={"width": 1200, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    watch.attach(page)
    page.goto(f"{server.url}/train?run=copy" if number == 0 else server.url)
    page.wait_for_selector("[data-testid=stSidebarNav]", timeout=60_000)
    return Visitor(f"visitor {number}", page, trains=number == 0)


def soak(
    server: AppServer, process: psutil.Process, seconds: float, n_visitors: int
) -> tuple[list[Visitor], list, list]:
    """Visitors at the end, what the watch found, and `(seconds, bytes)` of the server's memory."""
    rng, memory = random.Random(0), []
    watch = ErrorWatch(server, ())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=[*BROWSER_OPTIONS, "--no-sandbox"])
        visitors = [open_visitor(browser, server, watch, number) for number in range(n_visitors)]
        start = time.monotonic()
        while (now := time.monotonic() - start) < seconds:
            for visitor in visitors:
                visitor.look(rng)
            if not memory or now - memory[-1][0] > 5:
                memory.append((now, process.memory_info().rss))
            visitors[0].page.wait_for_timeout(30)
        browser.close()
    return visitors, watch.problems(), memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--visitors", type=int, default=8)
    parser.add_argument("--ahead", action="store_true", help="the server measures by itself what was trained")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy_run(EXAMPLE_RUN_DIR, Path(folder) / "runs" / "copy")
        with running_app(Path(folder) / "runs", Path(folder) / "output.txt", works_ahead=options.ahead) as server:
            process = psutil.Process(server.pid)
            visitors, found, memory = soak(server, process, options.seconds, options.visitors)
    found += [problem for visitor in visitors for problem in visitor.problems]
    report = Report(
        "soak",
        f"{options.visitors} browsers for {options.seconds:.0f} s, one of them training again and again",
        ["visitor", "clicks", "seconds until it has come, median", "95% within"],
    )
    for visitor in visitors:
        times = visitor.seconds or [float("nan")]
        what = f"{visitor.name}, {visitor.n_trainings} trainings" if visitor.trains else visitor.name
        report.add(what, len(visitor.seconds), f"{np.median(times):.2f}", f"{np.quantile(times, 0.95):.2f}")
    shown = memory[:: max(1, len(memory) // 8)]
    written = ", ".join(f"{size / 2**20:.0f} MB after {at:.0f} s" for at, size in shown)
    report.note(f"Memory of the server: {written}.")
    report.note(f"What went wrong: {len(found)}.")
    for problem in found:
        print(problem[:3_000], flush=True)
    report.write()
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
