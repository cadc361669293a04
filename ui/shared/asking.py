"""Questions to the thread that owns TensorFlow: a page goes on without the answer, and runs again when it has come."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any

import streamlit as st

from recsys_core.jobs import board, worker

_MOST_KEPT = 48
_POLL_SECONDS = 0.5


def answer(key: Hashable, question: Callable[[], Any], waiting: str) -> Any | None:
    """What `question` returned on that thread; None while it is on its way, with the words `waiting` on the page.

    It runs once for all visitors who ask with the same `key`. Raises what it raised.
    """
    asked = _asked()
    if key not in asked:
        while len(asked) >= _MOST_KEPT:
            asked.pop(next(iter(asked)), None)
        asked[key] = worker.call(question)
    future = asked[key]
    if not future.done():
        # A container of its own: what the fragment draws later must not draw over what follows.
        with st.container():
            _wait(key, waiting)
        return None
    if future.exception() is not None:
        # Not kept: what is wrong now may be right the next time.
        asked.pop(key, None)
    return future.result()


@st.cache_resource(max_entries=1)
def _asked() -> dict[Hashable, Future]:
    return {}


@st.fragment(run_every=_POLL_SECONDS)
def _wait(key: Hashable, waiting: str) -> None:
    future = _asked().get(key)
    if future is None or future.done():
        st.rerun()
    busy = " A training has the machine to itself; this comes when it is done." if board.active() else ""
    st.caption(f":material/hourglass_top: {waiting}{busy}")
