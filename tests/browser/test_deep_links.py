"""A link deep into the app, followed as the very first request that a server gets."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from recsys_core.runs.store import EXAMPLE_RUN_DIR
from tests.browsing import OpenPage, at_rest, copy_run, running_app


def test_the_first_request_may_be_a_deep_link(open_page_of: OpenPage, tmp_path: Path) -> None:
    copy_run(EXAMPLE_RUN_DIR, tmp_path / "runs" / "copy")
    with running_app(tmp_path / "runs", tmp_path / "output.txt") as server:
        page = open_page_of(server)
        page.goto(f"{server.url}/recommend?run=copy&for_whom=A+user+of+the+data&for_user=15")
        expect(page.get_by_role("heading", name="Where user 15 lands")).to_be_visible()
        at_rest(page)
        # Pages of the old kind are called as their files are: "recommend".
        links = page.get_by_test_id("stSidebarNav").get_by_role("link")
        titles = (
            "Home",
            "Data",
            "Train",
            "Sweep",
            "Runs",
            "Map",
            "Neighbors",
            "Biases",
            "For you",
            "Quality",
            "Judge",
            "Compare",
        )
        expect(links).to_have_text([re.compile(f"{title}$") for title in titles])
        assert "run=copy" in page.url
        assert "for_user=15" in page.url
        page.close()
