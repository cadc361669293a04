"""Which pages there are, and the way to them.

Imports little: the names of the pages are the first that a visitor sees, while the app loads what the page is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import streamlit as st
from streamlit import delta_generator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from recsys_core import resources
from recsys_core.jobs.threads import attention
from ui.components.expected import expect_map

_NAVIGATED = "navigated"
PAGE = "page"
"""Where the session state has the path of the page that is drawn."""
_BEGIN_WITH_MAP = ("", "map")
"""Paths of pages."""
_SHARED_PARAMETERS = ("run", "movie", "era")
"""What the address tells every page; all else belongs to the widgets of one."""


def navigate() -> None:
    """Page config, navigation, the page asked for, and what waits until it is there: what app.py does."""
    with attention.answering():
        # At its first drawing Streamlit asks whether this is a notebook, by reading the source of all that is running:
        # a tenth of a second.
        delta_generator._use_warning_has_been_displayed = True
        _configure()
        st.session_state[_NAVIGATED] = True
        page = st.navigation(_pages())
        st.session_state[PAGE] = page.url_path
        if page.url_path in _BEGIN_WITH_MAP:
            expect_map()

        from ui.deleted import let_go
        from ui.shared.job_line import job_line
        from ui.warm_up import clear_up

        let_go(page.url_path)
        with st.sidebar:
            job_line(page.url_path)
        page.run()
        clear_up()


def put_in_address(parameter: str, value: str | Sequence[str] | None) -> None:
    """Have the address say so, several values one after the other; None takes the parameter out.

    What it says already is not said again. With one parameter Streamlit sends the whole address as the server knows it,
    which takes back what the visitor has changed since: the value of a slider, a movie that was clicked.
    """
    values = [value] if isinstance(value, str) else list(value or ())
    if not values:
        st.query_params.pop(parameter, None)
    elif st.query_params.get_all(parameter) != values:
        st.query_params[parameter] = values


def stays() -> Callable[[], bool]:
    """A question that any thread may ask later: whether this visitor is still on the page that is drawn now."""
    context, page = get_script_run_ctx(), st.session_state.get(PAGE)

    def is_here() -> bool:
        # A session that is over has no state.
        with suppress(KeyError):
            return context is not None and context.session_state[PAGE] == page
        return False

    return is_here


def ensure_navigation() -> None:
    """Send a visitor who came straight to a page through app.py. `current_run`, with which every page begins, calls it.

    Until `st.navigation` has been called once, a Streamlit server takes the folder pages/ for pages of the old kind,
    and answers the first deep link by running that file alone. Nothing but the page itself can notice.
    """
    if not st.session_state.get(_NAVIGATED):
        _configure()
        st.session_state[_NAVIGATED] = True
        address = {name: st.query_params.get_all(name) for name in st.query_params}
        st.switch_page(st.navigation(_pages()), query_params=address)


def open_neighbors(movie_id: int) -> None:
    """Show the neighbors of a movie, of the run in the URL. For callbacks."""
    from ui.shared.focus import focus_movie

    focus_movie(movie_id)
    shared = {name: st.query_params[name] for name in _SHARED_PARAMETERS if name in st.query_params}
    st.switch_page("pages/neighbors.py", query_params=shared)


def _configure() -> None:
    st.set_page_config(
        page_title="Movie embeddings",
        page_icon=resources.FOLDER / "static" / "icon.svg",
        layout="wide",
        menu_items={
            "About": "Train recommender embeddings on MovieLens ratings and explore what they learned about movies."
        },
    )


def _pages() -> list[st.Page]:
    return [
        st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
        st.Page("pages/data.py", title="Data", icon=":material/database:"),
        st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
        st.Page("pages/sweep.py", title="Sweep", icon=":material/travel_explore:"),
        st.Page("pages/runs.py", title="Runs", icon=":material/table_rows:"),
        st.Page("pages/map.py", title="Map", icon=":material/scatter_plot:"),
        st.Page("pages/neighbors.py", title="Neighbors", icon=":material/hub:"),
        st.Page("pages/biases.py", title="Biases", icon=":material/align_horizontal_center:"),
        st.Page("pages/recommend.py", title="For you", icon=":material/recommend:"),
        st.Page("pages/quality.py", title="Quality", icon=":material/verified:"),
        st.Page("pages/judge.py", title="Judge", icon=":material/thumbs_up_down:"),
        st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:"),
    ]
