"""A page that one has left asks for nothing any more: what comes from it late is dropped, before Streamlit hears of it.

A fragment that looks again by itself may ask to run after its visitor has clicked on another page and before that page
has come, which on a busy server takes seconds. Streamlit 1.67 runs it after the new page and announces the old one for
it: the browser then clears the new page, which stays white, and whatever is drawn in it next has no place ("Bad delta
path index"). That holds for a page that a script has led away from (`st.switch_page`), too.

A script may also begin itself anew (`st.rerun`) when its visitor's click is known and not heard yet: Streamlit then
takes the page of the script for the one that is asked for, and the click is lost.
"""

from __future__ import annotations

from typing import Any

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType

_WANTED, _BEGUN = "_page_wanted", "_page_begun"
"""Of a session: the page that a visitor is on or on the way to, and the one that has begun to run last as a whole."""


def drop_late_requests() -> None:
    """Have every session of this server do so, from now on. Doing it again changes nothing."""
    of_browser, of_all = AppSession.request_rerun, ScriptRequests._request_rerun_locked
    of_runner = AppSession._handle_scriptrunner_event_on_event_loop
    if of_browser.__module__ == __name__:
        return

    def request_rerun(self: AppSession, client_state: ClientState | None) -> None:
        if not is_late(self, client_state):
            of_browser(self, client_state)

    def request_rerun_locked(self: ScriptRequests, new_data: RerunData) -> bool:
        return would_lose_click(self, new_data) or of_all(self, new_data)

    def handle(self: AppSession, sender: Any, event: Any, forward_msg: Any = None, *args: Any, **kwargs: Any) -> None:
        if forward_msg is not None and sender is self._scriptrunner and forward_msg.HasField("navigation"):
            has_begun(self, forward_msg.navigation.page_script_hash)
        of_runner(self, sender, event, forward_msg, *args, **kwargs)

    AppSession.request_rerun = request_rerun
    AppSession._handle_scriptrunner_event_on_event_loop = handle
    ScriptRequests._request_rerun_locked = request_rerun_locked


def has_begun(session: Any, page: str) -> None:
    """The browser of `session` is told that `page` runs as a whole: its visitor asked for it, or was led there by a
    script; or it is the page that is left, which begins itself anew in between."""
    if page != getattr(session, _BEGUN, ""):
        setattr(session, _WANTED, page)
    setattr(session, _BEGUN, page)


def is_late(session: Any, request: ClientState | None) -> bool:
    """Whether `request` is of a fragment of a page that the visitor of `session` has left; remembers what page is asked
    for."""
    if request is None or not request.page_script_hash:
        return False
    if not request.fragment_id:
        setattr(session, _WANTED, request.page_script_hash)
        return False
    return request.page_script_hash != getattr(session, _WANTED, request.page_script_hash)


def would_lose_click(requests: ScriptRequests, new_data: RerunData) -> bool:
    """Whether `new_data` is of the script itself, while its visitor has asked for another page."""
    waiting = requests._rerun_data
    is_of_script = new_data.widget_states is None
    asks_for_page = waiting.widget_states is not None and not waiting.fragment_id_queue
    is_another = waiting.page_script_hash != new_data.page_script_hash
    return requests._state == ScriptRequestType.RERUN and is_of_script and asks_for_page and is_another
