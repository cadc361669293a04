"""The report that the Quality page shows: asked for if it is not there yet, with its progress while it is measured."""

from __future__ import annotations

import streamlit as st

from recsys_core.jobs import quality_jobs
from recsys_core.jobs.background import POLLED
from recsys_core.jobs.quality_jobs import quality_work, stability_work, training_seconds
from recsys_core.quality.report import SEEDS, QualityReport, cached_report, can_train_again
from recsys_core.runs.run import Run
from ui.shared.waiting import offered, show_progress
from ui.shared.watching import visitor


def report_of(run: Run) -> QualityReport | None:
    """The run's report, or what there is of it; None while there is none. The page says what is missing, and why.

    Raises `RunError` if the run is deleted.
    """
    quality_jobs.ensure_measured(run, visitor(), POLLED)
    report = cached_report(run)
    with st.container():
        if report is None:
            show_progress(quality_work(run))
        elif report.has_neighbors and len(report.seeds) < SEEDS:
            _show_stability(run)
    return report


def _show_stability(run: Run) -> None:
    if quality_jobs.is_cheap_to_train(run):
        show_progress(stability_work(run))
    elif not can_train_again(run):
        st.caption("Stability is measured for runs that were trained from scratch to their end.")
    else:
        seconds = (SEEDS - 1) * training_seconds(run)
        offered(
            quality_jobs.wanted_soon(stability_work(run)),
            "Measure stability",
            key="measure_stability",
            text="Which of its neighbors stay when it is trained from other seeds is not measured yet.",
            help=f"Trains the same settings {SEEDS - 1} more times, about {max(1, seconds):,.0f} s, "
            "to see which neighbors stay. Gives way to trainings.",
        )
