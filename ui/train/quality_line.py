"""One quiet line on what a run's neighbors are worth, which fills in by itself while that is measured."""

from __future__ import annotations

import math

import streamlit as st

from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.jobs.quality_jobs import measurement
from recsys_core.jobs.work import Status
from recsys_core.quality.report import ITEM_COSINE, RANDOM, QualityReport, cached_report
from recsys_core.runs.run import Run
from ui.shared.errors import friendly_errors

_REFRESH_SECONDS = 1.0


def quality_line(run: Run) -> None:
    """Draw the line where this is called; it looks again while `run` is being measured, and only then."""
    # A container of its own: what the fragment draws later must not draw over what follows.
    with st.container():
        is_measured = _is_measured_now(run)
        st.fragment(_line, run_every=_REFRESH_SECONDS if is_measured else None)(run, is_measured)


def _line(run: Run, was_measured: bool) -> None:
    with friendly_errors():
        now = _is_measured_now(run)
        text = _summary(cached_report(run), measurement(run))
    if was_measured and not now:
        # The page runs again, once, so that this is no longer asked for.
        st.rerun(scope="app")
    if text:
        st.caption(text)


def _is_measured_now(run: Run) -> bool:
    state = measurement(run)
    return state is not None and not state.is_over


def _summary(report: QualityReport | None, state: Status | None) -> str:
    """Markdown; empty where there is nothing to say yet."""
    under_way = state is not None and not state.is_over
    if report is None:
        return ":material/hourglass_top: Measuring what its neighbors are worth …" if under_way else ""
    if not report.has_neighbors:
        return f"Too few movies have {MIN_RATINGS} training ratings to judge its neighbors"
    overlap, cosine, random = (f"{report.value('genre_overlap', *of):.3f}" for of in ((), (ITEM_COSINE,), (RANDOM,)))
    stability = report.value("stability")
    stays = (
        f"{stability:.0%} of them stay from another seed"
        if math.isfinite(stability)
        else ":material/hourglass_top: seeing which stay from another seed …"
        if under_way
        else ""
    )
    first = f"Genre overlap of its neighbors **{overlap}** (item-item cosine {cosine}, random {random})"
    return " · ".join(filter(None, (first, stays)))
