"""What the chosen run is worth: its neighbors and predictions beside the simplest answers to the same questions."""

import numpy as np
import streamlit as st

from recsys_core.explore.evidence import MIN_RATINGS, has_few_ratings
from recsys_core.explore.nearest import unit_rows
from recsys_core.quality import measures
from recsys_core.quality.report import MEASURES
from ui.charts.quality import by_popularity, spectrum_curve, yardstick_bars
from ui.components.figures import kept_figure
from ui.components.plot import plot
from ui.components.verdict import verdict
from ui.quality.judged import show_judged
from ui.quality.measuring import report_of
from ui.quality.ordering import show_ordering
from ui.quality.popularity import show_norms, show_two_lists
from ui.shared import run_picker
from ui.shared.format import format_count
from ui.shared.messages import friendly_errors

run = run_picker.current_run()
st.title("Quality")
verdict(run)

with friendly_errors():
    embeddings = run_picker.looked_at(run)
    report = report_of(run)
    measured = () if report is None else (report.n_movies, report.seeds, report.seconds)


def show_neighbors() -> None:
    if report is None:
        st.caption("The neighbors are not measured yet. Popularity and Spectrum are ready.")
        return
    if not report.has_neighbors:
        st.info(
            f"{format_count(report.n_movies, 'movie')} of this run with {MIN_RATINGS} training ratings or more: too "
            "few to judge neighbors. Predictions, Popularity and Spectrum are there.",
            icon=":material/info:",
        )
        return
    names = ("genre_overlap", "co_rated", "stability", "hubness", "dimensions")
    bars = kept_figure(run, "neighbor bars", measured, lambda: yardstick_bars(report, names))
    plot(bars, key="neighbor_bars", alt="Measures of the neighbors, beside simple answers")
    st.caption(
        f"Ten neighbors by cosine of each of {format_count(report.n_movies, 'movie')} with at least {MIN_RATINGS} "
        "training ratings. Item-item cosine compares the columns of training ratings, without any model. "
        "↑ more is better, ↓ less is better."
    )
    with st.expander("What these measure"):
        st.markdown("\n".join(f"- **{measure.title}**: {measure.about}" for measure in MEASURES))
    st.subheader("By popularity", anchor=False)
    titles = {measure.name: measure.title for measure in MEASURES}
    shown = [name for name in names if np.isfinite(report.value(name))]
    chosen = st.segmented_control(
        "Measure", shown, format_func=titles.get, default=shown[0], label_visibility="collapsed", required=True,
        key="quality_measure", persist_state="page",
    )  # fmt: skip
    bands = kept_figure(run, "bands", (*measured, chosen), lambda: by_popularity(report, chosen))
    plot(bands, key="neighbor_bands", alt=f"{titles[chosen]} by number of ratings")


def show_predictions() -> None:
    if report is None:
        st.caption("The predictions are not measured yet. Popularity and Spectrum are ready.")
        return
    if not np.isfinite(report.value("rmse")):
        st.info("This run kept no ratings for validation, so its predictions cannot be measured.")
        return
    bars = kept_figure(run, "error bars", measured, lambda: yardstick_bars(report, ("rmse", "mae"), columns=2))
    plot(bars, key="error_bars", alt="Errors of the predictions, beside simple answers")
    st.caption("Random predicts every rating by one drawn from the training ratings; damped biases know no vectors.")
    st.subheader("By popularity", anchor=False)
    bands = kept_figure(run, "bands", (*measured, "rmse"), lambda: by_popularity(report, "rmse"))
    plot(bands, key="error_bands", alt="RMSE by number of ratings")


def show_popularity() -> None:
    as_trained = run_picker.embeddings(run, left_in=True)
    show_norms(as_trained)
    st.subheader("Cosine and dot product", anchor=False)
    show_two_lists(as_trained)


def show_spectrum() -> None:
    vectors = unit_rows(embeddings.vectors[~has_few_ratings(run.movies)])
    if len(vectors) < 3:
        st.info(f"There are too few movies with {MIN_RATINGS} ratings to say anything about their spread.")
        return
    noise = unit_rows(np.random.default_rng(0).standard_normal(vectors.shape))
    shares, random_shares = measures.spectrum(vectors), measures.spectrum(noise)
    plot(spectrum_curve(shares, random_shares), key="spectrum", alt="Share of the variance by direction")
    st.caption(
        f"Of {embeddings.size} dimensions, the directions of the vectors use about "
        f"**{measures.participation_ratio(shares):.0f}** (participation ratio); random vectors would use "
        f"{measures.participation_ratio(random_shares):.0f}. Few tall bars: the model says much with few axes."
    )


TABS = {
    "Neighbors": show_neighbors,
    "Taste or era": lambda: show_ordering(run, report),
    "Judged by people": lambda: show_judged(run, embeddings),
    "Predictions": show_predictions,
    "Popularity": show_popularity,
    "Spectrum": show_spectrum,
}
# What is not seen is neither computed nor sent.
for tab, show in zip(st.tabs(list(TABS), key="quality_tab", on_change="rerun"), TABS.values(), strict=True):
    if tab.open:
        with tab, friendly_errors():
            show()
