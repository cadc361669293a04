"""Work of many seconds that a page offers: started when asked for, with its progress in sight, and cancellable."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

Work = Callable[[Callable[[float], None], Callable[[], bool]], Any]
"""Gets what to call with the share done, 0 to 1, and what says whether to stop; raises `Cancelled` when it does."""

_MOST_KEPT = 16
_POLL_SECONDS = 0.5
_OWNER = "offering_owner"


@dataclass(eq=False)
class _Task:
    wanted_by: set[str]
    stop: threading.Event = field(default_factory=threading.Event)
    share: float = 0.0
    future: Future = field(default_factory=Future)


@st.cache_resource(max_entries=1)
def _workers() -> tuple[ThreadPoolExecutor, dict[Hashable, _Task]]:
    return ThreadPoolExecutor(1, thread_name_prefix="offered"), {}


def offer(key: Hashable, label: str, work: Work, *, help: str | None = None) -> Any | None:
    """What `work` returned; until then None, and a button that starts it or its progress with a button that cancels.

    It runs once for all visitors who ask with the same `key`, and stops when none of them wants it any more. Raises
    what `work` raised.
    """
    _, tasks = _workers()
    task = tasks.get(key)
    if task is not None and task.future.done():
        if task.future.exception() is not None:
            # Not kept: what is wrong now may be right the next time.
            tasks.pop(key, None)
        return task.future.result()
    # A container of its own: what the fragment draws later must not draw over what follows.
    with st.container():
        if task is not None and _owner() in task.wanted_by:
            _watch(key, label)
        else:
            st.button(label, type="primary", help=help, on_click=_start, args=(key, work), width="stretch")
    return None


@st.fragment(run_every=_POLL_SECONDS)
def _watch(key: Hashable, label: str) -> None:
    task = _workers()[1].get(key)
    if task is None or task.future.done() or _owner() not in task.wanted_by:
        st.rerun()
    st.progress(task.share, text=label if task.share else "Starting …")
    st.button("Cancel", on_click=_cancel, args=(key,), width="stretch")


def _start(key: Hashable, work: Work) -> None:
    pool, tasks = _workers()
    if key in tasks:
        tasks[key].wanted_by.add(_owner())
        return
    while len(tasks) >= _MOST_KEPT:
        tasks.pop(next(iter(tasks))).stop.set()
    task = tasks[key] = _Task({_owner()})

    def progress(share: float) -> None:
        task.share = min(max(share, 0.0), 1.0)

    task.future = pool.submit(work, progress, task.stop.is_set)


def _cancel(key: Hashable) -> None:
    """The page goes on at once; the worker stops at its next step."""
    _, tasks = _workers()
    task = tasks.get(key)
    if task is None:
        return
    task.wanted_by.discard(_owner())
    if not task.wanted_by:
        task.stop.set()
        tasks.pop(key, None)


def _owner() -> str:
    return st.session_state.setdefault(_OWNER, uuid.uuid4().hex)
