"""What a run of a page says is sent together, once the run has ended or has gone on for a while.

Streamlit 1.67 sends each part of a page as it is drawn, and its front end lays out the whole page anew for whatever has
come in a hundredth of a second: a page of thirty parts several times, and as often each look at a training. Together
they cost a browser less of the processor (`python -m benchmarks.page_changes --checkout` of the state before).
"""

from __future__ import annotations

import asyncio

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState

PATIENCE_SECONDS = 0.15
"""So long at most nothing is sent of a run that goes on."""
_TIMER, _HAS_PAGE = "_timer_of_sending", "_has_page"


def send_together() -> None:
    """Have every session of this server do so, from now on. Doing it again changes nothing."""
    of_streamlit = AppSession.flush_browser_queue
    if of_streamlit.__module__ == __name__:
        return

    def flush_browser_queue(self: AppSession) -> list[ForwardMsg]:
        return [] if is_held_back(self) else of_streamlit(self)

    AppSession.flush_browser_queue = flush_browser_queue


def is_held_back(session: AppSession) -> bool:
    """Whether what waits to be sent is to wait for more. Not of the first run: there is nothing to look at before it.

    Called on the loop of the server, which is woken when the patience is over.
    """
    timer: asyncio.TimerHandle | None = getattr(session, _TIMER, None)
    is_running = session._state == AppSessionState.APP_IS_RUNNING
    if session._browser_queue.is_empty():
        return False
    if is_running and getattr(session, _HAS_PAGE, False):
        loop = asyncio.get_running_loop()
        if timer is None:
            setattr(session, _TIMER, loop.call_later(PATIENCE_SECONDS, session._message_enqueued_callback))
        if timer is None or loop.time() < timer.when():
            return True
    if timer is not None:
        timer.cancel()
        setattr(session, _TIMER, None)
    if not is_running:
        setattr(session, _HAS_PAGE, True)
    return False
