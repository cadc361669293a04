"""What the neighbors are ordered by, taste or era, and a picture of what was taken out of the vectors."""

from __future__ import annotations

import streamlit as st

from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.quality.report import QualityReport
from recsys_core.quality.taken_out import taken_out_axes
from recsys_core.runs.run import Run
from ui.charts.quality import yardstick_bars
from ui.charts.taken_out import taken_out_figure
from ui.components.figures import kept_figure
from ui.components.plot import plot
from ui.shared.format import format_count

_MEASURES = ("rating_time", "release_year", "popularity")


def show_ordering(run: Run, report: QualityReport | None) -> None:
    """Bars of how far the neighbors tell time and popularity, and the movies along both axes."""
    if report is None:
        st.caption("What the neighbors are ordered by is not measured yet.")
    elif report.has_neighbors:
        measured = (report.n_movies, report.seeds, report.seconds)
        bars = kept_figure(run, "ordering bars", measured, lambda: yardstick_bars(report, _MEASURES))
        plot(bars, key="ordering_bars", alt="What the neighbors are ordered by")
        st.caption(
            "How far the mean of a movie's ten neighbors tells when it was rated, when it came out and how often it "
            "was rated: R², 1 is wholly, 0 is not at all. Little is well: then they are near each other by taste. "
            "Some of it is taste: who likes the films of the 1940s likes them together."
        )
    movies = taken_out_axes(run)
    if movies is None:
        st.info(
            "Nothing is taken out of this run's vectors: it has too few movies with "
            f"{MIN_RATINGS} ratings to tell taste from era, or was saved without what it takes.",
            icon=":material/info:",
        )
        return
    st.subheader("What was taken out", anchor=False)
    figure = kept_figure(run, "taken out", (), lambda: taken_out_figure(movies))
    plot(figure, key="taken_out", alt="How far each movie's vector points along what was taken out")
    era = "" if "along_era" in movies else " The ratings have no timestamps, so the era stays in."
    st.caption(
        f"Each dot is one of {format_count(len(movies), 'movie')} with {MIN_RATINGS} training ratings or more: how far "
        "its vector, as it predicts, points along the direction that was taken out. Blue and orange are the ends."
        f"{era}"
    )
