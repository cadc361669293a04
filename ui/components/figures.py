"""Figures about a run, made once and kept for whoever looks next: building one takes longer than all else on a page."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import plotly.graph_objects as go
import streamlit as st

from recsys_core.runs.run import Run


def kept_figure(run: Run, name: str, of: tuple[Hashable, ...], make: Callable[[], go.Figure]) -> go.Figure:
    """What `make()` gives, from memory if it was made before. Not for changing.

    name: of the figure, no other one's. of: all that it depends on beside the run.
    """
    return _kept(str(run.path), run.stamp, name, of, make)


@st.cache_resource(max_entries=64, show_spinner=False)
def _kept(path: str, stamp: int, name: str, of: tuple[Hashable, ...], _make: Callable[[], go.Figure]) -> go.Figure:
    figure = _make()
    spec = figure.to_dict()
    # Streamlit asks for this at each run of the page, and Plotly would copy and encode all of it again.
    figure.to_dict = lambda: spec
    return figure
