"""Prepare what is slow the first time (compiling UMAP, importing TensorFlow) once the first page is on screen."""

from __future__ import annotations

import threading

import streamlit as st

from recsys_core.jobs import board
from recsys_core.maps import projection

_DELAY_SECONDS = 3.0


@st.cache_resource(max_entries=1, show_spinner=False)
def warm_up_later() -> threading.Timer:
    """Start warming up a moment from now, once per server, in a thread that never keeps the server alive."""
    timer = threading.Timer(_DELAY_SECONDS, _warm_up)
    timer.daemon = True
    timer.start()
    return timer


def _warm_up() -> None:
    board.warm_up().result()
    projection.warm_up()
