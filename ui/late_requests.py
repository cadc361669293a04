"""A page that one has left asks for nothing any more: what comes from it late is dropped, before Streamlit hears of it.

A fragment that looks again by itself may ask to run after its visitor has clicked on another page and before that page
has come, which on a busy server takes seconds. Streamlit 1.67 runs it after the new page and announces the old one for
it: the browser then clears the new page, which stays white, and whatever is drawn in it next has no place ("Bad delta
path index").

A script may also begin itself anew (`st.rerun`) when its visitor's click is known and not heard yet: Streamlit then
takes the page of the script for the one that is asked for, and the click is lost.
"""

from __future__ import annotations

from typing import Any

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType

_ASKED = "_asked_by_browser"


def drop_late_requests() -> None:
    """Have every session of this server do so, from now on. Doing it again changes nothing."""
    of_browser, of_all = AppSession.request_rerun, ScriptRequests._request_rerun_locked
    if of_browser.__module__ == __name__:
        return

    def request_rerun(self: AppSession, client_state: ClientState | None) -> None:
        if not is_late(self, client_state):
            of_browser(self, client_state)

    def request_rerun_locked(self: ScriptRequests, new_data: RerunData) -> bool:
        return would_lose_click(self, new_data) or of_all(self, new_data)

    AppSession.request_rerun = request_rerun
    ScriptRequests._request_rerun_locked = request_rerun_locked


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


def would_lose_click(requests: ScriptRequests, new_data: RerunData) -> bool:
    """Whether `new_data` is of the script itself, while its visitor has asked for another page."""
    waiting = requests._rerun_data
    is_of_script = new_data.widget_states is None
    asks_for_page = waiting.widget_states is not None and not waiting.fragment_id_queue
    is_another = waiting.page_script_hash != new_data.page_script_hash
    return requests._state == ScriptRequestType.RERUN and is_of_script and asks_for_page and is_another
