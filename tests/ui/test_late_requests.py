"""Which requests come late."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests
from streamlit.runtime.state import SafeSessionState, SessionState
from streamlit.runtime.state.common import WidgetMetadata

from ui.late_requests import drop_late_requests, has_begun, is_late

EVENTS = "_handle_scriptrunner_event_on_event_loop"
TRAIN, MAP, NEIGHBORS = "train", "map", "neighbors"


class Session:
    """A visitor of the page Train, to begin with."""

    def __init__(self) -> None:
        self.shows(TRAIN)

    def shows(self, page: str) -> None:
        has_begun(self, page)

    def drops(self, page: str, fragment: str = "") -> bool:
        return is_late(self, ClientState(page_script_hash=page, fragment_id=fragment))


@pytest.fixture
def session() -> Session:
    return Session()


def test_a_fragment_of_the_page_that_is_shown_is_heard(session):
    assert not session.drops(TRAIN, "progress")
    assert not session.drops(TRAIN)
    assert not session.drops(TRAIN, "progress")


def test_a_page_is_left_from_the_click_on_and_not_when_the_next_one_comes(session):
    session.drops(TRAIN)
    assert not session.drops(MAP)
    assert session.drops(TRAIN, "progress")
    session.shows(MAP)
    assert session.drops(TRAIN, "progress")
    assert not session.drops(MAP, "progress")


def test_a_page_to_which_a_script_led_is_heard_and_the_one_it_led_from_is_not(session):
    session.drops(MAP)
    session.shows(MAP)
    session.shows(NEIGHBORS)
    assert not session.drops(NEIGHBORS, "list")
    assert session.drops(MAP, "map")
    assert session.drops(TRAIN, "progress")


def test_a_script_may_lead_back_to_the_page_before(session):
    session.drops(MAP)
    session.shows(MAP)
    session.shows(TRAIN)
    assert not session.drops(TRAIN, "progress")
    assert session.drops(MAP, "map")


def test_a_page_that_begins_itself_anew_while_it_is_left_is_left_all_the_same(session):
    session.drops(MAP)
    session.shows(TRAIN)
    assert session.drops(TRAIN, "progress")
    session.shows(MAP)
    assert not session.drops(MAP, "map")


def test_one_may_come_back(session):
    session.drops(MAP)
    session.shows(MAP)
    session.drops(TRAIN)
    assert session.drops(MAP, "progress")
    assert not session.drops(TRAIN, "progress")


def test_who_does_not_say_where_is_heard(session):
    session.drops(MAP)
    assert not session.drops("", "progress")
    assert not is_late(session, None)


@pytest.fixture
def put_back(monkeypatch) -> None:
    """What `drop_late_requests` replaces in Streamlit is put back afterwards."""
    for owner, name in (
        (AppSession, "request_rerun"),
        (AppSession, EVENTS),
        (ScriptRequests, "_request_rerun_locked"),
        (ScriptRunner, "_run_script"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))


def test_streamlit_asks_it(put_back, monkeypatch):
    heard = []
    monkeypatch.setattr(AppSession, "request_rerun", lambda session, request: heard.append(request.fragment_id))
    monkeypatch.setattr(AppSession, EVENTS, lambda session, sender, event, message: heard.append("event"))
    drop_late_requests()
    drop_late_requests()
    session: Any = Session()
    session._scriptrunner = object()
    for page, fragment in ((TRAIN, ""), (MAP, ""), (TRAIN, "progress"), (MAP, "map")):
        AppSession.request_rerun(session, ClientState(page_script_hash=page, fragment_id=fragment))
    assert heard == ["", "", "map"]
    # A script led on to Neighbors; what a runner says that has ended counts no more.
    for runner, page in ((session._scriptrunner, NEIGHBORS), (object(), TRAIN)):
        message = ForwardMsg()
        message.navigation.page_script_hash = page
        getattr(AppSession, EVENTS)(session, runner, None, message)
    for page in (MAP, NEIGHBORS, TRAIN):
        AppSession.request_rerun(session, ClientState(page_script_hash=page, fragment_id=f"of {page}"))
    assert heard[3:] == ["event", "event", "of neighbors"]


@pytest.fixture
def requests(put_back) -> ScriptRequests:
    drop_late_requests()
    return ScriptRequests()


def by_browser(page: str, fragment: str = "") -> RerunData:
    return RerunData(page_script_hash=page, widget_states=WidgetStates(), fragment_id=fragment or None)


def by_script(page: str) -> RerunData:
    return RerunData(page_script_hash=page)


def heard(requests: ScriptRequests) -> str:
    request = requests.on_scriptrunner_ready()
    return request.rerun_data.page_script_hash


def test_a_page_that_begins_itself_anew_does_not_lose_the_click_on_another(requests):
    assert requests.request_rerun(by_browser(MAP))
    assert requests.request_rerun(by_script(TRAIN))
    assert heard(requests) == MAP


def test_it_does_begin_anew_where_nobody_clicked(requests):
    assert requests.request_rerun(by_script(TRAIN))
    assert heard(requests) == TRAIN


def test_a_fragment_that_looked_again_is_no_click(requests):
    requests.request_rerun(by_browser(TRAIN, "progress"))
    requests.request_rerun(by_script(MAP))
    assert heard(requests) == MAP


def test_the_last_click_counts(requests):
    requests.request_rerun(by_script(TRAIN))
    requests.request_rerun(by_browser(MAP))
    requests.request_rerun(by_browser(NEIGHBORS))
    assert heard(requests) == NEIGHBORS


def look(address: str) -> RerunData:
    return RerunData(
        page_script_hash=TRAIN, widget_states=states("copy"), fragment_id="progress", is_auto_rerun=True,
        query_string=address,
    )  # fmt: skip


def states(*values: str) -> WidgetStates:
    return WidgetStates(widgets=[WidgetState(id="run", string_value=value) for value in values])


def test_a_look_tells_nothing_of_widgets(requests):
    requests.request_rerun(look("run=copy"))
    data = requests.on_scriptrunner_ready().rerun_data
    assert (data.widget_states, data.fragment_id_queue) == (None, ["progress"])


def test_a_click_that_waits_keeps_its_widgets_and_address_when_a_look_comes(requests):
    requests.request_rerun(RerunData(page_script_hash=TRAIN, widget_states=states("new"), query_string="run=new"))
    requests.request_rerun(look("run=copy"))
    data = requests.on_scriptrunner_ready().rerun_data
    assert (data.widget_states, data.query_string, data.fragment_id_queue) == (states("new"), "run=new", [])


def test_a_look_that_waits_hears_of_a_click(requests):
    requests.request_rerun(look("run=copy"))
    requests.request_rerun(RerunData(page_script_hash=TRAIN, widget_states=states("new"), query_string="run=new"))
    data = requests.on_scriptrunner_ready().rerun_data
    assert (data.widget_states, data.query_string) == (states("new"), "run=new")


@pytest.fixture
def runner(put_back, monkeypatch) -> Any:
    """Of a session, whose runs are kept in `ran` instead of done."""
    # As before the app was started in this process.
    monkeypatch.setattr(AppSession, "request_rerun", lambda session, request: None)
    monkeypatch.setattr(ScriptRunner, "_run_script", lambda runner, data: runner.ran.append(data))
    drop_late_requests()
    state = SessionState()
    state.query_params.set_with_no_forward_msg("run", ["a new & long one"])
    return SimpleNamespace(_session_state=SafeSessionState(state, lambda: None), state=state, ran=[])


def test_a_look_runs_with_the_address_that_the_session_knows(runner):
    of_look = RerunData(fragment_id_queue=["progress"], is_auto_rerun=True, query_string="run=copy")
    for data in (of_look, replace(of_look, is_auto_rerun=False), replace(of_look, widget_states=states("new"))):
        ScriptRunner._run_script(runner, data)
    assert [data.query_string for data in runner.ran] == ["run=a+new+%26+long+one", "run=copy", "run=copy"]
    assert [data.widget_states for data in runner.ran] == [WidgetStates(), None, states("new")]


def test_a_fragment_tells_of_its_own_widgets_alone(runner):
    widgets = {"picker": None, "stop": "progress", "zoom": "map", "of no page": None}
    for name, fragment in widgets.items():
        if name != "of no page":
            metadata = WidgetMetadata(name, str, str, "string_value", fragment_id=fragment)
            runner.state._new_widget_state.widget_metadata[name] = metadata
    told = WidgetStates(widgets=[WidgetState(id=name, string_value="old") for name in widgets])
    ScriptRunner._run_script(runner, RerunData(fragment_id_queue=["progress"], widget_states=told))
    ScriptRunner._run_script(runner, RerunData(widget_states=told))
    names = [[widget.id for widget in data.widget_states.widgets] for data in runner.ran]
    assert names == [["stop", "of no page"], list(widgets)]
