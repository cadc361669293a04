"""The Train page's controls beside its settings: where they stand, how the loss is drawn, what the model is made of,
what it was fed, and the ways on."""

import re

from playwright.sync_api import Page, expect

from tests.browser.controls import press
from tests.browsing import at_rest
from tests.journeys.steps import POLLING, TRAIN_TIMEOUT, go_to, open_train_page, run_in_address

CURVE_HAS = """([type, unit]) => {
    const plot = document.querySelector('.plotly-figure')
    return plot?._fullLayout?.yaxis.type === type && plot._fullLayout.yaxis.title.text.includes(unit)
}"""


def test_the_loss_is_drawn_as_chosen_and_what_is_behind_it_is_shown_when_opened(page: Page, app_url: str):
    open_train_page(page, app_url)
    page.wait_for_function(CURVE_HAS, arg=["linear", "MSE"], polling=POLLING)
    page.get_by_test_id("stMain").get_by_text("MAE", exact=True).first.click()
    page.wait_for_function(CURVE_HAS, arg=["linear", "MAE"], polling=POLLING)
    page.get_by_text("Log scale", exact=True).click()
    page.wait_for_function(CURVE_HAS, arg=["log", "MAE"], polling=POLLING)

    page.get_by_text("Model summary: layers, shapes, parameters").click()
    summary = page.get_by_text(re.compile(r"parameters? (that|to)|[\d,]+ parameters"))
    # TensorFlow may have to start first.
    expect(summary.first).to_be_visible(timeout=TRAIN_TIMEOUT)
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    page.get_by_text("The ratings behind this run").click()
    expect(page.get_by_text("100,004 ratings").first).to_be_visible()
    matrix = page.locator(".js-plotly-plot:has(.heatmaplayer)").last
    expect(matrix).to_contain_text("The Shawshank Redemption")


def test_settings_stand_beside_the_result_and_the_ways_on_take_the_run_along(page: Page, app_url: str):
    open_train_page(page, app_url)
    settings, whole = page.locator(".st-key-train_settings"), page.locator(".st-key-train_page")
    curve = page.locator(".plotly-figure")

    def boxes() -> list[dict]:
        return [part.bounding_box() for part in (settings, whole, curve)]

    beside, page_box, curve_box = boxes()
    assert beside["width"] < page_box["width"] / 3
    assert curve_box["x"] > beside["x"] + beside["width"]
    # In a narrow window they take the whole width.
    page.set_viewport_size({"width": 800, "height": 1000})
    page.wait_for_function(
        "() => { const width = key => document.querySelector('.st-key-train_' + key).clientWidth;"
        " return width('settings') > 0.95 * width('page') }",
        polling=POLLING,
    )
    above, _, curve_box = boxes()
    assert curve_box["y"] > above["y"] + above["height"]
    page.set_viewport_size({"width": 1400, "height": 1000})

    for name, address in (("Map", "map"), ("Neighbors", "neighbors"), ("Biases", "biases"), ("Quality", "quality")):
        page.get_by_test_id("stMain").get_by_role("link", name=name, exact=True).click()
        page.wait_for_url(re.compile(f"/{address}[?]"))
        at_rest(page)
        assert run_in_address(page) == "copy"
        go_to(page, "Train")
    press(page, "Find a learning rate")
    expect(page.get_by_role("button", name=re.compile("^Use "))).to_be_visible(timeout=90_000)
    press(page, "Close")
    expect(page.get_by_text("Learning-rate finder")).to_have_count(0)
