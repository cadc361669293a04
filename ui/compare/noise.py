"""The noise floor on the page: what it says of two runs, and measuring it where it is not known."""

from __future__ import annotations

import math

import streamlit as st

from recsys_core.compare.neighbors import NeighborComparison
from recsys_core.jobs import quality_jobs
from recsys_core.jobs.background import POLLED
from recsys_core.jobs.quality_jobs import stability_work, training_seconds
from recsys_core.quality.report import SEEDS, cached_report, can_train_again
from ui.compare.choosing import Chosen
from ui.shared.format import format_count
from ui.shared.waiting import offered, show_progress
from ui.shared.watching import visitor

_VERDICTS = {
    "more than noise": (
        ":orange-badge[:material/call_split: more than noise]",
        "Fewer neighbors stay than with another seed.",
    ),
    "no more than noise": (":gray-badge[:material/blur_on: no more than noise]", "Another seed would change as much."),
    "less than another seed": (
        ":green-badge[:material/join: less than another seed]",
        "Another seed would change more.",
    ),
    "not known": (":gray-badge[:material/question_mark: noise not measured]", "Another seed may change as much."),
}


def show_verdict(comparison: NeighborComparison) -> None:
    """The figures that answer whether the neighbors changed, in one row."""
    k, noise = comparison.k, comparison.noise
    badge, meaning = _VERDICTS[comparison.verdict]
    st.markdown(f"{badge} {meaning}")
    with st.container(horizontal=True, gap="large"):
        st.metric(
            "Neighbors that stay",
            f"{comparison.n_staying.mean():.1f} of {k}",
            width="content",
            help=f"Mean over {format_count(len(comparison.shared), 'movie')}. As the Jaccard index of the two lists: "
            f"{comparison.mean_overlap:.2f}.",
        )
        if not noise.is_measured:
            return
        st.metric(
            "Between two seeds",
            f"{_staying(noise.mean, k):.1f} of {k}",
            width="content",
            help="Of the same settings, for the run whose seeds agree least: two runs can hardly agree more. "
            f"Jaccard index {noise.mean:.2f}.",
        )
        st.metric(
            "Movies beyond noise", f"{comparison.share_beyond_noise:.0%}", width="content",
            help="Their lists share less than those of any two of the seeds. "
            f"By chance alone it would be about {noise.share_by_chance:.0%}.",
        )  # fmt: skip


def measure_noise(pair: tuple[Chosen, Chosen]) -> None:
    """Measure what two seeds of the runs' settings differ by: by itself where that is cheap, else for a click."""
    unmeasured = [each for each in pair if _n_seeds(each) < SEEDS]
    with st.container():
        for each in unmeasured:
            if not can_train_again(each.run):
                st.caption(
                    f"The seeds of {each.letter} cannot be compared: it was not trained from scratch to its end."
                )
        possible = [each for each in unmeasured if can_train_again(each.run)]
        if not possible:
            return
        first = possible[0]
        if quality_jobs.is_cheap_to_train(first.run):
            quality_jobs.ensure_measured(first.run, visitor(), POLLED)
            show_progress(stability_work(first.run))
            return
        seconds = (SEEDS - 1) * training_seconds(first.run)
        offered(
            quality_jobs.wanted_soon(stability_work(first.run)),
            f"Measure the noise with {first.letter}",
            key="measure_noise",
            text=f"How far two seeds of {first.letter} differ is not measured.",
            help=f"Trains its settings {SEEDS - 1} more times, about {max(1, seconds):,.0f} s. Gives way to trainings.",
        )


def _staying(overlap: float, k: int) -> float:
    """How many of `k` stay on average, nearly, at a mean overlap (Jaccard)."""
    return math.nan if math.isnan(overlap) else 2 * overlap / (1 + overlap) * k


def _n_seeds(chosen: Chosen) -> int:
    report = cached_report(chosen.run)
    if report is None:
        return 0
    # Where there are too few movies to judge neighbors there is nothing more to measure.
    return len(report.seeds) if report.has_neighbors else SEEDS
