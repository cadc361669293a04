"""The real app in a real browser: a server on a free port with runs of its own, and a page that tolerates no error."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from recsys_core.runs.store import EXAMPLE_RUN_DIR
from tests.install_browser import find_browser

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_SECONDS = 60
BROWSER_OPTIONS = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A real browser on a busy machine may miss a moment: such a test may try once more, and the report says so."""
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def app_runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app under test keeps its runs: a copy of the example run, called "copy", to begin with."""
    runs_dir = tmp_path_factory.mktemp("runs")
    copy_run(EXAMPLE_RUN_DIR, runs_dir / "copy")
    return runs_dir


def copy_run(source: Path, target: Path) -> None:
    """A copy of a run that calls itself by its folder's name."""
    shutil.copytree(source, target)
    config = target / "config.json"
    info = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps(info | {"label": target.name}), encoding="utf-8")


@pytest.fixture(scope="session")
def app_url(app_runs_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app, started for this test session."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("app") / "output.txt"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with log.open("w") as output:
        server = subprocess.Popen(
            [*command, "--server.headless", "true"],
            cwd=ROOT,
            env={**os.environ, "RECSYS_RUNS_DIR": str(app_runs_dir)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(f"http://localhost:{port}", server, log)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_until_ready(url: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"The app ended with code {server.returncode} before it was ready:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"The app was not ready after {START_TIMEOUT_SECONDS} s:\n{log.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    options = [*BROWSER_OPTIONS, "--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else BROWSER_OPTIONS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=options)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own for each test, which fails if the page or the console of its browser reports an error."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, reduced_motion="reduce")
    page = context.new_page()
    # Drawing in software on a busy machine takes its time.
    page.set_default_timeout(60_000)
    errors: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # Opened at a page other than the first, Streamlit itself looks for its server in two places, one of them wrong.
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            errors.append(f"console: {message.text} ({message.location.get('url')})")

    page.on("console", on_console)
    page.on("pageerror", lambda error: errors.append(f"page: {error}\n{error.stack}"))
    yield page
    context.close()
    assert not errors, "\n".join(errors)
