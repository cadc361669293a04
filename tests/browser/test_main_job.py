"""The main job as a user does it: train, watch, stop, look at the map, find neighbors, read biases."""

import re
from urllib.parse import parse_qs

from playwright.sync_api import Page, expect

from tests.journeys.steps import POLLING, TRAIN_TIMEOUT, choose_preset, open_train_page, set_number

# Plotly keeps the arrays it has decoded in `_fullData`; `data` may hold them as base64.
N_POINTS = """() => {
    const traces = [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => plot._fullData || []);
    return traces.find(trace => trace.name === 'Validation')?.x?.length ?? 0;
}"""
WATCH_POINTS = f"""() => {{
    window.seenPoints = new Set();
    window.pointsWatcher = setInterval(() => window.seenPoints.add(({N_POINTS})()), 50);
}}"""

KEEP_ADDRESSES = """() => {
    window.addresses = [];
    for (const name of ['pushState', 'replaceState']) {
        const change = history[name].bind(history);
        history[name] = (...values) => { change(...values); window.addresses.push(location.search); };
    }
}"""


def test_train_watch_explore(page: Page, app_url: str):
    open_train_page(page, app_url)
    choose_preset(page, "recommender-v2", epochs=5)
    set_number(page, "Epochs", 2)
    page.evaluate(WATCH_POINTS)
    page.evaluate(KEEP_ADDRESSES)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("Training recommender-v2").first).to_be_visible(timeout=TRAIN_TIMEOUT)
    expect(page.get_by_text(re.compile(r"^recommender-v2, 2 epochs · ")).first).to_be_visible(timeout=TRAIN_TIMEOUT)
    page.wait_for_function(f"({N_POINTS})() === 2", timeout=TRAIN_TIMEOUT, polling=POLLING)
    seen = page.evaluate("() => { clearInterval(window.pointsWatcher); return [...window.seenPoints] }")
    assert 2 in seen
    assert len(seen) >= 2, f"the loss plot must gain points while training; it went straight to {seen}"
    expect(page).to_have_url(re.compile("run=recommender-v2-"))
    # What the browser asks for meanwhile comes with its address: the run before, without the job, would be shown again.
    addresses = [parse_qs(address.removeprefix("?")) for address in page.evaluate("() => window.addresses")]
    assert any("job" in address for address in addresses)
    assert not [each for each in addresses if each["run"] == ["copy"] and "job" not in each]

    page.get_by_role("link", name="Map").last.click()
    expect(page).to_have_url(re.compile("/map.*run=recommender-v2-"))
    search = page.get_by_placeholder(re.compile("search", re.I)).first
    search.fill("matrix")
    expect(page.get_by_text(re.compile(r"\b[1-9]\d* (movies|match|found)", re.I)).first).to_be_visible()

    page.get_by_role("link", name="Neighbors").first.click()
    expect(page.get_by_role("heading", name=re.compile("Neighbors")).first).to_be_visible()
    page.get_by_role("link", name="Biases").first.click()
    expect(page.get_by_role("heading", name=re.compile("Biases")).first).to_be_visible()
    page.wait_for_function("() => document.querySelectorAll('.js-plotly-plot').length > 0", polling=POLLING)


def test_stop_keeps_a_marked_run(page: Page, app_url: str):
    open_train_page(page, app_url)
    set_number(page, "Epochs", 900)
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_function(
        f"({N_POINTS})() >= 1 && document.body.innerText.includes('of 900 ·')",
        timeout=TRAIN_TIMEOUT,
        polling=POLLING,
    )
    expect(page.get_by_text(re.compile(r"Epoch \d+ of 900 ·")).first).to_be_visible(timeout=TRAIN_TIMEOUT)
    n_drawn = page.evaluate(
        f"() => {{ document.querySelector('.plotly-figure').dataset.first = ''; return ({N_POINTS})() }}"
    )
    page.wait_for_function(f"({N_POINTS})() > {n_drawn}", timeout=TRAIN_TIMEOUT, polling=POLLING)
    expect(page.locator(".plotly-figure[data-first] .scatterlayer")).to_be_visible()  # The same plot, with more points.
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop").click()
    expect(page.get_by_text(re.compile(r"Stopped in epoch \d+")).first).to_be_visible(timeout=TRAIN_TIMEOUT)
    expect(page.get_by_text(re.compile(r"stopped in epoch \d+")).first).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
