"""Plotly figures as PNG files, drawn by the browser that the tests use."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import plotly.graph_objects as go
from playwright.sync_api import sync_playwright

from tests.install_browser import find_browser


def save_figure(figure: go.Figure, path: Path, drawn: str, n_drawn: int = 1) -> None:
    """Write `figure`, of fixed width and height, to `path` once `n_drawn` elements match the CSS selector `drawn`."""
    options = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder) / "figure.html"
        figure.write_html(page_file, include_plotlyjs=True, config={"displayModeBar": False})
        browser = playwright.chromium.launch(executable_path=find_browser(), args=options)
        size = {"width": figure.layout.width + 16, "height": figure.layout.height + 16}
        page = browser.new_page(viewport=size, device_scale_factor=1)
        page.goto(page_file.as_uri())
        page.locator(drawn).nth(n_drawn - 1).wait_for(state="attached")
        path.parent.mkdir(exist_ok=True)
        page.screenshot(path=path)
        browser.close()
