"""What happens when the server starts: clearing up after killed ones, and preparing what is slow the first time."""

from __future__ import annotations

import threading

import streamlit as st

from recsys_core.jobs import board
from recsys_core.maps import projection
from recsys_core.runs.store import clean_up

_DELAY_SECONDS = 3.0


@st.cache_resource(max_entries=1, show_spinner=False)
def warm_up_later() -> threading.Timer:
    """Once per server: clear away what killed ones left, and start warming up a moment from now, in a thread that never
    keeps the server alive.
    """
    clean_up()
    timer = threading.Timer(_DELAY_SECONDS, _warm_up)
    timer.daemon = True
    timer.start()
    return timer


def _warm_up() -> None:
    board.warm_up().result()
    projection.warm_up()
