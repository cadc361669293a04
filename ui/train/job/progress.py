"""A training under way: curve, progress with its Stop, and the map, all as of one moment."""

from __future__ import annotations

import datetime
import math

import streamlit as st

from recsys_core.jobs import board
from recsys_core.jobs.executors import cluster
from recsys_core.jobs.status import JobStatus
from recsys_core.runs.run import Run
from ui.shared.format import escape_markdown
from ui.shared.messages import attempt
from ui.shared.watching import is_own
from ui.train.job.pictures import curve, final_map, small_map
from ui.train.layout import curve_and_map


def training_view(run: Run, job: JobStatus) -> None:
    """Draw `job` as it stands. Until it has a map of its own, that of `run` stays on screen."""
    curve_place, map_place = curve_and_map()
    with curve_place:
        curve(
            job.history,
            job.started.baselines if job.started else None,
            job.task.config.preset,
            title=f"Training {job.label}",
            n_epochs=job.n_epochs,
            so_far=job.so_far,
        )
        progress_with_stop(job, f"Training “{job.label}”", "What it has learned until now is kept as a run.")
    with map_place:
        if job.live_map is None:
            # Taking this map away and bringing another one in its place would cost a second.
            small_map(final_map(run), f"The movies of {run.label}, until there is something to see")
        elif job.live_map.is_within:
            small_map(job.live_map, f"Its movies in epoch {job.live_map.epoch}", is_moving=True)
        else:
            skipped = (
                ", the last one drawn" if job.live_map.epoch < len(job.history) + job.history["epoch"].min() - 1 else ""
            )
            small_map(job.live_map, f"Its movies after epoch {job.live_map.epoch}{skipped}", is_moving=True)


def progress_with_stop(job: JobStatus, what: str, consequence: str) -> None:
    """The bar, the button, and whose job it is if not this session's. what: the job's name for people."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.progress(min(max(job.progress, 0.0), 1.0), text=progress_text(job))
        st.button(
            "Stopping …" if job.is_stopping else "Stop",
            disabled=job.is_stopping,
            key=f"stop_{job.job_id}",
            icon=":material/stop_circle:",
            on_click=attempt,
            args=(board.stop, job.job_id),
            help=escape_markdown(f"Ends this: {what}. {consequence}"),
        )
    where = where_it_is_done(job)
    if where:
        st.caption(where)
    if not is_own(job):
        began = datetime.datetime.fromtimestamp(job.queued_at)
        st.caption(
            f"{escape_markdown(what)} was started at {began:%H:%M}, not on this page as it was loaded: in another tab, "
            "by another visitor, or before a reload. Stop ends it for everybody.",
        )


def where_it_is_done(job: JobStatus) -> str:
    """Markdown: which worker of a cluster does it, or which there are; empty where this process does it itself."""
    view = cluster()
    if view is None:
        return ""
    worker = next((each.name for each in view.workers if each.job_id == job.job_id), None)
    if worker is None or not view.is_connected:
        return f":material/hub: {escape_markdown(view.message)}"
    heard = " It has heard that it is to stop." if job.stop_heard_by else ""
    return f":material/hub: On the worker {escape_markdown(worker)} of {escape_markdown(view.address)}.{heard}"


def progress_text(job: JobStatus) -> str:
    """Markdown: where it stands, in a line."""
    if job.state == "queued" and job.queue_place:
        before = "one job is" if job.queue_place == 1 else f"{job.queue_place} jobs are"
        return f"Waiting: {before} before this one."
    if job.state != "running" or not job.n_epochs or not job.epoch:
        return escape_markdown(job.message)
    left = "" if math.isnan(job.seconds_left) else f" · {_duration(job.seconds_left)} left"
    return f"Epoch {job.epoch} of {job.n_epochs} · {_rate(job.ratings_per_second)}{left}"


def _rate(per_second: float) -> str:
    return f"{per_second / 1e6:.1f} M ratings/s" if per_second >= 1e5 else f"{per_second / 1e3:.1f} k ratings/s"


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 100 else f"{max(1, math.ceil(seconds)):.0f} s"
