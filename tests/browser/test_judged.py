"""Judged by people: pairs answered by key, kept, taken back, gone on with; a file brought to Quality; the verdict."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.quality.judged.agreement import judge
from recsys_core.quality.judged.answers import FOLDER
from recsys_core.quality.judged.reading import read_judgements
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from tests.browser.controls import download, figures, open_at, press
from tests.browsing import at_rest

SCROLLS_SIDEWAYS = "() => (main => main.scrollWidth - main.clientWidth)(document.querySelector('[data-testid=stMain]'))"


def asked(page: Page) -> list[str]:
    """The two movies in question."""
    return page.get_by_test_id("stMain").get_by_role("heading", level=3).all_inner_texts()


def answer(page: Page, key: str) -> None:
    before = asked(page)
    page.keyboard.press(key)
    page.wait_for_function(
        "before => [...document.querySelectorAll('[data-testid=stMain] h3')].map(h => h.innerText).join() !== before",
        arg=",".join(before),
    )
    at_rest(page, 100)


def test_thirty_answers_say_how_far_a_run_agrees(page: Page, app_url: str, app_runs_dir: Path) -> None:
    folder = app_runs_dir / FOLDER
    # Of a try before this one.
    (folder / "mine.csv").unlink(missing_ok=True)
    open_at(page, f"{app_url}/judge?run=copy&answers=mine")
    first = asked(page)
    assert len(first) == 2
    answer(page, "y")
    second = asked(page)
    answer(page, "n")
    expect(page.get_by_text("2 of the 30 answers")).to_be_visible()
    answer(page, "u")
    assert asked(page) == second
    answer(page, "s")
    expect(page.get_by_text("1 of the 30 answers")).to_be_visible()
    assert [row["judgement"] for row in csv.DictReader((folder / "mine.csv").open())] == ["yes"]

    # The rest in its file, as if given before: what is left is the thirtieth.
    rows = list(csv.reader((folder / "mine.csv").open()))
    known = MovieEmbeddings.from_run(open_run(EXAMPLE_RUN_DIR))
    famous = known.movies.nlargest(60, "n_ratings")["movie_id"].tolist()
    rows += [[str(famous[2 * i]), str(famous[2 * i + 1]), "yes" if i % 2 else "no"] for i in range(28)]
    with (folder / "mine.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    page.reload()
    at_rest(page)
    expect(page.get_by_text("29 of the 30 answers")).to_be_visible()
    answer(page, "y")
    expect(page.get_by_text("The run agrees with people on")).to_be_visible()
    kept = download(page, "Download")
    assert kept == (folder / "mine.csv").read_bytes()
    assert len(list(csv.DictReader(io.StringIO(kept.decode())))) == 30

    press(page, "Begin anew")
    expect(page.get_by_text("0 of the 30 answers")).to_be_visible()

    open_at(page, f"{app_url}/quality?run=copy")
    press(page, "Judged by people", "tab")
    expect(page.get_by_text("The run agrees with people on")).to_be_visible()
    shown = figures(page)[0][0]
    expected = judge(open_run(EXAMPLE_RUN_DIR), known, read_judgements(folder / "mine.csv"))
    assert shown["x"][::-1][0] == pytest.approx(expected.by_source["run"].auc)
    assert {name.strip() for name in shown["y"]} == {
        "This run", "Era left in", "Item-item cosine", "Genre overlap", "Random"
    }  # fmt: skip


@pytest.mark.shows_error("A file of judgements must have the columns")
def test_a_file_is_brought_to_the_quality_page_and_the_verdict_explains_itself(page: Page, app_url: str) -> None:
    open_at(page, f"{app_url}/quality?run=copy")
    claim = page.locator(".verdict .claim").first
    expect(claim).to_contain_text("beats guessing by")
    expect(claim.locator(".behind")).to_be_hidden()
    # What is hidden must not let the page scroll sideways, nor what is shown at its right edge.
    assert page.evaluate(SCROLLS_SIDEWAYS) == 0
    page.locator(".verdict .claim").last.hover()
    assert page.evaluate(SCROLLS_SIDEWAYS) == 0
    claim.hover()
    expect(claim.locator(".behind")).to_be_visible()
    expect(claim.locator(".behind")).to_contain_text("damped biases")
    press(page, "Judged by people", "tab")
    pairs = ["movie,other,judgement", "Nobody's Film (1901),1,yes"]
    pairs += [f"1,{movie},{'yes' if movie == 2571 else 'no'}" for movie in (3114, 356, 2571)]
    # The same pairs by title, and the other way round.
    pairs += ["The Matrix (1999),1,yes", "Forrest Gump (1994),Toy Story (1995),no"]
    upload = page.locator("[data-testid=stFileUploader] input")
    upload.set_input_files({"name": "odd.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"})
    expect(page.get_by_text("A file of judgements must have the columns movie, other")).to_be_visible()
    upload.set_input_files({"name": "pairs.csv", "mimeType": "text/csv", "buffer": "\n".join(pairs).encode()})
    expect(page.get_by_text("3 of the 30 pairs")).to_be_visible()
    expect(page.get_by_text("2 rows of pairs that others judge as well")).to_be_visible()
    at_rest(page)
    page.get_by_text("1 movie not in this run").click()
    expect(page.get_by_text("Nobody's Film (1901)")).to_be_visible()
    expect(page.get_by_text("Toy Story (1995) — The Matrix (1999)")).to_be_visible()
    expect(page.get_by_text("number 1 of 9,065 by item-item cosine")).to_be_visible()
    # It is near by what people say is not: no disagreement.
    expect(page.get_by_text("Toy Story (1995) — Forrest Gump (1994)")).to_have_count(0)
