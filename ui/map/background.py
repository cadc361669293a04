"""Work of a few seconds that a page waits for without blocking: asked for by key, looked at again when it is done."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import streamlit as st

_MOST_KEPT = 48
_POLL_SECONDS = 0.5


@st.cache_resource(max_entries=1)
def _workers() -> tuple[ThreadPoolExecutor, dict[Hashable, Future]]:
    return ThreadPoolExecutor(2, thread_name_prefix="map"), {}


def result_of(key: Hashable, work: Callable[[], Any]) -> Any | None:
    """What `work` returned, or None while it is under way. It runs once for all visitors who ask with the same `key`.

    Raises what `work` raised.
    """
    pool, futures = _workers()
    if key not in futures:
        while len(futures) >= _MOST_KEPT:
            futures.pop(next(iter(futures)), None)
        futures[key] = pool.submit(work)
    future = futures[key]
    return future.result() if future.done() else None


@st.fragment(run_every=_POLL_SECONDS)
def wait_for(key: Hashable, text: str) -> None:
    """Show `text` until the work called `key` is done, then run the page again."""
    future = _workers()[1].get(key)
    if future is None or future.done():
        st.rerun()
    st.caption(f":material/hourglass_top: {text}")
