"""Measuring a run in the background: one measurement for all visitors, its progress as plain data."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field

import streamlit as st

from recsys_core import jobs
from recsys_core.quality_report import SEEDS, QualityReport, cached_report, quality_report
from recsys_core.runs import Run
from ui.runs import run_stamp

AT_ONCE_SECONDS = 30.0
"""A run that took no longer to train is trained again for its stability without asking."""
_POLL_SECONDS = 0.5
_MOST_KEPT = 16


@dataclass
class _Measurement:
    stop: threading.Event = field(default_factory=threading.Event)
    progress: tuple[float, str] = (0.0, "Waiting for its turn.")
    future: Future[QualityReport] | None = None


def report_of(run: Run) -> QualityReport | None:
    """The run's report, or what there is of it; None while the first is under way, with its progress on the page.

    A run that is quick to train is measured whole at once. For others the stability waits for a click.
    Raises what measuring raised.
    """
    known = cached_report(run)
    if known is not None and len(known.seeds) >= SEEDS:
        return known
    measurement = _under_way().get(_key(run))
    if measurement is None and known is None:
        measurement = _measure(run, SEEDS if training_seconds(run) <= AT_ONCE_SECONDS else 1)
    if measurement is not None and measurement.future is not None:
        if measurement.future.done():
            del _under_way()[_key(run)]
            return measurement.future.result()
        _show_progress(run)
    elif known is not None:
        seconds = (SEEDS - 1) * training_seconds(run)
        st.button(
            "Measure stability",
            icon=":material/model_training:",
            on_click=_measure,
            args=(run, SEEDS),
            help=f"Trains the same settings {SEEDS - 1} more times, about {seconds:,.0f} s.",
        )
    return known


def training_seconds(run: Run) -> float:
    """How long the run's epochs took."""
    return float(run.history["seconds"].sum())


def _measure(run: Run, n_seeds: int) -> _Measurement:
    measurement = _Measurement()

    def tell(fraction: float, message: str) -> None:
        measurement.progress = (fraction, message)

    measurement.future = jobs.call(
        quality_report, run, n_seeds=n_seeds, on_progress=tell, should_stop=measurement.stop.is_set
    )
    under_way = _under_way()
    while len(under_way) >= _MOST_KEPT:
        under_way.pop(next(iter(under_way)))
    under_way[_key(run)] = measurement
    return measurement


@st.fragment(run_every=_POLL_SECONDS)
def _show_progress(run: Run) -> None:
    measurement = _under_way().get(_key(run))
    if measurement is None or measurement.future is None or measurement.future.done():
        st.rerun()
    fraction, message = measurement.progress
    st.progress(fraction, text=message)


def _key(run: Run) -> tuple[str, int]:
    return str(run.path), run_stamp(run)


@st.cache_resource(max_entries=1)
def _under_way() -> dict[tuple[str, int], _Measurement]:
    return {}
