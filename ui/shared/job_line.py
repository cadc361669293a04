"""The small lines in the sidebar that say, on every page, what is being trained and searched, and lead there."""

from __future__ import annotations

import streamlit as st

from recsys_core.jobs import board
from recsys_core.jobs.status import JobStatus
from recsys_core.settings.names import name_of
from recsys_core.sweeps import desk
from recsys_core.sweeps.view import StudyView
from ui.shared.format import escape_markdown, format_count
from ui.shared.watching import JOB_PARAMETER, is_own, watched_job

_REFRESH_SECONDS = 2.0
_OF_OTHERS_SECONDS = 5.0
"""Between looks at what somebody else has asked for: each has the browser lay out the page anew."""


def job_line(page: str) -> None:
    """Draw the lines where this is called, on the page with this path in its address.

    They look again by themselves where anything goes on when the page runs. The Train page shows the job it watches at
    length: a second count of its epochs, drawn at other moments, would contradict the first. So does the Sweep page.
    """
    watched = watched_job() if page == "train" else None
    shown = watched.job_id if watched else ""
    jobs, sweeps = _others(shown), _sweeps(page)
    own = frozenset(job.job_id for job in jobs if is_own(job))
    seconds = (_REFRESH_SECONDS if own else _OF_OTHERS_SECONDS) if jobs or sweeps else None
    # A container of its own: the fragment may later draw more than now, and must not draw over what follows.
    with st.container():
        st.fragment(_lines, run_every=seconds)(page, shown, own)


def _others(shown: str) -> list[JobStatus]:
    return [job for job in board.active() if job.job_id != shown]


def _sweeps(page: str) -> list[StudyView]:
    return [] if page == "sweep" else desk.at_work()


def _lines(page: str, shown: str, own: frozenset[str]) -> None:
    jobs, sweeps = _others(shown), _sweeps(page)
    if not own <= {job.job_id for job in jobs}:
        # One's own has ended: the page runs again, so that the run picker has the new run. Where it is somebody else's,
        # nobody's page is drawn anew for it under their eyes.
        st.rerun(scope="app")
    with st.container():
        if jobs:
            _job(jobs)
    with st.container():
        if sweeps:
            _sweep(sweeps)


def _job(active: list[JobStatus]) -> None:
    first = active[0]
    st.progress(min(max(first.progress, 0.0), 1.0), text=_text(first))
    waiting = f" · {format_count(len(active) - 1, 'job')} waiting" if len(active) > 1 else ""
    st.page_link(
        "pages/train.py",
        label=("Watch it" if is_own(first) else "Somebody else’s: watch it") + waiting,
        icon=":material/visibility:",
        query_params={JOB_PARAMETER: first.job_id},
    )


def _sweep(at_work: list[StudyView]) -> None:
    first = at_work[0]
    n_trials = first.plan.n_trials
    share = first.n_done / n_trials if n_trials else first.seconds / (60 * (first.plan.minutes or 1))
    of = f" of {n_trials:,}" if n_trials else ""
    st.progress(min(share, 1.0), text=f"Sweep {escape_markdown(first.name)}: trial {first.n_done:,}{of}")
    others = f" · {len(at_work) - 1} more" if len(at_work) > 1 else ""
    st.page_link(
        "pages/sweep.py",
        label=f"Watch it{others}",
        icon=":material/travel_explore:",
        query_params={"study": first.name},
    )


def _text(job: JobStatus) -> str:
    if job.task.kind == "find_learning_rate":
        return f"Finding a learning rate for {escape_markdown(name_of(job.task.config))}"
    where = f"epoch {job.epoch} of {job.n_epochs}" if job.epoch else "getting ready"
    return f"Training {escape_markdown(job.label)}: {where}"
