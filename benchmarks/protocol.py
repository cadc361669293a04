"""Visitors without a browser: sessions that speak Streamlit's protocol, click links and buttons, and draw nothing.

They load a server as browsers do that run on other machines. Fragments that look again by themselves do so here too.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What came of a click."""

    seconds: float
    n_bytes: int
    n_messages: int


@dataclass
class Session:
    """One visitor. `problems` holds what a visitor should never see: exceptions, and runs that do not end."""

    port: int
    query: str = ""
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = connect(
            f"ws://localhost:{self.port}/_stcore/stream", subprotocols=["streamlit"], max_size=None, compression=None
        )  # type: ignore[arg-type]
        self._rested = threading.Event()
        self._page = ""
        self._received = (0, 0)
        self._buttons: dict[str, str] = {}
        self._again: dict[str, tuple[float, float]] = {}
        """Fragment id -> its interval in seconds, and when it is due."""
        self._is_open = True
        for job in (self._listen, self._look_again):
            threading.Thread(target=job, daemon=True).start()

    def visit(self, page: str) -> Answer:
        """Open a page by its path, "" for the first, and wait until its script has ended."""
        self._page = page
        return self._ask()

    def click(self, label: str) -> Answer:
        """Click the button of the page that bears this label."""
        return self._ask(self._buttons[label])

    def close(self) -> None:
        self._is_open = False
        self._socket.close()

    def _ask(self, trigger: str = "") -> Answer:
        self._rested.clear()
        self._again.clear()
        before, begun = self._received, time.perf_counter()
        self._send(trigger)
        if not self._rested.wait(PATIENCE_SECONDS):
            self.problems.append(f"{self._page}: no answer within {PATIENCE_SECONDS} s")
        seconds = time.perf_counter() - begun
        return Answer(seconds, self._received[0] - before[0], self._received[1] - before[1])

    def _send(self, trigger: str = "", fragment: str = "") -> None:
        message = BackMsg()
        asked = message.rerun_script
        asked.page_name, asked.query_string = self._page, self.query
        asked.fragment_id, asked.is_auto_rerun = fragment, bool(fragment)
        if trigger:
            state = asked.widget_states.widgets.add()
            state.id, state.trigger_value = trigger, True
        self._socket.send(message.SerializeToString())

    def _listen(self) -> None:
        try:
            while True:
                self._hear(self._socket.recv())
        except ConnectionClosed:
            if self._is_open:
                self.problems.append("the server has closed the connection")

    def _hear(self, data: bytes) -> None:
        message = ForwardMsg.FromString(data)
        self._received = (self._received[0] + len(data), self._received[1] + 1)
        kind = message.WhichOneof("type")
        if kind == "delta":
            element = message.delta.new_element
            if element.WhichOneof("type") == "button":
                self._buttons[element.button.label] = element.button.id
            elif element.WhichOneof("type") == "exception":
                self.problems.append(element.exception.message)
        elif kind == "auto_rerun":
            interval = message.auto_rerun.interval
            self._again[message.auto_rerun.fragment_id] = (interval, time.monotonic() + interval)
        elif kind == "new_session" and not message.metadata.run.fragment_ids:
            self._again.clear()
            self._rested.clear()
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            self._rested.set()

    def _look_again(self) -> None:
        while self._is_open:
            time.sleep(0.05)
            now = time.monotonic()
            for fragment, (interval, due) in list(self._again.items()):
                if now >= due:
                    self._again[fragment] = (interval, now + interval)
                    with suppress(ConnectionClosed):
                        self._send(fragment=fragment)


class Crowd:
    """Sessions of a run called "copy", each of which does something on a thread of its own, from now until `end`."""

    def __init__(self, port: int, jobs: Sequence[Callable[[Session, random.Random, threading.Event], None]]) -> None:
        """`jobs` get their session, a source of chance, and an event after which they are to return."""
        self._is_over = threading.Event()
        self._sessions = [Session(port, "run=copy") for _ in jobs]
        self._threads = [
            threading.Thread(target=job, args=(session, random.Random(number), self._is_over), daemon=True)
            for number, (job, session) in enumerate(zip(jobs, self._sessions, strict=True))
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> list[str]:
        """What went wrong."""
        self._is_over.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        for session in self._sessions:
            session.close()
        return [problem for session in self._sessions for problem in session.problems]
