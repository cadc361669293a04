"""Eight people explore while one trains and one sweeps: how much longer a page takes than on a server that is idle.

    python -m benchmarks.visitors [--seconds 120] [--visitors 8] [--pause 8]

Real browser sessions, which look at what has come before they click on, as people do. First one alone, on an idle
server: what each page needs. Then all of them exploring, for the memory and the processor time that a session costs.
Then the same while one more trains `default` again and again, and another runs a sweep; and this once more with the
eight by Streamlit's protocol alone: their browsers draw elsewhere, as they do but here. Each has seen every page
before: what a browser compiles then, for each session anew, is no matter of the server. Times are taken inside the
pages, from the click until what came is drawn, by software on the same cores. Ends with code 1 if anything went wrong
(see `benchmarks.soak`).
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from benchmarks.page_changes import CLICK_TO_DRAWN
from benchmarks.protocol import Crowd, Session
from benchmarks.report import Report
from benchmarks.soak import PAGES, PATIENCE_SECONDS, STATE
from tests.browsing import BROWSER_OPTIONS, EXAMPLE_RUN_DIR, AppServer, ErrorWatch, copy_run, running_app
from tests.install_browser import find_browser

ROUNDS_ALONE = 3
PAGES_IN_TURN = [*PAGES.values()][1:] + ["Home"]
CLICK = f"name => {{ ({CLICK_TO_DRAWN})(name).then(hasCome) }}"
"""The page tells when it has come: whoever asks a busy page something waits, and so would the clocks of all others."""
_LOOK_MS = 20
IS_AT_REST = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"


@dataclass
class Visitor:
    """A browser session that clicks on a page, waits until it has come, and looks at it for a while."""

    page: Page
    pause: float
    rng: random.Random
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    problems: list[str] = field(default_factory=list)
    clicked_on: str = ""
    clicked_at: float = 0.0
    looks_until: float = 0.0
    came_after: float = 0.0
    """Seconds from the last click until what was clicked on had come; 0 before that."""

    def __post_init__(self) -> None:
        self.page.expose_function("hasCome", self._on_come)

    def _on_come(self, seconds: float) -> None:
        self.came_after = seconds

    def step(self, wanted: str | None = None) -> bool:
        """Click if it is time for it, else see whether what was clicked on has come. True once it has."""
        now = time.monotonic()
        if not self.clicked_on:
            if now >= self.looks_until:
                self._click(wanted)
            return False
        waited = now - self.clicked_at
        if self.came_after:
            self.seconds[self.clicked_on].append(self.came_after)
        elif waited > PATIENCE_SECONDS:
            state = self.page.evaluate(STATE)
            self.problems.append(f"{waited:.0f} s after clicking {self.clicked_on}: {state}")
            self.page.reload()
        else:
            return False
        self.clicked_on = ""
        self.look_around()
        return True

    def look_around(self) -> None:
        """Look at the page for a while before the next click."""
        self.looks_until = time.monotonic() + (self.rng.expovariate(1 / self.pause) if self.pause else 0.0)

    def see_all(self) -> None:
        """Every page once, which counts for nothing."""
        pause, self.pause = self.pause, 0.0
        for name in PAGES_IN_TURN:
            while not self.step(name):
                self.page.wait_for_timeout(_LOOK_MS)
        self.pause = pause
        self.seconds.clear()

    def _click(self, wanted: str | None) -> None:
        path = self.page.evaluate("() => location.pathname.slice(1)")
        self.clicked_on = wanted or self.rng.choice([title for key, title in PAGES.items() if key != path])
        self.clicked_at, self.came_after = time.monotonic(), 0.0
        self.page.evaluate(CLICK, self.clicked_on)


def open_session(browser: Browser, watch: ErrorWatch, address: str) -> Page:
    context = browser.new_context(viewport={"width": 1200, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    watch.attach(page)
    page.goto(address)
    page.wait_for_selector("[data-testid=stSidebarNav]", timeout=120_000)
    page.wait_for_function(IS_AT_REST, timeout=120_000)
    return page


def explore(visitors: list[Visitor], seconds: float, others=()) -> None:
    """All of them for so long; `others` are stepped as well. They begin when they like, not all with one click."""
    for visitor in visitors:
        visitor.look_around()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for visitor in visitors:
            visitor.step()
        for step in others:
            step()
        visitors[0].page.wait_for_timeout(_LOOK_MS)


class Elsewhere(Crowd):
    """Visitors whose browsers draw on other machines: sessions by Streamlit's protocol."""

    def __init__(self, server: AppServer, n: int, pause: float) -> None:
        """`pause`: seconds on average."""
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self._pause = pause
        super().__init__(server.port, [self._explore] * n)

    def _explore(self, session: Session, rng: random.Random, is_over: threading.Event) -> None:
        for path in PAGES:
            session.visit(path)
        while not is_over.wait(rng.expovariate(1 / self._pause)):
            path = rng.choice(list(PAGES))
            self.seconds[PAGES[path]].append(session.visit(path).seconds)


def trainer(page: Page):
    """Presses Train whenever nothing trains; returns a step, and how often it did.

    It looks for it once a second: looking for buttons costs the page more than its drawing.
    """
    count, looked = [0], [0.0]

    def step() -> None:
        if time.monotonic() - looked[0] < 1:
            return
        looked[0] = time.monotonic()
        button = page.get_by_role("button", name="Train", exact=True)
        if page.evaluate(IS_AT_REST) and not page.get_by_role("button", name="Stop", exact=True).count():
            try:
                button.click(timeout=1_000)
                count[0] += 1
            except TimeoutError:
                pass

    return step, count


