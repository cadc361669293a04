"""What travels between the server and the map: large columns once, and nothing that a busy server could break."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.test_map import N_POINTS, PLOT, open_map
from tests.browsing import at_rest
from ui.components.served import modules_url

LARGE = 10_000
"""Bytes: less than the coordinates of the well-known movies; what a change of the map says is about as much."""


@pytest.fixture
def received(page: Page) -> list[bytes]:
    """All messages of the server, as they come."""
    messages: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda message: messages.append(message)))
    return messages


def test_columns_travel_once_a_session(page: Page, app_url: str, received: list[bytes]) -> None:
    open_map(page, app_url, "projection=PCA")
    assert sum(len(message) > LARGE for message in received) >= 2
    del received[:]
    page.locator(".mm-histogram").first.wait_for()
    page.get_by_test_id("stMain").locator("button", has_text="(19").first.click()
    at_rest(page)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Biases").click()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Map").click()
    page.wait_for_selector(PLOT)
    at_rest(page)
    parsed = [ForwardMsg.FromString(message) for message in received]
    maps = [message for message in parsed if "movie_map" in message.delta.new_element.bidi_component.component_name]
    assert len(maps) > 4
    assert max(message.ByteSize() for message in maps) < 2 * LARGE
    columns = [message for message in maps if "columns" in message.delta.new_element.bidi_component.component_name]
    assert max(message.ByteSize() for message in columns) < LARGE / 4
    assert not [message for message in parsed if message.WhichOneof("type") == "ref_hash"]


def test_a_table_that_was_lost_is_asked_for_again(page: Page, app_url: str) -> None:
    """A run of the page that is cut short may take along what it had not sent yet."""

    def losing(route: Route) -> None:
        script = route.fetch().text()
        start = "export function provide(id, arrow) {\n"
        assert start in script
        lost = f"let nLost = 0\n{start}  if (nLost++ < 2) return\n"
        route.fulfill(body=script.replace(start, lost), content_type="text/javascript")

    page.route(f"**/{modules_url()}/tables.js", losing)
    open_map(page, app_url, "projection=PCA&min_ratings=80")
    assert page.evaluate(N_POINTS, "points") > 100
