"""Which training a session watches: its own, until another one is chosen. The address remembers it across a reload."""

from __future__ import annotations

import uuid

import streamlit as st

from recsys_core.errors import JobError
from recsys_core.jobs import board
from recsys_core.jobs.messages import Task
from recsys_core.jobs.status import JobStatus
from ui.navigation import put_in_address

JOB_PARAMETER = "job"
"""Of the Train page's address: the job it shows."""
_WATCHED = "train_job"
_OWN = "train_own_jobs"
_SEEN_ENDINGS = "train_seen_over"
_VISITOR = "visitor"


def start(task: Task) -> None:
    """Submit a task for this visitor and watch it. For callbacks; raises what `board.submit` raises."""
    watch(submit(task))


def submit(task: Task) -> str:
    """The same without watching it: the id of its job."""
    job_id = board.submit(task, visitor())
    st.session_state.setdefault(_OWN, set()).add(job_id)
    return job_id


def visitor() -> str:
    """A name for this session, which nobody else knows."""
    return st.session_state.setdefault(_VISITOR, uuid.uuid4().hex)


def watch(job_id: str) -> None:
    """Show this job on the Train page from now on."""
    st.session_state[_WATCHED] = job_id
    put_in_address(JOB_PARAMETER, job_id)


def watched_job() -> JobStatus | None:
    """The job in the address, else the one that this session watched last, as it stands now.

    One of another tab or visitor it is only if it was chosen by its name, or came with the address.
    """
    for job_id in (st.query_params.get(JOB_PARAMETER), st.session_state.get(_WATCHED)):
        try:
            if job_id:
                return board.status(job_id)
        except JobError:
            # Forgotten, or of a server that is gone.
            continue
    return None


def keep_watching(job: JobStatus | None) -> None:
    """Keep session and address in step with what is shown: a job that is over leaves the address."""
    if job is not None:
        st.session_state[_WATCHED] = job.job_id
    put_in_address(JOB_PARAMETER, job.job_id if job is not None and not job.is_over else None)


def look_away() -> None:
    """For a callback: watch no job any more."""
    st.session_state.pop(_WATCHED, None)
    put_in_address(JOB_PARAMETER, None)


def is_own(job: JobStatus) -> bool:
    """Whether this session has submitted it."""
    return job.job_id in st.session_state.get(_OWN, ())


def is_late(job: JobStatus) -> bool:
    """Whether the job is over and the address still names it, as it never does after `keep_watching`.

    The browser sent that address before it heard of the end, and the run in it was the chosen one until then.
    """
    return job.is_over and st.query_params.get(JOB_PARAMETER) == job.job_id


def sees_ending_first(job: JobStatus) -> bool:
    """True once for each way in which a job is over: when this is first asked then. And where `is_late`."""
    seen = st.session_state.setdefault(_SEEN_ENDINGS, set())
    ending = (job.job_id, job.state)
    is_first = job.is_over and (ending not in seen or is_late(job))
    if is_first:
        seen.add(ending)
    return is_first
