"""Titles that anybody may have written, on every page: shown as the text they are, and run by nothing."""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import split_ratings
from recsys_core.jobs.data_sets import add_data_set
from recsys_core.runs.writer import save_run
from recsys_core.settings.train_config import Phase, TrainConfig
from recsys_core.training.fit import fit
from tests.browser.controls import figures, open_at, press
from tests.browsing import AppServer, OpenPage, at_rest, running_app
from tests.journeys import steps

SHOWN = {
    "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>": None,
    "=cmd|'/C calc'!A0": None,
    "**bold** _it_ `code` :red[x] [link](javascript:alert(1)) ~~s~~": None,
    "$x^2$ costs $5$ # :material/delete:": None,
    "\u202eturned\u202c \u05e9\u05dc\u05d5\u05dd\u0007": "turned \u05e9\u05dc\u05d5\u05dd",
    "five hundred " + 487 * "x": None,
}
"""How movies are called in the file -> what is shown, where that is not the same."""
TITLES = [shown or title for title, shown in SHOWN.items()]
LABEL = "**run** <img src=x onerror=\"document.title='run'\"> $y$"
CONFIG = TrainConfig(
    architecture="dot-bias", user_embedding_size=8, movie_embedding_size=8, batch_size=64, validation_fraction=0.2,
    phases=(Phase(5e-3, 2),),
)  # fmt: skip
BROKEN_OUT = """() => {
    const page = document.querySelector('[data-testid=stApp]')
    const outright = page.querySelectorAll('img[src="x"], [onerror], .katex, a[href^="javascript"]')
    const marked = [...page.querySelectorAll('del, em, code, strong, b, script, [style*="color"]')].filter(
        element => ['bold', 'it', 'code', 'x', 's', 'link', 'run', 'y'].includes(element.textContent)
    )
    return [document.title, [...outright, ...marked].map(element => element.outerHTML.slice(0, 200))]
}"""
"""The page's title, and what stands in the page as an element though it should be text."""


def table() -> str:
    """60 users of 40 movies, who like those of their own parity; the hostile ones are the most rated."""
    titles = [*SHOWN, *(f"Film {number}" for number in range(34))]
    quoted = ['"' + title.replace('"', '""') + '"' for title in titles]
    rows = [
        f"{u},{m},{4.5 if (u + m) % 2 == 0 else 1.5},{quoted[m]},Kind {m % 2},{1960 + m}"
        for u in range(60) for m in range(40) if m < 6 or np.random.default_rng((u, m)).random() < 0.7
    ]  # fmt: skip
    return "\n".join(["user,item,rating,title,genres,year", *rows])


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app with that data set, and two runs that were trained on it."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "hostile.csv").write_text(table(), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECSYS_DATA_DIR", str(folder / "sets"))
        added = add_data_set(folder / "hostile.csv", name="hostile")
        ratings = load_ratings(added.id)
        for seed in (0, 1):
            config = dataclasses.replace(CONFIG, seed=seed)
            save_run(fit(split_ratings(ratings, config), config), folder / "runs" / f"run-{seed}", label=LABEL)
        with running_app(folder / "runs", folder / "output.txt") as server:
            yield server


def test_titles_are_text_on_every_page(open_page_of: OpenPage, app: AppServer) -> None:
    page = open_page_of(app)
    shared = "run=run-0&movie=0&data=hostile"

    def visit(name: str, query: str = shared) -> None:
        steps.turn_to(page, f"{app.url}/{name}?{query}")
        check(page, name)

    open_at(page, f"{app.url}/data?{shared}")
    check(page, "data")
    press(page, "Most active × most rated", role="tab")
    (matrix,) = (trace for figure in figures(page) for trace in figure if trace["type"] == "heatmap")
    assert {html.escape(title) for title in TITLES} <= {text for row in matrix["text"] for text in row}
    check(page, "data")

    for number, title in enumerate(TITLES):
        visit("neighbors", f"run=run-0&movie={number}")
        # An icon of a title's `:material/…:` would stand in the place of its text.
        heading = page.get_by_role("heading", level=3).first
        expect(heading).to_have_text(re.compile(".?".join(map(re.escape, title[:60]))))
    visit("neighbors", f"{shared}&beside=run-1")
    visit("map")
    expect_text(page, TITLES[0])
    for name in ("Home", "Train", "Biases", "Quality", "Judge", "Runs"):
        steps.go_to(page, name)
        path = "" if name == "Home" else name.lower()
        expect(page).to_have_url(re.compile(rf":\d+/{path}\?"))
        at_rest(page)
        check(page, name)
    for look in ("Figures", "Maps", "Neighbors", "Predictions", "Biases"):
        visit("compare", f"{shared}&runs=run-0,run-1&look={look}")
    visit("recommend")
    for title in TITLES[:2]:
        field = page.get_by_role("textbox").first
        field.fill(title[:20])
        field.press("Enter")
        at_rest(page)
        expect_text(page, title[:40])
        check(page, "recommend")


def expect_text(page: Page, title: str) -> None:
    expect(page.get_by_text(title[:60]).first).to_be_visible()


def check(page: Page, name: str) -> None:
    title, broken_out = page.evaluate(BROKEN_OUT)
    assert (title != "run", broken_out) == (True, []), name
