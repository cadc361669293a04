"""A page that one has left asks for nothing any more: what comes from it late is dropped, before Streamlit hears of it.

A fragment that looks again by itself may ask to run after its visitor has clicked on another page and before that page
has come, which on a busy server takes seconds. Streamlit 1.67 runs it after the new page and announces the old one for
it: the browser then clears the new page, which stays white, and whatever is drawn in it next has no place ("Bad delta
path index").
"""

from __future__ import annotations

from typing import Any

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

_ASKED = "_asked_by_browser"


def drop_late_requests() -> None:
    """Have every session of this server do so, from now on. Doing it again changes nothing."""
    original = AppSession.request_rerun
    if original.__module__ == __name__:
        return

    def request_rerun(self: AppSession, client_state: ClientState | None) -> None:
        if not is_late(self, client_state):
            original(self, client_state)

    AppSession.request_rerun = request_rerun


def is_late(session: Any, request: ClientState | None) -> bool:
    """Whether `request` is of a fragment of a page that the visitor of `session` has left; remembers what page is asked
    for."""
    if request is None or not request.page_script_hash:
        return False
    page, shown = request.page_script_hash, session._client_state.page_script_hash
    asked, shown_then = getattr(session, _ASKED, (page, shown))
    if not request.fragment_id:
        setattr(session, _ASKED, (page, shown))
        return False
    # The page asked for last, or one that its script has led to since.
    return page != asked and not (page == shown != shown_then)
