"""The small line in the sidebar that says, on every page, what is being trained, and leads there."""

from __future__ import annotations

import streamlit as st

from recsys_core.jobs import board
from recsys_core.jobs.status import JobStatus
from recsys_core.settings.names import name_of
from ui.shared.format import escape_markdown, format_count
from ui.shared.watching import JOB_PARAMETER, is_own, watched_job

_REFRESH_SECONDS = 2.0


def job_line(page: str) -> None:
    """Draw the line where this is called, on the page with this path in its address.

    It looks again by itself while anything is training, and only then. The Train page shows the job it watches at
    length: a second count of its epochs, drawn at other moments, would contradict the first.
    """
    watched = watched_job() if page == "train" else None
    shown = watched.job_id if watched else ""
    has_jobs = bool(_others(shown))
    # A container of its own: the fragment may later draw more than now, and must not draw over what follows.
    with st.container():
        st.fragment(_line, run_every=_REFRESH_SECONDS if has_jobs else None)(shown, has_jobs)


def _others(shown: str) -> list[JobStatus]:
    return [job for job in board.active() if job.job_id != shown]


def _line(shown: str, had_jobs: bool) -> None:
    active = _others(shown)
    if had_jobs and not active:
        # The last job has ended: the page runs again, so that the run picker has the new run and this rests.
        st.rerun(scope="app")
    if not active:
        return
    first = active[0]
    st.progress(min(max(first.progress, 0.0), 1.0), text=_text(first))
    waiting = f" · {format_count(len(active) - 1, 'job')} waiting" if len(active) > 1 else ""
    st.page_link(
        "pages/train.py",
        label=("Watch it" if is_own(first) else "Somebody else’s: watch it") + waiting,
        icon=":material/visibility:",
        query_params={JOB_PARAMETER: first.job_id},
    )


def _text(job: JobStatus) -> str:
    if job.task.kind == "find_learning_rate":
        return f"Finding a learning rate for {escape_markdown(name_of(job.task.config))}"
    where = f"epoch {job.epoch} of {job.n_epochs}" if job.epoch else "getting ready"
    return f"Training {escape_markdown(job.label)}: {where}"
