"""An app of ours behind a free port, and a real browser to look at it with."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.install_browser import find_browser

ROOT = Path(__file__).resolve().parents[1]
START_TIMEOUT_SECONDS = 60
HEADED = ("chromium", "google-chrome", "chrome")
"""Browsers that have a window."""


@contextmanager
def serving(script: Path, **environment: str) -> Iterator[str]:
    """The address at which Streamlit runs `script`. Raises `RuntimeError` if it ends or does not answer in time."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    options = ["--server.port", str(port), "--server.headless", "true", "--server.enableStaticServing", "true"]
    server = subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://localhost:{port}"
        _wait_for(f"{address}/_stcore/health", server)
        yield address
    finally:
        server.terminate()
        server.wait()


def _wait_for(url: str, server: subprocess.Popen) -> None:
    end = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            time.sleep(0.1)
    state = "is still starting" if server.poll() is None else f"ended with code {server.poll()}"
    raise RuntimeError(f"The app must answer at {url} within {START_TIMEOUT_SECONDS} s. Received: nothing; it {state}")


@contextmanager
def open_page(*, headed: bool = False) -> Iterator[Page]:
    """An empty page of 1400 × 1000, in a browser that is visible (and may use the GPU) if `headed`."""
    browser_path = next(filter(None, map(shutil.which, HEADED)), None) if headed else find_browser()
    options = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, headless=not headed, args=options)
        yield browser.new_page(viewport={"width": 1400, "height": 1000})
        browser.close()
