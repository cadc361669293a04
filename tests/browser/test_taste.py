"""Era and popularity, taken out or left in: one switch for all pages that look, in the address."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from tests.browser.controls import expect_listed, open_at
from tests.browsing import at_rest

MATRIX = 2571


def test_the_switch_changes_what_one_looks_at_on_every_page(page: Page, app_url: str) -> None:
    run = open_run(EXAMPLE_RUN_DIR)
    lists = {}
    for left_in in (False, True):
        known = MovieEmbeddings.from_run(run, left_in=left_in)
        lists[left_in] = known.neighbors(known.index_of(MATRIX), 15, min_ratings=20)["title"].tolist()
    open_at(page, f"{app_url}/neighbors?run=copy&movie={MATRIX}")
    expect_listed(page, lists[False])
    page.get_by_role("radio", name="Left in").click()
    expect(page).to_have_url(re.compile("era=in"))
    at_rest(page)
    expect_listed(page, lists[True])

    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Map").click()
    expect(page).to_have_url(re.compile(r"/map\?.*era=in"))
    at_rest(page)
    expect(page.get_by_role("radio", name="Left in")).to_be_checked()
    expect(page.get_by_text("This UMAP has not been computed yet.")).to_be_visible()
    page.get_by_role("radio", name="Taken out").click()
    at_rest(page)
    expect(page.get_by_text("What this map is ordered by")).to_be_visible()
    expect(page.locator(".mm-label-cluster").first).to_be_visible()
    assert "era=" not in page.url
