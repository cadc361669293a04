"""What a run of a page says is sent together."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from ui import sending


class Session(SimpleNamespace):
    """As much of a session as sending sees, which remembers how often the server was woken for it."""

    def __init__(self) -> None:
        super().__init__(_state=AppSessionState.APP_NOT_RUNNING, _browser_queue=ForwardMsgQueue(), n_woken=0)

    def _message_enqueued_callback(self) -> None:
        self.n_woken += 1

    def begin(self) -> None:
        self._state = AppSessionState.APP_IS_RUNNING

    def end(self) -> None:
        self._state = AppSessionState.APP_NOT_RUNNING

    def say(self, text: str) -> list[str]:
        """Have the page draw a text; the texts that are sent then."""
        part = ForwardMsg()
        part.delta.new_element.markdown.body = text
        part.metadata.delta_path.append(self.__dict__.setdefault("n_said", 0))
        self.n_said += 1
        self._browser_queue.enqueue(part)
        return self.sent()

    def sent(self) -> list[str]:
        messages = AppSession.flush_browser_queue(self)  # pyright: ignore[reportArgumentType]
        return [message.delta.new_element.markdown.body for message in messages]


@pytest.fixture
def session(monkeypatch) -> Session:
    # What is replaced in it is put back afterwards.
    monkeypatch.setattr(AppSession, "flush_browser_queue", AppSession.flush_browser_queue)
    sending.send_together()
    sending.send_together()
    return Session()


def on_a_loop(act: Coroutine[None, None, None]) -> None:
    """On a thread of its own: that of the tests may have a loop already, the browser's."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, act).result()


def test_the_first_run_is_sent_as_it_goes_on_and_the_next_ones_at_their_ends(session: Session):
    async def act() -> None:
        session.begin()
        assert session.say("names of pages") == ["names of pages"]
        assert session.say("the map") == ["the map"]
        session.end()
        assert session.say("finished") == ["finished"]
        session.begin()
        assert session.sent() == []
        assert session.say("a heading") == []
        assert session.say("a list") == []
        session.end()
        assert session.say("finished") == ["a heading", "a list", "finished"]
        assert session.n_woken == 0

    on_a_loop(act())


def test_what_goes_on_for_long_is_sent_meanwhile(session: Session, monkeypatch):
    monkeypatch.setattr(sending, "PATIENCE_SECONDS", 0.01)

    async def act() -> None:
        session.say("an earlier run")
        session.begin()
        for n in (1, 2):
            assert session.say("progress") == []
            while session.n_woken < n:
                await asyncio.sleep(0.001)
            assert session.sent() == ["progress"]

    on_a_loop(act())


def test_nobody_is_woken_for_what_has_been_sent(session: Session, monkeypatch):
    monkeypatch.setattr(sending, "PATIENCE_SECONDS", 0.01)

    async def act() -> None:
        session.say("an earlier run")
        session.begin()
        assert session.say("all of it") == []
        session.end()
        assert session.sent() == ["all of it"]
        await asyncio.sleep(0.03)
        assert session.n_woken == 0

    on_a_loop(act())
