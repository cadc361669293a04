"""Neighbors: every setting changes the list as it says."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from recsys_core.explore import predictions
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from tests.browser.controls import choose, expect_listed, movie_rows, open_at, press, set_number
from tests.browsing import at_rest

MATRIX = 2571


def test_settings_change_the_list(page: Page, app_url: str) -> None:
    run = open_run(EXAMPLE_RUN_DIR)
    embeddings = MovieEmbeddings.from_run(run)
    row = embeddings.index_of(MATRIX)
    open_at(page, f"{app_url}/neighbors?run=copy&movie={MATRIX}")
    expect(page.get_by_role("spinbutton", name="At least … ratings")).to_have_value("20")
    expect_listed(page, embeddings.neighbors(row, 15, min_ratings=20)["title"].tolist())

    set_number(page, "How many", 6)
    expect(movie_rows(page)).to_have_count(6)
    press(page, "Dot product", "radio")
    expect(page.locator(".movie-list .head .amount-name")).to_contain_text("Dot product")
    expect_listed(page, embeddings.neighbors(row, 6, "dot", 20)["title"].tolist())
    press(page, "Cosine", "radio")
    set_number(page, "At least … ratings", 200)
    expect(movie_rows(page)).to_have_count(min(6, int((embeddings.n_ratings >= 200).sum()) - 1))
    wanted = embeddings.neighbors(row, 6, "cosine", 200)
    expect_listed(page, wanted["title"])

    set_number(page, "Predict for user", 15)
    expected = predictions.predict(run, 15, wanted["index"].to_numpy())
    shown = page.locator(".movie-list .row .predicted .number")
    expect(shown).to_have_count(len(wanted))
    assert shown.all_inner_texts() == [f"{rating:.2f}" for rating in expected]
    expect(page.get_by_test_id("stMetric").filter(has_text="Predicted")).to_contain_text("user's mean")

    choose(page, "Why is it a neighbor?", wanted["title"][0])
    expect(page.get_by_text("rated both")).to_be_visible()
    expect(page.locator(".plotly-figure .scatterlayer")).to_be_visible()
    for part in ("nearness", "top=6", "at_least=200", "user=15", f"movie={MATRIX}"):
        assert part == "nearness" or part in page.url
    address = page.url
    page.goto(address)
    expect(movie_rows(page)).to_have_count(len(wanted))
    at_rest(page)
    expect_listed(page, wanted["title"])


def test_a_film_is_found_without_its_accents(page: Page, app_url: str) -> None:
    open_at(page, f"{app_url}/neighbors?run=copy")
    page.get_by_role("textbox", name="Find a movie").press_sequentially("amelie")
    found = page.get_by_role("button", name=re.compile(r"Amelie|Amélie"))
    expect(found.first).to_be_visible()
    found.first.click()
    expect(page.get_by_role("heading", name=re.compile(r"Amelie|Amélie"))).to_be_visible()
    at_rest(page)
