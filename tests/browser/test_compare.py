"""Compare: two trainings told apart, their figures, and whether their neighbors differ by more than noise."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from recsys_core.compare.neighbors import compare_neighbors
from recsys_core.data.ratings import Ratings
from recsys_core.data.split import split_ratings
from recsys_core.runs.store import open_run
from recsys_core.runs.writer import train
from recsys_core.settings.train_config import Phase, with_values
from tests.browser.controls import figures, listed, open_at, press
from tests.browser.test_map_asking import CONFIG
from tests.browsing import at_rest
from tests.damaging import damaged_copy

FIRST = dataclasses.replace(CONFIG, phases=(Phase(5e-3, 2),))
SECOND = with_values(FIRST, {"embedding_size": 8, "epochs": 3})


@pytest.fixture(scope="module")
def two_runs(app_runs_dir: Path, built_in: Ratings) -> Iterator[Path]:
    """Two trainings on the same few ratings that differ in size and epochs, and a damaged copy of one."""
    split = split_ratings(built_in, FIRST)
    names = ("compare-one", "compare-two")
    for name, config in zip(names, (FIRST, SECOND), strict=True):
        train(split, config, app_runs_dir / name)
    damaged = damaged_copy(app_runs_dir / names[0], "movies.parquet", "truncated")
    yield app_runs_dir
    for name in (*names, damaged.name):
        shutil.rmtree(app_runs_dir / name)


def test_from_what_differs_to_the_movies_that_moved(page: Page, app_url: str, two_runs: Path) -> None:
    open_at(page, f"{app_url}/compare?run=compare-one&runs=compare-one,compare-two")
    table = page.locator("table", has_text="What differs")
    expect(table.get_by_role("row", name=re.compile("Movie embedding size"))).to_contain_text("508")
    *bars, curves, scatter = figures(page)
    assert {tuple(trace["y"]) for (trace,) in bars} == {("A", "B")}
    assert [len(trace["x"]) for trace in curves if len(trace["x"]) > 1] == [2, 3]
    assert scatter[-1]["text"] == ["A", "B"] or scatter[-1]["text"] == ["B", "A"]
    press(page, "Seconds", "radio")
    expect(page).to_have_url(re.compile("over=Seconds"))

    press(page, "Neighbors", "radio")
    expect(page.get_by_text("noise not measured")).to_be_visible()
    expected = compare_neighbors(open_run(two_runs / "compare-one"), open_run(two_runs / "compare-two"))
    expect(page.get_by_text(f"{expected.n_staying.mean():.1f} of 10")).to_be_visible()
    page.get_by_role("button", name="Measure the noise with A").click()
    expect(page.get_by_text("Between two seeds", exact=True)).to_be_visible(timeout=60_000)
    at_rest(page)
    measured = compare_neighbors(open_run(two_runs / "compare-one"), open_run(two_runs / "compare-two"))
    expect(page.get_by_text(measured.verdict)).to_be_visible()
    (runs, noise), _ = figures(page)
    assert (sum(runs["y"]), sum(noise["y"])) == pytest.approx((1, 1))

    stable = measured.extremes(8, 40)[1]
    movie = stable.iloc[0]
    page.locator(".movie-list:visible").nth(1).locator("button.title").first.click()
    expect(page).to_have_url(re.compile(f"movie={movie['movie_id']}"))
    at_rest(page)
    one, other = measured.lists_of(int(movie["position"]))
    assert listed(page)[-20:] == [*one["title"], *other["title"]]
    words = [*("stays" if stays else "goes" for stays in one["stays"])]
    expect(page.locator(".movie-list:visible").nth(2).locator(".pill")).to_have_text(words)


@pytest.mark.shows_error("is damaged", "not there")
def test_one_run_a_damaged_one_and_one_that_is_not_there(page: Page, app_url: str, two_runs: Path) -> None:
    open_at(page, f"{app_url}/compare?run=copy&runs=compare-one,movies.parquet-truncated,nobody")
    expect(page.get_by_text("movies.parquet is damaged")).to_be_visible()
    expect(page.get_by_text("The run “nobody” is not there")).to_be_visible()
    expect(page.get_by_text("Choose two runs or more")).to_be_visible()
    expect(page).to_have_url(re.compile(r"runs=compare-one(&|$)"))
    page.get_by_role("combobox", name="Runs to compare").click()
    page.get_by_role("option", name="compare-two").or_(page.get_by_role("option").first).first.click()
    page.keyboard.press("Escape")
    at_rest(page)
    expect(page.locator("table", has_text="What differs")).to_be_visible()
    expect(page).to_have_url(re.compile(r"runs=compare-one(,|%2C)[\w.-]+"))
