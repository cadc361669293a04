"""A plot that changes in place: taken away or asked for again while it is drawn, out of sight, or not drawn at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.browsing import ROOT, at_rest
from ui.components.served import modules_url, plotly_url

PLOT = """async data => {
    // The component as Streamlit has it, with a place of its own; Plotly tells when a drawing has begun.
    const { default: render } = await import("/probe/plot.js")
    const parentElement = document.createElement("div")
    parentElement.innerHTML = '<div class="plotly-figure" style="width: 300px"></div>'
    document.body.append(parentElement)
    const root = parentElement.firstChild
    const heard = []
    const draw = number => render({
        parentElement,
        data: { ...data, figure: JSON.stringify({ data: [{ y: [number, 2], customdata: [number, 2] }], layout: {} }) },
        setTriggerValue: (name, value) => heard.push(value.number),
    })
    const first = await draw(1)
    const { react } = window.Plotly
    let begun
    const beginning = new Promise(resolve => (begun = resolve))
    window.Plotly.react = (...all) => {
        const drawing = react(...all)
        if (all[0] === root) begun()
        return drawing
    }
    const shown = () => root.data && Array.from(root.data[0].y)
    const click = () => root.emit("plotly_click", { points: [{ customdata: 7 }] })
    ACT
}"""
TAKEN_AWAY = """
    const second = draw(3)
    await beginning
    first()
    ;(await second)()
    return [shown() ?? null, heard]"""
USED_AGAIN = """
    const second = draw(3)
    await beginning
    first()
    const third = draw(5)
    await Promise.all([second, third])
    click()
    return [shown(), heard]"""
NEWEST_LAST = """
    const second = draw(3)
    await beginning
    const [one, other] = await Promise.all([second, draw(4), draw(5)])
    // As Streamlit does with calls that later ones have overtaken.
    first()
    one()
    other()
    click()
    return [shown(), heard]"""

SAME_AND_NEW = """
    await draw(1)
    await draw(6)
    click()
    return [shown(), heard]"""

REFUSED_ONCE = """
    const able = window.Plotly.react
    window.Plotly.react = () => Promise.reject(new Error("refused"))
    const said = await draw(3).catch(error => error.message)
    window.Plotly.react = able
    await draw(3)
    click()
    return [said === "refused" && shown(), heard]"""

OUT_OF_SIGHT = """
    parentElement.hidden = true
    await draw(3)
    const before = shown()
    parentElement.hidden = false
    while (shown()[0] !== 3) await new Promise(requestAnimationFrame)
    click()
    return [before, shown(), heard]"""
CANNOT_BE_LOADED = """async data => {
    const { default: render } = await import("/probe/plot.js")
    const parentElement = document.createElement("div")
    parentElement.innerHTML = '<div class="plotly-figure"></div>'
    document.body.append(parentElement)
    await render({ parentElement, data, setTriggerValue: () => {} })
    return parentElement.innerText
}"""


@pytest.fixture
def plot_page(page: Page, app_url: str) -> Page:
    script = Path(ROOT / "ui/components/plot/plot.js").read_text(encoding="utf-8")

    def serve(route: Route) -> None:
        route.fulfill(body=script, content_type="text/javascript")

    page.route("**/probe/plot.js", serve)
    page.goto(f"{app_url}/judge?run=copy")
    at_rest(page)
    return page


@pytest.mark.parametrize(
    ("act", "came"),
    [
        (TAKEN_AWAY, [None, []]),
        (USED_AGAIN, [[5, 2], [7]]),
        (NEWEST_LAST, [[5, 2], [7]]),
        (SAME_AND_NEW, [[6, 2], [7]]),
        (REFUSED_ONCE, [[3, 2], [7]]),
    ],
    ids=["taken away", "used again", "newest last", "same and new", "refused once"],
)
def test_what_happens_while_it_is_drawn_does_no_harm(plot_page: Page, act: str, came: list) -> None:
    data = {"modules": modules_url(), "plotly": plotly_url(), "height": 200, "alt": "", "clickable": True}
    assert plot_page.evaluate(PLOT.replace("ACT", act), data) == came


def test_out_of_sight_it_is_drawn_once_it_is_seen(plot_page: Page) -> None:
    data = {"modules": modules_url(), "plotly": plotly_url(), "height": 200, "alt": "", "clickable": True}
    assert plot_page.evaluate(PLOT.replace("ACT", OUT_OF_SIGHT), data) == [[1, 2], [3, 2], [7]]


def test_what_cannot_be_loaded_is_said_in_its_place(plot_page: Page) -> None:
    nothing = "data:text/javascript,throw new Error('It is not there.')//"
    data = {"modules": nothing, "plotly": "", "figure": "{}", "height": 200, "alt": "", "clickable": False}
    assert plot_page.evaluate(CANNOT_BE_LOADED, data) == "It is not there."
