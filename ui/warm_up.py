"""What happens when the server starts, clearing up after killed ones; and preparing what is slow the first time."""

from __future__ import annotations

import threading
from contextlib import suppress

import streamlit as st

from recsys_core.errors import RunError
from recsys_core.maps import projection
from recsys_core.runs.keeping.trash import empty_trash
from recsys_core.runs.store import clean_up, runs_dir
from recsys_core.sweeps import folder

_DELAY_SECONDS = 0.5


@st.cache_resource(max_entries=1, show_spinner=False)
def clear_up() -> None:
    """Once per server: clear away what killed ones left."""
    clean_up()
    with suppress(RunError):
        empty_trash(runs_dir())
    folder.empty_trash(runs_dir())


@st.cache_resource(max_entries=1, show_spinner=False)
def warm_up_maps() -> threading.Timer:
    """Once per server, where a map by UMAP is offered: compile what it needs, in a thread that never keeps the server
    alive. Before that, nobody has to hold 150 MB for it.
    """
    timer = threading.Timer(_DELAY_SECONDS, projection.warm_up)
    timer.daemon = True
    timer.start()
    return timer
