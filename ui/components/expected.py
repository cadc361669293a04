"""What a browser needs for a map, asked for before the page has one: it comes while the app makes the page."""

from __future__ import annotations

import streamlit as st

from ui.components.served import LOADER, module_names, modules_url, plotly_url

_KEY = "expected_map"

_expected = st.components.v2.component(
    _KEY, css=f".st-key-{_KEY} {{ position: absolute; }}", js=LOADER, isolate_styles=False
)


def expect_map() -> None:
    """Have the browser load what draws a map. Takes no place on the page."""
    data = {"modules": modules_url(), "module_names": module_names(), "plotly": plotly_url(), "is_expected": True}
    _expected(key=_KEY, data=data)
