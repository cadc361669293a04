"""Quality: tabs, measures and the two lists show what they say."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from tests.browser.controls import choose, expect_listed, figures, open_at, press, set_number


def test_tabs_measures_and_lists(page: Page, app_url: str) -> None:
    run = open_run(EXAMPLE_RUN_DIR)
    embeddings = MovieEmbeddings.from_run(run, left_in=True)
    open_at(page, f"{app_url}/quality?run=copy")
    _, by_popularity = figures(page)
    assert {trace["name"] for trace in by_popularity} == {"This run", "Era left in", "Item-item cosine", "Random"}
    before = by_popularity[0]["y"]
    press(page, "Hubness", "radio")
    page.wait_for_function(
        "y => [...document.querySelectorAll('.js-plotly-plot')][1]?._fullData?.[0].y[0] !== y", arg=before[0]
    )
    page.get_by_text("What these measure").click()
    expect(page.get_by_text("How many of their genres a movie and its 10 neighbors share")).to_be_visible()

    press(page, "Taste or era", "tab")
    ordered_by, axes = figures(page)
    assert ordered_by[0]["x"][-1] < ordered_by[0]["x"][-2]
    judged = int((run.movies["n_train_ratings"] >= 20).sum())
    assert [len(trace["x"]) for trace in axes] == [judged, 3, 3, judged, 3, 3]

    press(page, "Predictions", "tab")
    bars, _ = figures(page)
    assert [len(trace["x"]) for trace in bars] == [4, 4]

    press(page, "Popularity", "tab")
    (norms,) = figures(page)
    assert len(norms[0]["x"]) == len(embeddings)
    choose(page, "Neighbors of", "toy story")
    row = embeddings.find_title("Toy Story")
    set_number(page, "At least … ratings", 100)
    lists = [embeddings.neighbors(row, 10, metric, 100)["title"].tolist() for metric in ("cosine", "dot")]
    expect(page.locator(".movie-list:visible")).to_have_count(2)
    expect_listed(page, [*lists[0], *lists[1]])

    press(page, "Spectrum", "tab")
    (spectrum,) = figures(page)
    assert sum(spectrum[0]["y"]) > 0.99

    press(page, "Popularity", "tab")
    page.locator(".movie-list:visible button.title").first.click()
    expect(page.get_by_role("heading", name=lists[0][0])).to_be_visible()
    expect(page).to_have_url(re.compile(r"/neighbors\?.*movie=\d+"))