def cpu(process: psutil.Process) -> float:
    """Seconds of processor time that the server has used."""
    times = process.cpu_times()
    return times.user + times.system


def megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--visitors", type=int, default=8)
    parser.add_argument("--pause", type=float, default=8, help="seconds that a page is looked at, on average")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy_run(EXAMPLE_RUN_DIR, Path(folder) / "runs" / "copy")
        with running_app(Path(folder) / "runs", Path(folder) / "output.txt", works_ahead=True) as server:
            found = measure(server, options)
    for problem in found:
        print(problem[:3_000], flush=True)
    raise SystemExit(1 if found else 0)


def measure(server: AppServer, options: argparse.Namespace) -> list[str]:
    process, watch, rng = psutil.Process(server.pid), ErrorWatch(server, ()), random.Random(0)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=[*BROWSER_OPTIONS, "--no-sandbox"])
        answered = answers_when_idle(server)
        alone = Visitor(open_session(browser, watch, server.url), 0.0, rng)
        alone.see_all()
        for name in ROUNDS_ALONE * PAGES_IN_TURN:
            while not alone.step(name):
                alone.page.wait_for_timeout(_LOOK_MS)
        idle = {name: float(np.median(times)) for name, times in alone.seconds.items()}
        before, visitors = megabytes(process), [alone]
        alone.seconds, alone.pause = defaultdict(list), options.pause
        while len(visitors) < options.visitors:
            visitors.append(Visitor(open_session(browser, watch, server.url), options.pause, rng))
            visitors[-1].see_all()
        used, begun = cpu(process), time.monotonic()
        explore(visitors, options.seconds)
        quiet = taken(visitors)
        used, lasted = cpu(process) - used, time.monotonic() - begun
        a_session = (megabytes(process) - before) / max(1, len(visitors) - 1)
        train, trained = trainer(open_session(browser, watch, f"{server.url}/train?run=copy&preset=default"))
        sweeping = open_session(browser, watch, f"{server.url}/sweep")
        sweeping.get_by_role("button", name="Start the sweep", exact=True).click(timeout=30_000)
        explore(visitors, options.seconds, [train])
        busy = taken(visitors)
        for visitor in visitors:
            visitor.page.context.close()
        elsewhere = Elsewhere(server, options.visitors, options.pause)
        end = time.monotonic() + options.seconds
        while time.monotonic() < end:
            train()
            sweeping.wait_for_timeout(200)
        problems = elsewhere.end()
        peak = megabytes(process)
        browser.close()
    found = watch.problems() + problems + [problem for visitor in visitors for problem in visitor.problems]
    report = Report(
        "visitors",
        f"{options.visitors} people exploring, {options.pause:g} s a page, while one trains and one sweeps",
        ["page", "idle server, s", "all exploring, median s", "95% within", "and training and a sweep, median s",
         "95% within", "within 1 s of the idle server"],
    )  # fmt: skip
    for name in PAGES.values():
        report.add(name, f"{idle[name]:.2f}", *spread(quiet[name]), *spread(busy[name]), share([name], busy, idle))
    report.add(
        "all pages",
        "",
        *spread([*chain(*quiet.values())]),
        *spread([*chain(*busy.values())]),
        share(PAGES.values(), busy, idle),
    )
    n = sum(map(len, quiet.values()))
    cost = used / max(1, n)
    median, within = spread([*chain(*elsewhere.seconds.values())])
    report.note(
        f"With their browsers elsewhere, beside training and sweep: a page is answered in {median} s (median), 95% "
        f"within {within} s, {share(PAGES.values(), elsewhere.seconds, answered)} within 1 s of the idle server "
        f"({sum(map(len, elsewhere.seconds.values()))} pages)."
    )
    report.note(
        f"A session: {cost:.2f} s of processor time a page, {100 * used / lasted / len(visitors):.1f}% of a core "
        f"({n} pages in {lasted:.0f} s). What the browsers draw comes on top, on the same cores here. The server grew "
        f"by {a_session:.1f} MB for each session but the first, with what it has loaded once for all of them "
        "meanwhile, such as TensorFlow; what a session keeps is measured by `benchmarks.app_memory`."
    )
    report.note(
        f"{trained[0]} trainings were asked for. Memory of the server at the end: {peak:,.0f} MB. {len(found)} errors."
    )
    report.write()
    return found


def answers_when_idle(server: AppServer) -> dict[str, float]:
    """Seconds from asking for a page to its last message, by page: medians."""
    session = Session(server.port, "run=copy")
    seconds: dict[str, list[float]] = defaultdict(list)
    for path in (1 + ROUNDS_ALONE) * list(PAGES):
        seconds[PAGES[path]].append(session.visit(path).seconds)
    session.close()
    return {name: float(np.median(times[1:])) for name, times in seconds.items()}


def taken(visitors: list[Visitor]) -> dict[str, list[float]]:
    """Seconds by page, of all visitors; they begin anew."""
    times = {name: [each for visitor in visitors for each in visitor.seconds[name]] for name in PAGES.values()}
    for visitor in visitors:
        visitor.seconds = defaultdict(list)
    return times


def spread(times: list[float]) -> tuple[str, str]:
    return ("–", "–") if not times else (f"{np.median(times):.2f}", f"{np.quantile(times, 0.95):.2f}")


def share(names, busy: dict[str, list[float]], idle: dict[str, float]) -> str:
    """Of the pages called so, those that came within a second of what the idle server needs."""
    late = [seconds - idle[name] for name in names for seconds in busy[name]]
    return f"{np.mean(np.array(late) <= 1):.0%}" if late else "–"


if __name__ == "__main__":
    main()
