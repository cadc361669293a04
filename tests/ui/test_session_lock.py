"""Two runs of one session's script, as when a visitor clicks before a page stands."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import pytest
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

from ui.session_lock import share_session_locks

SECONDS = 0.5


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads take turns as often as Python can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def list_while_other_adds() -> list[str]:
    """Messages of what went wrong while one run lists the state and another adds to it."""
    state = SessionState()
    state["kept"] = 1
    runs = [SafeSessionState(state, lambda: None) for _ in range(2)]
    wrong: list[str] = []
    end = time.monotonic() + SECONDS

    def add() -> None:
        number = 0
        while time.monotonic() < end:
            runs[0][f"key {number % 1000}"] = number
            if number % 3 == 0:
                del runs[0][f"key {number % 1000}"]
            number += 1

    def look() -> None:
        while time.monotonic() < end and not wrong:
            try:
                assert runs[1].filtered_state["kept"] == 1
            except RuntimeError as error:
                wrong.append(str(error))

    threads = [threading.Thread(target=each) for each in (add, look)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_one_run_lists_the_state_while_the_other_adds_to_it(hasty_threads, monkeypatch):
    monkeypatch.setattr(SafeSessionState, "__init__", SafeSessionState.__init__)
    share_session_locks()
    share_session_locks()
    assert list_while_other_adds() == []


def test_sessions_do_not_wait_for_one_another(monkeypatch):
    monkeypatch.setattr(SafeSessionState, "__init__", SafeSessionState.__init__)
    share_session_locks()
    one, other = (SafeSessionState(SessionState(), lambda: None) for _ in range(2))
    assert one._lock is not other._lock
