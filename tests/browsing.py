"""The real app in a real browser, under a watch that no error escapes: fixtures for tests/browser and tests/journeys.

The watch looks at the page all the time, not only at its end: an error box that comes and goes fails the test, and so
do an uncaught exception in the server's output, an error in the browser's console and a question to another server.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import ClassVar

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, expect, sync_playwright

from recsys_core.runs.store import EXAMPLE_RUN_DIR
from tests.install_browser import find_browser

ROOT = Path(__file__).resolve().parents[1]
START_TIMEOUT_SECONDS = 60
BROWSER_OPTIONS = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ONE_RENDERER = "--renderer-process-limit=1"
"""All pages in one process: what one has compiled the next need not, a fifth of what opening a page takes. They share
its thread too, and so are no visitors on machines of their own."""
expect.set_options(timeout=60_000)  # Drawing in software on a busy machine takes its time.

SERVER_ERRORS = ("Traceback (most recent call last)", "Uncaught ", "Fatal Python error")
"""What a server writes when something was not caught, and as it crashes."""

_AT_REST = """quiet => new Promise((resolve, reject) => {
    const start = performance.now();
    let since = start, before = null;
    const look = () => {
        const runs = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState !== 'notRunning';
        const drawn = document.querySelector('.mm-plot')?.dataset.drawn ?? '';
        const now = performance.now();
        const isSketch = document.querySelector('.mm-dimmed, .mm-hidden') !== null;
        // What is asked for and not answered yet, unless the app drops it, as it does with what comes too late.
        const asks = window.askedAt > (window.heardAt ?? 0) && now - window.askedAt < 1500;
        if (runs || asks || isSketch || drawn !== before) since = now;
        before = drawn;
        if (now - since >= quiet) resolve();
        else if (now - start > 60000) reject(new Error('the page did not come to rest in a minute'));
        else setTimeout(look, 40);
    };
    look();
})"""

_WATCH = """() => {
    const ERRORS = '[data-testid="stException"], [data-testid="stAlertContentError"], [data-testid="stErrorElement"]';
    const tell = element => {
        const text = (element.innerText || element.textContent || '').trim();
        const kind = element.dataset.testid === 'stAlertContentError' ? 'message' : 'error box';
        window.reportErrorBox(kind, text.slice(0, 600));
    };
    const look = node => {
        if (!(node instanceof Element)) return;
        if (node.matches(ERRORS)) tell(node);
        node.querySelectorAll(ERRORS).forEach(tell);
        const dialog = node.matches('[role="dialog"]') ? node : node.querySelector('[role="dialog"]');
        if (dialog && /error/i.test(dialog.innerText)) tell(dialog);
    };
    new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(look)))
        .observe(document, { childList: true, subtree: true });
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (message) {
        if (!this.isHeard) this.addEventListener('message', () => (window.heardAt = performance.now()));
        this.isHeard = true;
        window.askedAt = performance.now();
        return send.call(this, message);
    };
}"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class AppServer:
    """The app as `streamlit run` starts it, on a free port, with a runs folder of its own."""

    folder: Path = ROOT
    """The folder that it is started in."""
    _ports: ClassVar[list[int]] = []
    """Those of servers that have ended. A browser that has compiled the scripts of an address need not do it again."""

    def __init__(self, runs_dir: Path, log: Path, *, works_ahead: bool = False, scheduler: str = "") -> None:
        """works_ahead: whether it warms up and measures what was trained, though nobody asks: seconds of both cores.

        scheduler: address of the cluster that does its jobs.
        """
        self.runs_dir = runs_dir
        self._works_ahead = works_ahead
        self._scheduler = scheduler
        self.log = log
        self.port = self._ports.pop() if self._ports else _free_port()
        self.url = f"http://localhost:{self.port}"
        self.pages: list[Page] = []
        """Those open on it, which are under a watch."""
        self._process: subprocess.Popen | None = None

    def command(self) -> list[str]:
        """What starts the app."""
        return [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)]

    def environment(self) -> dict[str, str]:
        """The environment that it is started in."""
        ahead = {} if self._works_ahead else {"RECSYS_WORK_AHEAD": "no"}
        there = {"RECSYS_SCHEDULER": self._scheduler} if self._scheduler else {}
        # A crash leaves what its threads were at.
        return {**os.environ, "PYTHONFAULTHANDLER": "1", "RECSYS_RUNS_DIR": str(self.runs_dir), **ahead, **there}

    def start(self) -> None:
        """Start, and wait until it answers. What it writes is appended to `log`."""
        plain = {"STREAMLIT_SERVER_HEADLESS": "true", "STREAMLIT_LOGGER_ENABLE_RICH": "false"}
        with self.log.open("a") as output:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env=self.environment() | plain,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                pytest.fail(f"The app ended with code {self._process.returncode} at once:\n{self.log.read_text()}")
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        pytest.fail(f"The app was not ready after {START_TIMEOUT_SECONDS} s:\n{self.log.read_text()}")

    @property
    def pid(self) -> int:
        assert self._process is not None, "the app is not running"
        return self._process.pid

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Close the pages, which would go on asking a server that is gone, end the process and wait for it."""
        for page in list(self.pages):
            close_page(page)
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=60)
            self._process = None

    def written(self) -> str:
        """All that the server has written."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""


@contextmanager
def running_app(runs_dir: Path, log: Path, *, works_ahead: bool = False) -> Iterator[AppServer]:
    """A server of one's own, for tests that restart it or change its folder."""
    with running(AppServer(runs_dir, log, works_ahead=works_ahead)) as server:
        yield server


