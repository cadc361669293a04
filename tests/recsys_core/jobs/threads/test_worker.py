"""The one thread that owns TensorFlow: turns, errors, and work that gives way."""

import threading

import pytest

from recsys_core.errors import Cancelled
from recsys_core.jobs.threads.worker import Urgency, call, when_idle

SECONDS = 60


@pytest.fixture
def busy():
    """Keeps the thread busy until `busy.set()`, so that what is asked meanwhile has to wait."""
    release = threading.Event()
    call(release.wait, SECONDS)
    yield release
    release.set()


def test_calls_take_their_turn_and_hand_back_errors(busy):
    order = []
    futures = [call(order.append, number) for number in range(5)]
    failing = call(lambda: 1 / 0)
    busy.set()
    with pytest.raises(ZeroDivisionError):
        failing.result(SECONDS)
    assert all(future.done() for future in futures)
    assert order == [0, 1, 2, 3, 4]


def test_what_is_more_urgent_comes_first(busy):
    order = []
    sometime = when_idle(lambda should_stop: order.append("sometime"))
    when_idle(lambda should_stop: order.append("soon"), Urgency.SOON)
    call(order.append, "now")
    busy.set()
    sometime.result(SECONDS)
    assert order == ["now", "soon", "sometime"]


def test_idle_work_gives_way_and_begins_again():
    begun = threading.Event()
    attempts = []

    def work(should_stop):
        attempts.append(len(attempts))
        if len(attempts) > 1:
            return "done"
        begun.set()
        while not should_stop():
            pass
        raise Cancelled("Gave way.")

    future = when_idle(work)
    assert begun.wait(SECONDS)
    assert call(lambda: list(attempts)).result(SECONDS) == [0]
    assert future.result(SECONDS) == "done"
    assert attempts == [0, 1]


def test_idle_work_that_gives_up_by_itself_is_not_tried_again():
    def work(should_stop):
        raise Cancelled("Enough.")

    with pytest.raises(Cancelled, match="Enough"):
        when_idle(work).result(SECONDS)
