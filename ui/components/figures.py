"""Figures that are kept for whoever looks next, since building one takes longer than all else on a page."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import plotly.graph_objects as go
import streamlit as st

from recsys_core.runs.run import Run
from ui.components.plot import Encoded, encoded


def kept_figure(run: Run, name: str, of: tuple[Hashable, ...], make: Callable[[], go.Figure]) -> Encoded:
    """What `make()` gives, from memory if it was made before.

    name: of the figure, no other one's. of: all that it depends on beside the run.
    """
    return _kept(str(run.path), run.stamp, name, of, make)


@st.cache_resource(max_entries=64, show_spinner=False)
def _kept(path: str, stamp: int, name: str, of: tuple[Hashable, ...], _make: Callable[[], go.Figure]) -> Encoded:
    return encoded(_make())
