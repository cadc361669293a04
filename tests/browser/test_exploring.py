"""Walking from movie to movie as a visitor does: type, click a row, click a bar, click a dot of the first page."""

import re

from playwright.sync_api import Page, expect

from tests.browsing import at_rest


def test_typing_a_title_and_clicking_a_row_walk_along_neighbors(page: Page, app_url: str):
    page.goto(f"{app_url}/neighbors?run=copy")
    at_rest(page)
    page.get_by_role("textbox", name="Find a movie").press_sequentially("matrix")
    page.get_by_role("button", name="The Matrix (1999)").click()
    expect(page.get_by_role("heading", name="The Matrix (1999)")).to_be_visible()
    expect(page).to_have_url(re.compile("movie=2571"))
    nearest = page.locator(".movie-list button").first
    expect(nearest).to_be_visible()
    at_rest(page)
    nearest.click()
    expect(page).not_to_have_url(re.compile("movie=2571"))
    expect(page.get_by_role("heading", name="The Matrix (1999)")).to_be_hidden()
    page.get_by_role("button", name="The Matrix ›").click()
    expect(page).to_have_url(re.compile("movie=2571"))


def test_a_click_on_a_bar_opens_the_neighbors_of_its_movie(page: Page, app_url: str):
    page.goto(f"{app_url}/biases?run=copy")
    at_rest(page)
    box = page.locator(".barlayer .point path").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_role("heading", name="Neighbors")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/neighbors\?.*movie=\d+"))
