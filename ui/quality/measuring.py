"""The report that the Quality page shows: asked for if it is not there yet, with its progress while it is measured."""

from __future__ import annotations

import streamlit as st

from recsys_core.jobs.quality_jobs import ensure_measured, measure, measurement, training_seconds
from recsys_core.jobs.worker import Urgency
from recsys_core.quality.report import SEEDS, QualityReport, cached_report, can_train_again
from recsys_core.runs.run import Run
from ui.shared.errors import friendly_errors
from ui.shared.format import escape_markdown

_POLL_SECONDS = 0.5


def report_of(run: Run) -> QualityReport | None:
    """The run's report, or what there is of it; None while there is none. The page says what is missing, and why.

    Raises `RunError` if the run is deleted.
    """
    ensure_measured(run)
    # Asked for before the report is read: a measurement that ends in between is seen the next time.
    state = measurement(run)
    report = cached_report(run)
    # A container of its own: what the fragment draws later must not draw over what follows.
    with st.container():
        if state is not None and not state.error:
            _show_progress(run)
        elif state is not None:
            st.warning(escape_markdown(state.error), icon=":material/error:")
        elif report is not None and report.has_neighbors and len(report.seeds) < SEEDS:
            _offer_stability(run)
    return report


def _offer_stability(run: Run) -> None:
    if not can_train_again(run):
        st.caption("Stability is measured for runs that were trained from scratch to their end.")
        return
    seconds = (SEEDS - 1) * training_seconds(run)
    st.button(
        "Measure stability",
        icon=":material/model_training:",
        on_click=measure,
        args=(run, SEEDS, Urgency.SOON),
        help=f"Trains the same settings {SEEDS - 1} more times, about {max(1, seconds):,.0f} s, "
        "to see which neighbors stay. Gives way to trainings.",
    )


@st.fragment(run_every=_POLL_SECONDS)
def _show_progress(run: Run) -> None:
    with friendly_errors():
        state = measurement(run)
    if state is None or state.error:
        st.rerun()
    what = "How far its neighbors stay" if state.n_seeds > 1 else "Quality"
    st.progress(state.progress, text=f"{what}: {state.message}")
