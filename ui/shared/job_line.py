"""The small line in the sidebar that says, on every page, what is being trained."""

from __future__ import annotations

import streamlit as st

from recsys_core.jobs import board
from ui.shared.format import escape_markdown, format_count

_REFRESH_SECONDS = 2.0
_HAD_JOBS = "job_line_had_jobs"


def job_line() -> None:
    """Draw the line where this is called. It looks again by itself while anything is training, and only then."""
    # A container of its own: the fragment may later draw more than now, and must not draw over what follows.
    with st.container():
        st.fragment(_line, run_every=_REFRESH_SECONDS if board.active() else None)()


def _line() -> None:
    active = board.active()
    if not active and st.session_state.get(_HAD_JOBS):
        # The last job has ended: the page runs again, so that the run picker has the new run.
        st.session_state[_HAD_JOBS] = False
        st.rerun(scope="app")
    st.session_state[_HAD_JOBS] = bool(active)
    if not active:
        return
    running = active[0]
    epochs = f"epoch {running.epoch} of {running.n_epochs}" if running.epoch else "getting ready"
    text = f"Training {escape_markdown(running.task.config.preset)}: {epochs}"
    st.progress(min(max(running.progress, 0.0), 1.0), text=text)
    if len(active) > 1:
        st.caption(f"{format_count(len(active) - 1, 'training')} waiting")
