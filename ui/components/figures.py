"""Figures that are kept for whoever looks next, since building one takes longer than all else on a page, or clicked."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import plotly.graph_objects as go
import streamlit as st

from recsys_core.runs.run import Run
from ui.navigation import open_neighbors


def kept_figure(run: Run, name: str, of: tuple[Hashable, ...], make: Callable[[], go.Figure]) -> go.Figure:
    """What `make()` gives, from memory if it was made before. Not for changing.

    name: of the figure, no other one's. of: all that it depends on beside the run.
    """
    return _kept(str(run.path), run.stamp, name, of, make)


def clickable_movies(figure: go.Figure, key: str, alt: str) -> None:
    """Draw a figure whose dots lead to the movie that their `customdata` begins with."""

    def clicked() -> None:
        points = st.session_state[key]["selection"]["points"]
        if points and points[0].get("customdata"):
            open_neighbors(int(points[0]["customdata"][0]))

    st.plotly_chart(
        figure, key=key, on_select=clicked, selection_mode="points", config={"displayModeBar": False}, alt=alt
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def _kept(path: str, stamp: int, name: str, of: tuple[Hashable, ...], _make: Callable[[], go.Figure]) -> go.Figure:
    figure = _make()
    spec = figure.to_dict()
    # Streamlit asks for this at each run of the page, and Plotly would copy and encode all of it again.
    figure.to_dict = lambda: spec
    return figure
