"""For you: films are found, rated and forgotten; users of the data are asked for; a row leads to its neighbors."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from recsys_core.data.ratings import Ratings
from recsys_core.explore.recommend import average_person, fold_in, recommend, user_of_run
from recsys_core.runs.run import Run
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from tests.browser.controls import expect_listed, figures, move_slider, open_at, press, set_number
from tests.browsing import at_rest


def best_for(run: Run, person, min_ratings: int = 20) -> list[str]:
    return recommend(run, person, 20, min_ratings)["title"].tolist()


def test_a_famous_film_is_found_rated_and_forgotten(page: Page, app_url: str) -> None:
    run = open_run(EXAMPLE_RUN_DIR)
    matrix = int(run.movies["title"].eq("The Matrix").to_numpy().nonzero()[0][0])
    open_at(page, f"{app_url}/recommend?run=copy")
    expect_listed(page, best_for(run, average_person(run)))
    search = page.get_by_role("textbox", name="Rate a movie")
    # On the way to the title, and without its article.
    search.press_sequentially("matr")
    first = page.get_by_test_id("stMain").get_by_test_id("stButton").first
    expect(first).to_have_text("The Matrix (1999)")
    # What is typed goes to the server a moment later.
    page.wait_for_timeout(500)
    at_rest(page)
    first.get_by_role("button").click()
    expect(search).to_have_value("")
    expect(page.get_by_role("button", name="The Matrix (1999)")).to_have_count(0)
    expect(page.get_by_test_id("stMarkdown").get_by_text("The Matrix (1999)", exact=True)).to_be_visible()
    at_rest(page)
    page.get_by_test_id("stFeedback").first.get_by_role("radio", name="5 out of 5 stars").click()
    expect(page.get_by_text("Until then, this is for the average user")).to_be_hidden()
    expect_listed(page, best_for(run, fold_in(run, {matrix: 5.0})))
    at_rest(page)
    landing = next(traces for traces in figures(page) if traces[0]["name"] == "Movies")
    assert next(trace["text"] for trace in landing if trace["name"] == "Rated high") == ["The Matrix (1999)"]

    # The address has what was rated: a reload, and whoever is sent the link, see the same.
    expect(page).to_have_url(re.compile(r"stars=[0-9]+%3A5(&|$)"))
    page.reload()
    expect_listed(page, best_for(run, fold_in(run, {matrix: 5.0})))
    given = page.get_by_test_id("stFeedback").first.get_by_role("radio", name="5 out of 5 stars")
    expect(given).to_be_checked()
    at_rest(page)

    press(page, "Forget my ratings")
    expect(page.get_by_text("Until then, this is for the average user")).to_be_visible()
    expect_listed(page, best_for(run, average_person(run)))
    expect(page).not_to_have_url(re.compile("stars="))


def test_a_user_of_the_data_least_ratings_and_a_row(page: Page, app_url: str, built_in: Ratings) -> None:
    run = open_run(EXAMPLE_RUN_DIR)
    person = user_of_run(run, 15, built_in)
    open_at(page, f"{app_url}/recommend?run=copy")
    press(page, "A user of the data", "radio")
    set_number(page, "User id", 15)
    expect(page.get_by_role("heading", name="Where user 15 lands")).to_be_visible()
    expect_listed(page, best_for(run, person))
    move_slider(page, "Movies with at least … ratings", 60)
    expect_listed(page, best_for(run, person, 80))
    listed, landing = page.locator(".movie-list").first, page.get_by_role("heading", name="Where user 15 lands")
    assert listed.bounding_box()["y"] < landing.bounding_box()["y"]
    page.get_by_text("Fewer of a kind", exact=True).click()
    expect_listed(page, recommend(run, person, 20, 80, diversity=4.0)["title"].tolist())
    page.get_by_text("Fewer of a kind", exact=True).click()
    expect_listed(page, best_for(run, person, 80))
    press(page, "Stars", "radio")
    expect_listed(page, recommend(run, person, 20, 80, by="stars")["title"].tolist())
    press(page, "Chosen and liked", "radio")
    expect_listed(page, best_for(run, person, 80))
    assert "for_user=15" in page.url

    page.locator(".movie-list button.title").first.click()
    expect(page.get_by_role("heading", name="Neighbors", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name=best_for(run, person, 80)[0])).to_be_visible()
    expect(page).to_have_url(re.compile(r"/neighbors\?.*movie=\d+"))
    expect(page.get_by_role("spinbutton", name="Predict for user")).to_have_value("")
