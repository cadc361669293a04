"""Biases: how many, how often rated, across which mean, and the users; a dot leads to its movie's neighbors."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from recsys_core.explore import predictions
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.yardsticks import damped_means
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from tests.browser.controls import figures, open_at, press, set_number
from tests.browsing import at_rest

# Where the dot of the first row of the second figure is drawn.
DOT = """i => {
    const plot = [...document.querySelectorAll('.js-plotly-plot')][1]
    const { left, top } = plot.getBoundingClientRect()
    const { xaxis, yaxis } = plot._fullLayout
    const { x, y } = plot._fullData[0]
    return [left + xaxis._offset + xaxis.l2p(x[i]), top + yaxis._offset + yaxis.l2p(y[i])]
}"""


def test_settings_change_the_figures_and_a_dot_opens_its_neighbors(page: Page, app_url: str) -> None:
    run = open_run(EXAMPLE_RUN_DIR)
    movies = MovieEmbeddings.from_run(run).movies
    open_at(page, f"{app_url}/biases?run=copy")
    set_number(page, "Highest and lowest", 4)
    set_number(page, "At least … ratings", 100)
    known = movies[movies["n_ratings"] >= 100]
    page.wait_for_function(
        "low => Math.min(...document.querySelector('.js-plotly-plot')?._fullData?.[0].x ?? []).toFixed(4) === low",
        arg=f"{known['bias'].min():.4f}",
    )
    page.wait_for_function(
        "n => document.querySelectorAll('.js-plotly-plot')[1]?._fullData?.[0].x.length === n", arg=len(known)
    )
    (bars, *_), (dots, line) = figures(page)
    assert sorted(bars["x"]) == pytest.approx(
        np.sort(np.concatenate([known["bias"].nlargest(4), known["bias"].nsmallest(4)])), abs=1e-5
    )
    assert dots["x"] == pytest.approx(known["mean_rating"].tolist(), abs=1e-5)
    assert line["x"] == sorted(line["x"])

    press(page, "Damped mean", "radio")
    damped = damped_means(known["mean_rating"].to_numpy(), known["n_ratings"].to_numpy())
    page.wait_for_function(
        "x => document.querySelectorAll('.js-plotly-plot')[1]?._fullData?.[0].x[0].toFixed(4) === x",
        arg=f"{damped[0]:.4f}",
    )

    page.locator(".js-plotly-plot").nth(1).scroll_into_view_if_needed()
    spot = page.evaluate(DOT, int(np.argmin(known["bias"])))
    page.mouse.move(*spot)
    named = page.wait_for_selector(".hoverlayer .hovertext").text_content()
    page.mouse.click(*spot)
    expect(page.get_by_role("heading", name="Neighbors", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/neighbors\?.*movie=\d+"))
    at_rest(page)
    title = page.locator("[data-testid=stMain] h3").first.inner_text()
    assert title in named


def test_users_have_their_own_figure_and_means(page: Page, app_url: str) -> None:
    users = predictions.users(open_run(EXAMPLE_RUN_DIR))
    open_at(page, f"{app_url}/biases?run=copy")
    press(page, "Users", "tab")
    (chart,) = figures(page)
    assert len(chart[0]["x"]) == users["bias"].notna().sum()
    plain = chart[0]["x"]
    page.get_by_role("radio", name="Damped mean").locator("visible=true").click()
    at_rest(page)
    page.wait_for_function(
        "x => ![undefined, x].includes("
        "[...document.querySelectorAll('.js-plotly-plot')].find(plot => plot.offsetParent)?._fullData?.[0].x[0])",
        arg=plain[0],
    )
    assert np.ptp(figures(page)[0][0]["x"]) < np.ptp(plain)