@contextmanager
def running(server: AppServer) -> Iterator[AppServer]:
    """`server`, started and in the end ended."""
    server.start()
    try:
        yield server
    finally:
        server.end()
        server._ports.append(server.port)


class ErrorWatch:
    """Collects what goes wrong on pages and in a server's output."""

    def __init__(self, server: AppServer | None, expected: tuple[str, ...]) -> None:
        self._server = server
        self._written_before = len(server.written()) if server else 0
        self._expected = expected
        """Parts of error messages that the test wants to see."""
        self.found: list[str] = []

    def attach(self, page: Page) -> None:
        """Watch `page`, which has opened nothing yet, and what it opens."""
        if self._server is not None:
            pages = self._server.pages
            pages.append(page)
            page.on("close", lambda closed: pages.remove(closed))
        page.expose_function("reportErrorBox", self._on_error_box)
        page.add_init_script(f"({_WATCH})()")
        page.on("popup", self.attach)
        page.on("console", self._on_console)
        page.on("request", lambda request: self._on_request(request.url))
        page.on("websocket", lambda socket: self._on_request(socket.url))
        page.on("pageerror", lambda error: self.found.append(f"page: {error}\n{error.stack}"))

    def _on_error_box(self, kind: str, text: str) -> None:
        if kind != "message" or not any(part in text for part in self._expected):
            self.found.append(f"{kind}: {text}")

    def _on_request(self, url: str) -> None:
        """Nothing is ever asked of another server."""
        own = (self._server.url, self._server.url.replace("http", "ws", 1), "data:", "blob:") if self._server else ()
        if own and not url.startswith(own):
            self.found.append(f"another server: {url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        # Opened at a page other than the first, Streamlit itself looks for its server in two places, one of them wrong.
        url = message.location.get("url", "")
        if message.type == "error" and "/_stcore/" not in url:
            self.found.append(f"console: {message.text} ({url})")

    def problems(self) -> list[str]:
        """All that went wrong up to now."""
        if self._server is not None:
            written = self._server.written()[self._written_before :]
            places = [written.index(sign) for sign in SERVER_ERRORS if sign in written]
            if places:
                # What a crash was at comes first, and after it hundreds of names of modules.
                return [*self.found, f"server: {written[min(places) :][:6_000]}"]
        return self.found


def at_rest(page: Page, quiet_ms: int = 250) -> None:
    """Until the page has neither run nor drawn its map anew for a while.

    The clock is the page's own: on a busy machine, what a click sets off starts late, and this waits longer.
    """
    page.wait_for_selector('[data-testid="stApp"]')
    page.evaluate(_AT_REST, quiet_ms)


def copy_run(source: Path, target: Path) -> None:
    """A copy of a run that calls itself by its folder's name."""
    shutil.copytree(source, target)
    config = target / "config.json"
    info = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps(info | {"label": target.name}), encoding="utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """An app of a module's own, with a copy of the example run, called "copy"; some modules have another."""
    folder = tmp_path_factory.mktemp("app_of_module")
    copy_run(EXAMPLE_RUN_DIR, folder / "runs" / "copy")
    with running_app(folder / "runs", folder / "output.txt") as server:
        yield server


@pytest.fixture(scope="session")
def app_runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app under test keeps its runs: a copy of the example run, called "copy", to begin with."""
    runs_dir = tmp_path_factory.mktemp("runs")
    copy_run(EXAMPLE_RUN_DIR, runs_dir / "copy")
    return runs_dir


@pytest.fixture(scope="session")
def app_server(app_runs_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app, started for this test session."""
    with running_app(app_runs_dir, tmp_path_factory.mktemp("app") / "output.txt") as server:
        yield server


@pytest.fixture(scope="session")
def app_url(app_server: AppServer) -> str:
    """The address of the app."""
    return app_server.url


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """One for all tests, with a profile on disk: without one, a browser compiles Streamlit and Plotly for each page
    anew, a third of what a page costs. What a visitor has done is kept by the page's session.
    """
    options = [*BROWSER_OPTIONS, ONE_RENDERER]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=find_browser(),
            args=options,
            viewport={"width": 1400, "height": 1000},
            reduced_motion="reduce",
        )
        # Drawing in software on a busy machine takes its time.
        context.set_default_timeout(60_000)
        yield context
        context.close()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page_of(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """A function that opens a page, which is a session of its own, under the watch; `server` is the app watched.

    A test that wants to see messages of errors names parts of them: `@pytest.mark.shows_error("is damaged")`.
    """
    marker = request.node.get_closest_marker("shows_error")
    expected = tuple(marker.args) if marker else ()
    watches: list[ErrorWatch] = []
    with ExitStack() as pages:

        def open_page(server: AppServer | None = None) -> Page:
            watch = ErrorWatch(server, expected)
            watches.append(watch)
            page = context.new_page()
            pages.callback(close_page, page)
            watch.attach(page)
            return page

        yield open_page
    problems = [problem for watch in watches for problem in watch.problems()]
    assert not problems, "\n\n".join(problems)


@pytest.fixture
def page(open_page_of: OpenPage, app_server: AppServer) -> Page:
    """A page of the app, which fails the test if anything goes wrong at any moment."""
    return open_page_of(app_server)


def close_page(page: Page) -> None:
    """Close `page`, if it is still open."""
    with suppress(Error):  # the test has closed it, or the browser is gone
        page.close()
