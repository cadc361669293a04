"""Every page can be the first that a fresh server is asked for, though `pages/` makes Streamlit run it alone then."""

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.state.query_params import QueryParams

from tests.pages import PAGES
from tests.pages.conftest import run_picker
from tests.pages.test_pages import open_page


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asked_for_first_comes_with_the_navigation_and_what_the_link_says(runs, page):
    # Each AppTest is a fresh server to Streamlit: until `st.navigation` is called, pages/ holds pages of the old kind.
    app = open_page(page, run="five", movie="30")
    assert PagesManager.uses_pages_directory is False
    assert app.query_params["run"] == "five"
    assert app.query_params["movie"] == "30"
    assert run_picker(app).value == "five"


@pytest.mark.parametrize("page", PAGES)
def test_what_the_address_says_is_not_said_again(runs, page, monkeypatch):
    """The whole address goes along, as the server knows it: it would take back what a visitor has changed since."""
    app = open_page(page, run="five", movie="30")
    app.run()
    said = []
    monkeypatch.setattr(QueryParams, "_send_query_param_msg", lambda self: said.append(dict(self._query_params)))
    app.run()
    assert said == []
