"""Quality: tabs, measures and the two lists show what they say."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from recsys_core.data.ratings import Ratings
from recsys_core.data.split import split_ratings
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.quality.report import SEEDS, cached_report
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from recsys_core.runs.writer import train
from recsys_core.settings.train_config import Phase, TrainConfig
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


def test_stability_is_measured_on_demand(page: Page, app_url: str, app_runs_dir: Path, built_in: Ratings) -> None:
    config = TrainConfig(n_ratings=15_000, batch_size=1024, phases=(Phase(5e-3, 1),))
    train(split_ratings(built_in, config), config, app_runs_dir / "unmeasured")
    open_at(page, f"{app_url}/quality?run=unmeasured")
    before = figures(page)[0]
    press(page, "Measure stability")
    expect(page.get_by_role("button", name="Measure stability")).to_have_count(0)
    page.wait_for_function(
        "n => document.querySelector('.js-plotly-plot')?._fullData?.length > n", arg=len(before), timeout=120_000
    )
    report = cached_report(open_run(app_runs_dir / "unmeasured"))
    assert report is not None
    assert len(report.seeds) == SEEDS
    expect(page.get_by_role("button", name="Measure stability")).to_have_count(0)
    shown = [text for trace in figures(page)[0] for text in trace["text"] or []]
    assert f"{report.value('stability'):.3f}" in " ".join(shown)
