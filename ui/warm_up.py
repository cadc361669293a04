"""What happens when the server starts: clearing up after killed ones, and preparing what is slow the first time."""

from __future__ import annotations

import threading
from contextlib import suppress

import streamlit as st

from recsys_core.errors import RunError
from recsys_core.jobs import board
from recsys_core.jobs.work import works_ahead
from recsys_core.maps import projection
from recsys_core.runs.keeping.trash import empty_trash
from recsys_core.runs.store import clean_up, runs_dir
from recsys_core.sweeps import folder

_DELAY_SECONDS = 3.0


@st.cache_resource(max_entries=1, show_spinner=False)
def warm_up_later() -> threading.Timer:
    """Once per server: clear away what killed ones left, and start warming up a moment from now, in a thread that never
    keeps the server alive.
    """
    clean_up()
    with suppress(RunError):
        empty_trash(runs_dir())
    folder.empty_trash(runs_dir())
    timer = threading.Timer(_DELAY_SECONDS, _warm_up)
    timer.daemon = True
    timer.start()
    return timer


def _warm_up() -> None:
    if not works_ahead():
        return
    board.warm_up().result()
    projection.warm_up()
