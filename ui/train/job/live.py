"""What the Train page shows: the job it watches while that runs, else the chosen run, and what to know about either.

The whole page decides what is shown, and the fragments only bring it up to date. None is within another: while a
server is busy, Streamlit drops what the outer one has drawn but not sent, and keeps what the inner one has, which then
has no place ("Cannot set a node at a delta path": a white page).
"""

from __future__ import annotations

import datetime
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from recsys_core.jobs import board
from recsys_core.jobs.status import JobStatus
from recsys_core.runs.run import Run
from ui.shared.format import escape_markdown
from ui.shared.messages import attempt, friendly_errors
from ui.shared.run_picker import choose_run
from ui.shared.watching import is_late, keep_watching, sees_ending_first, watched_job
from ui.train.job.finder import finder_view
from ui.train.job.progress import training_view
from ui.train.job.result import divergence, run_view

REFRESH_SECONDS = 0.5
START_SECONDS = 2.0
"""A training begins with looks in quick succession, for so long at most: its first point is waited for."""
START_REFRESH_SECONDS = 0.1
START_PATIENCE_SECONDS = 0.4
"""Such a look waits for the point, after the first: what a browser draws again and again, with no point, delays it."""
_WAIT_SECONDS = 0.02


@dataclass(frozen=True)
class _View:
    """What is shown, and how often it is looked at again. While this stays the same, so do the parts of the page."""

    kind: Literal["training", "finder", "run"]
    seconds: float | None = None


def job_panel(run: Run) -> None:
    """The watched job while it is under way, a search for a learning rate also when it is done; else `run`."""
    job = watched_job()
    has_new_run = job is not None and sees_ending_first(job) and job.saved_as not in ("", run.name)
    if job is not None and has_new_run:
        # Before the address forgets the job: what the browser asks for in between, with the address that it has then,
        # would show the run before again.
        choose_run(job.saved_as)
    keep_watching(job)
    if has_new_run:
        # The page runs again, with the new run chosen.
        st.rerun()
    view = _view_of(job)
    # Two places that are always there: a fragment may still draw where it was when the last run of the page was cut
    # short, and what comes and goes above it must not move it.
    notes, body = st.container(), st.container()
    with notes:
        _interrupted_before()
        if job is not None and job.is_over:
            _ending(run, job)
        if view.kind == "run":
            divergence(run)
    with body:
        st.fragment(_draw, run_every=view.seconds)(run, view, itertools.count())


def _view_of(job: JobStatus | None) -> _View:
    if job is None or (job.is_over and job.found is None):
        return _View("run")
    if job.task.kind == "find_learning_rate":
        return _View("finder", None if job.is_over else REFRESH_SECONDS)
    is_starting = job.queue_place == 0 and job.seconds < START_SECONDS and job.so_far is None and job.history.empty
    return _View("training", START_REFRESH_SECONDS if is_starting else REFRESH_SECONDS)


def _draw(run: Run, view: _View, looks: Iterator[int]) -> None:
    # The first look says at once what has begun.
    may_wait = next(looks) > 0 and view.seconds == START_REFRESH_SECONDS
    # All that is drawn is as of this one look.
    job = _with_first_point() if may_wait else watched_job()
    now = _view_of(job)
    if now.kind != view.kind or (job is not None and is_late(job)):
        st.rerun(scope="app")
    with friendly_errors():
        if job is None or view.kind == "run":
            run_view(run)
        elif view.kind == "finder":
            finder_view(job)
        else:
            training_view(run, job)
    if now != view:
        # Looked at more or less often from now on, once this look is drawn: it may be the first that has a point.
        st.rerun(scope="app")


def _with_first_point() -> JobStatus | None:
    """The watched job, once it has something to draw; as it stands where that takes too long."""
    deadline = time.monotonic() + START_PATIENCE_SECONDS
    while _view_of(job := watched_job()).seconds == START_REFRESH_SECONDS and time.monotonic() < deadline:
        time.sleep(_WAIT_SECONDS)
    return job


def _ending(run: Run, job: JobStatus) -> None:
    """What to know about how a job ended, as long as its run is the chosen one, or it has none."""
    text = escape_markdown(job.message)
    if job.state == "failed":
        st.error(text, icon=":material/error:")
    elif job.state == "unsaved":
        _offer_to_save_again(job)
    elif job.state == "stopped" and job.saved_as in ("", run.name):
        st.warning(text, icon=":material/stop_circle:")


def _offer_to_save_again(job: JobStatus) -> None:
    name = escape_markdown(job.label)
    if not board.can_save_again(job.job_id):
        st.error(
            f"“{name}” is trained but could not be saved, and its model is not in memory any more: only the last one "
            "of which that is so is kept.",
            icon=":material/save:",
        )
        return
    st.error(
        f"**“{name}” is trained but not saved.** {escape_markdown(job.message)}  \nIts model is kept in memory while "
        "the app runs, until another one cannot be saved either. Mend what is wrong, then save it again.",
        icon=":material/save:",
    )
    st.button(
        "Save again",
        type="primary",
        icon=":material/save:",
        on_click=attempt,
        args=(board.save_again, job.job_id),
    )


def _interrupted_before() -> None:
    """A line about trainings of this folder that an earlier end of the app has cut off."""
    found = board.interrupted()
    if not found:
        return
    newest = found[0]
    what = (
        "The search for a learning rate"
        if newest.task.kind == "find_learning_rate"
        else f"“{newest.task.label or newest.run_name}”"
    )
    others = f" So were {len(found) - 1} before it." if len(found) > 1 else ""
    when = datetime.datetime.fromtimestamp(newest.queued_at)
    text, button = st.columns([5, 1], vertical_alignment="center")
    text.caption(
        f":material/power_off: {escape_markdown(what)}, started {when:%d %b %H:%M}, was interrupted when the app "
        f"ended: nothing of it was kept.{others}"
    )
    button.button("Dismiss", type="tertiary", key="dismiss_interrupted", on_click=_dismiss, args=(found,))


def _dismiss(found: list) -> None:
    for record in found:
        attempt(board.dismiss, record.job_id)
