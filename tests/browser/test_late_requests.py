"""The server is busy: what a page asks for comes late, when another page or run is shown already."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable

from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browsing import AppServer, OpenPage, at_rest
from tests.journeys.steps import (
    PLOT_IS_DRAWN,
    POLLING,
    TRAIN_TIMEOUT,
    go_to,
    open_train_page,
    run_in_address,
    run_names,
    set_number,
    train_to_the_end,
    turn_to,
)

CLICK_ON_MAP = """() => [...document.querySelectorAll('[data-testid=stSidebarNav] a')]
    .find(link => link.innerText.trim().endsWith('Map')).click()"""


def relay(
    page: Page, down: Callable[[WebSocketRoute, str | bytes], None] = WebSocketRoute.send
) -> list[tuple[WebSocketRoute, BackMsg]]:
    """What `page` asks its server for from now on, and where it was sent to. down: brings the page what is answered."""
    asked: list[tuple[WebSocketRoute, BackMsg]] = []

    def through(socket: WebSocketRoute) -> None:
        up = socket.connect_to_server()
        up.on_message(lambda message: down(socket, message))

        def ask(message: str | bytes) -> None:
            if isinstance(message, bytes):
                asked.append((up, BackMsg.FromString(message)))
            up.send(message)

        socket.on_message(ask)

    page.route_web_socket(re.compile("/_stcore/stream"), through)
    return asked


def test_what_a_page_that_was_left_asks_for_late_does_not_clear_the_next(
    open_page_of: OpenPage, server: AppServer
) -> None:
    page = open_page_of(server)
    held: list[tuple[WebSocketRoute, str | bytes]] = []
    is_slow = False

    def down(socket: WebSocketRoute, message: str | bytes) -> None:
        held.append((socket, message)) if is_slow else socket.send(message)

    asked = relay(page, down)
    open_train_page(page, server.url)
    set_number(page, "Epochs", 900)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text(re.compile(r"Epoch \d+ of 900 ·")).first).to_be_visible(timeout=TRAIN_TIMEOUT)

    # The page runs again, and what it says is on its way when the next page is clicked on. With it the progress
    # learns that it is to look again, which it does while the server is too busy to hear.
    is_slow = True
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("899")
    epochs.press("Enter")
    page.wait_for_timeout(2_500)
    os.kill(server.pid, signal.SIGSTOP)
    try:
        page.evaluate(CLICK_ON_MAP)
        page.wait_for_timeout(200)
        for socket, message in held:
            socket.send(message)
        is_slow = False
        page.wait_for_timeout(2_500)
    finally:
        os.kill(server.pid, signal.SIGCONT)

    expect(page).to_have_url(re.compile("/map"), timeout=TRAIN_TIMEOUT)
    page.wait_for_function(PLOT_IS_DRAWN, timeout=TRAIN_TIMEOUT, polling=POLLING)
    at_rest(page)
    expect(page.get_by_test_id("stMain")).to_contain_text("beats guessing by")

    # The same of a page that a script leads away from: what its line about the training asks for comes once more.
    go_to(page, "Home")
    del asked[:]
    deadline = time.monotonic() + 60
    while not (late := [each for each in asked if each[1].rerun_script.fragment_id]) and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    page.get_by_role("button", name="Explore this map").click()
    expect(page).to_have_url(re.compile("/map"), timeout=TRAIN_TIMEOUT)
    page.wait_for_function(PLOT_IS_DRAWN, timeout=TRAIN_TIMEOUT, polling=POLLING)
    at_rest(page)
    server_side, message = late[-1]
    server_side.send(message.SerializeToString())
    page.wait_for_timeout(2_000)
    at_rest(page)
    expect(page.get_by_test_id("stMain")).to_contain_text("beats guessing by")
    assert page.evaluate(PLOT_IS_DRAWN)
    page.get_by_role("link", name="Watch it").click()
    page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("(stopped)").first).to_be_visible(timeout=TRAIN_TIMEOUT)


def test_what_is_asked_for_as_a_training_ends_does_not_bring_the_run_before_back(
    open_page_of: OpenPage, server: AppServer
) -> None:
    page = open_page_of(server)
    asked = relay(page)
    known = [*run_names(server.runs_dir)]
    open_train_page(page, server.url)
    for is_look, knows_address, of_page in (
        (True, False, False),
        (False, False, False),
        (False, True, False),
        (False, True, True),
    ):
        turn_to(page, f"{server.url}/train?run=copy")
        set_number(page, "Epochs", 1)
        del asked[:]
        name = train_to_the_end(page, known=known)
        known.append(name)
        # The last look at the training, or a click on its Stop instead, reaches the server once all is over; or its
        # map says that it is drawn, or its visitor clicks elsewhere, while the browser has heard of the new address
        # and not of the new picker.
        up, late = [each for each in asked if each[1].rerun_script.is_auto_rerun][-1]
        assert "run=copy" in late.rerun_script.query_string
        late.rerun_script.is_auto_rerun = is_look
        if of_page:
            late.rerun_script.fragment_id = ""
        if knows_address:
            late.rerun_script.query_string = f"run={name}"
        up.send(late.SerializeToString())
        page.wait_for_timeout(1_000)
        at_rest(page)
        for title in ("Neighbors", "Train"):
            go_to(page, title)
            assert run_in_address(page) == name
