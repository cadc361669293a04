"""What a browser asks for late does no harm: it is dropped or tells nothing, before Streamlit hears of it.

A fragment that looks again by itself may ask to run after its visitor has clicked on another page and before that page
has come, which on a busy server takes seconds. Streamlit 1.67 runs it after the new page and announces the old one for
it: the browser then clears the new page, which stays white, and whatever is drawn in it next has no place ("Bad delta
path index"). That holds for a page that a script has led away from (`st.switch_page`), too.

What a fragment asks for also tells what the browser knew of all widgets of the page then. What a script has set since,
such as the run that has just been trained, Streamlit takes back for it, though the map did no more than say that it is
drawn. A fragment tells of its own widgets alone; one that looks again by itself tells nothing, not even an address.

A script may also begin itself anew (`st.rerun`) when its visitor's click is known and not heard yet: Streamlit then
takes the page of the script for the one that is asked for, and the click is lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.runtime.state import SessionState

_WANTED, _BEGUN = "_page_wanted", "_page_begun"
"""Of a session: the page that a visitor is on or on the way to, and the one that has begun to run last as a whole."""


def drop_late_requests() -> None:
    """Have every session of this server do so, from now on. Doing it again changes nothing."""
    of_browser, of_all = AppSession.request_rerun, ScriptRequests._request_rerun_locked
    of_script = ScriptRunner._run_script
    of_runner = AppSession._handle_scriptrunner_event_on_event_loop
    if of_browser.__module__ == __name__:
        return

    def request_rerun(self: AppSession, client_state: ClientState | None) -> None:
        if not is_late(self, client_state):
            of_browser(self, client_state)

    def request_rerun_locked(self: ScriptRequests, new_data: RerunData) -> bool:
        new_data = without_news(self, new_data)
        return would_lose_click(self, new_data) or of_all(self, new_data)

    def run_script(self: ScriptRunner, rerun_data: RerunData) -> None:
        if rerun_data.fragment_id_queue:
            rerun_data = with_own_news(rerun_data, self._session_state._state)
        of_script(self, rerun_data)

    def handle(self: AppSession, sender: Any, event: Any, forward_msg: Any = None, *args: Any, **kwargs: Any) -> None:
        if forward_msg is not None and sender is self._scriptrunner and forward_msg.HasField("navigation"):
            has_begun(self, forward_msg.navigation.page_script_hash)
        of_runner(self, sender, event, forward_msg, *args, **kwargs)

    AppSession.request_rerun = request_rerun
    AppSession._handle_scriptrunner_event_on_event_loop = handle
    ScriptRequests._request_rerun_locked = request_rerun_locked
    ScriptRunner._run_script = run_script


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


def without_news(requests: ScriptRequests, new_data: RerunData) -> RerunData:
    """`new_data`; of a fragment that looks again by itself, without what it says of widgets.

    Its address is that of what waits already, if anything does.
    """
    if not new_data.is_auto_rerun:
        return new_data
    waits = requests._state == ScriptRequestType.RERUN
    address = requests._rerun_data.query_string if waits else new_data.query_string
    return replace(new_data, widget_states=None, query_string=address)


def with_own_news(data: RerunData, state: SessionState) -> RerunData:
    """`data` of fragments with what it says of their own widgets; a look's, after `without_news`, with the address that
    `state` knows."""
    if data.widget_states is None:
        address = urlencode(state.query_params._query_params, doseq=True)
        # Told nothing, rather than not asked: what was clicked before is over.
        return replace(data, query_string=address, widget_states=WidgetStates()) if data.is_auto_rerun else data
    known = state._new_widget_state.widget_metadata
    own = [
        widget
        for widget in data.widget_states.widgets
        if widget.id not in known or known[widget.id].fragment_id in data.fragment_id_queue
    ]
    return replace(data, widget_states=WidgetStates(widgets=own))


def would_lose_click(requests: ScriptRequests, new_data: RerunData) -> bool:
    """Whether `new_data` is of the script itself or a look, while its visitor has asked for another page."""
    waiting = requests._rerun_data
    is_of_script = new_data.widget_states is None
    asks_for_page = waiting.widget_states is not None and not waiting.fragment_id_queue
    is_another = waiting.page_script_hash != new_data.page_script_hash
    return requests._state == ScriptRequestType.RERUN and is_of_script and asks_for_page and is_another
