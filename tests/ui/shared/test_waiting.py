"""What a page shows of work in the background: its result, how far it is, why it failed, and the way to cancel."""

import threading
import uuid

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core.errors import Cancelled, ProjectionError
from recsys_core.jobs import background
from recsys_core.jobs.work import Lane, Work

SECONDS = 60
SHOWN: dict[str, Work] = {}
"""What the page below asks for."""


class Held:
    """Work that runs until it is released or told to stop."""

    def __init__(self):
        self.release, self.stopped = threading.Event(), threading.Event()
        self.begun = threading.Semaphore(0)
        self.work = Work("held", (uuid.uuid4().hex,), "Holding on", self._do)

    def _do(self, tell, should_stop):
        tell(0.25, "A quarter of it.")
        self.begun.release()
        while not self.release.wait(0.002):
            if should_stop():
                self.stopped.set()
                raise Cancelled("Stopped.")
        return "the result"

    def wait_begun(self):
        assert self.begun.acquire(timeout=SECONDS)

    def end(self):
        self.release.set()
        background.wait(self.work.key, SECONDS)


@pytest.fixture
def held():
    held = Held()
    SHOWN["work"] = held.work
    yield held
    held.release.set()


def asking_page():
    import streamlit as st

    from tests.ui.shared.test_waiting import SHOWN
    from ui.shared.waiting import result_of

    st.text(result_of(SHOWN["work"]) or "no result")
    st.text("what follows")


def offering_page():
    import streamlit as st

    from tests.ui.shared.test_waiting import SHOWN
    from ui.shared.waiting import offered

    st.text(offered(SHOWN["work"], "Do it", key="do_it", text="It has not been done yet.") or "no result")


def page(script):
    app = AppTest.from_function(script, default_timeout=SECONDS).run()
    assert not app.exception
    return app


def texts(app):
    return [text.value for text in app.text]


def bars(app):
    return [(bar.proto.value, bar.proto.text) for bar in app.get("progress")]


def ask_fresh(do):
    SHOWN["work"] = Work("fresh", (uuid.uuid4().hex,), "Trying *hard*", do)


def test_what_is_there_at_once_is_shown_at_once():
    ask_fresh(lambda tell, should_stop: "quick")
    app = page(asking_page)
    assert texts(app) == ["quick", "what follows"]
    assert not app.caption


def test_a_page_goes_on_without_the_result_and_keeps_its_shape_when_it_comes(held):
    app = page(asking_page)
    held.wait_begun()
    app.run()
    assert texts(app) == ["no result", "what follows"]
    assert bars(app) == [(25, r"Holding on: a quarter of it\.")]
    before = len(app.main.children)
    held.end()
    app.run()
    assert texts(app) == ["the result", "what follows"]
    assert not bars(app)
    assert len(app.main.children) == before


def test_what_waits_says_what_it_is():
    first, second, third = Held(), Held(), Held()
    for other in (first, second):
        background.ask(other.work, "another visitor")
        other.wait_begun()
    SHOWN["work"] = third.work
    assert page(asking_page).caption[0].value == ":material/hourglass_top: Holding on: waiting for 2 others\\."
    for other in (first, second, third):
        other.end()


def test_what_tensorflow_must_do_says_that_a_training_comes_first(held, monkeypatch):
    SHOWN["work"] = Work("held", held.work.of, "Asking the network", held._do, Lane.TENSORFLOW)
    other = Work("held", (uuid.uuid4().hex,), "Training", held._do, Lane.TENSORFLOW)
    background.ask(other, "jobs")
    held.wait_begun()
    monkeypatch.setattr("recsys_core.jobs.board.active", lambda: ["a training"])
    assert "Asking the network. A training has the machine to itself" in page(asking_page).caption[0].value
    background.withdraw(held.work.key, "jobs")


def test_a_failure_is_shown_in_its_place_and_tried_again_when_asked():
    answers = [ProjectionError("Only *two* movies."), ZeroDivisionError(), "at last"]

    def do(tell, should_stop):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    ask_fresh(do)
    app = page(asking_page)
    assert app.error[0].value == r"Only \*two\* movies\."
    assert texts(app) == ["no result", "what follows"]
    app.run()
    assert len(answers) == 2, "drawing the page again does not try again"
    app.button(key="again_fresh").click().run()
    assert r"Trying \*hard\* failed unexpectedly \(ZeroDivisionError\)" in app.error[0].value
    app.button(key="again_fresh").click().run()
    assert texts(app) == ["at last", "what follows"]
    assert not app.error


def test_what_is_offered_begins_with_the_button_and_ends_with_cancel(held):
    app = page(offering_page)
    assert app.markdown[0].value == "It has not been done yet."
    assert background.look(held.work.key) is None
    app.button(key="do_it").click().run()
    held.wait_begun()
    app.run()
    assert bars(app) == [(25, r"Holding on: a quarter of it\.")]
    app.button(key="cancel_held").click().run()
    assert held.stopped.wait(SECONDS)
    assert app.button(key="do_it")
    assert not bars(app)


def test_another_visitor_may_join_and_has_a_cancel_of_their_own(held):
    one, two = page(offering_page), page(offering_page)
    one.button(key="do_it").click().run()
    held.wait_begun()
    assert [button.key for button in two.run().button] == ["do_it"]
    two.button(key="do_it").click().run()
    one.run()
    one.button(key="cancel_held").click().run()
    assert [button.key for button in two.run().button] == ["cancel_held"]
    held.end()
    assert texts(one.run()) == texts(two.run()) == ["the result"]


def test_what_was_offered_and_failed_says_so_beside_the_offer():
    def fail(tell, should_stop):
        raise ProjectionError("Too few movies.")

    ask_fresh(fail)
    app = page(offering_page)
    app.button(key="do_it").click().run()
    background.wait(SHOWN["work"].key, SECONDS)
    app.run()
    assert app.error[0].value == r"Too few movies\."
    assert [button.key for button in app.button] == ["do_it"]
