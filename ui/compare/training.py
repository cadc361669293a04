"""The runs' trainings side by side: loss curves, figures as bars, and one figure against another over all runs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from recsys_core.compare.differing import judged_on_the_same
from recsys_core.compare.figures import BY_NAME, FIGURES, SETTINGS, curve_of, figures_table
from recsys_core.quality.facts import facts_of_runs
from ui.charts.compare import AXES, METRICS, figure_bar, figure_scatter, loss_curves
from ui.compare.choosing import Chosen, comparable_runs
from ui.components.plot import plot
from ui.shared.run_picker import listed_facts


def show_training(chosen: Sequence[Chosen]) -> None:
    """Three pictures, with what they show in the address."""
    entries = [each.entry for each in chosen]
    table = figures_table(facts_of_runs([each.run for each in chosen]))
    st.subheader("Figures", anchor=False)
    shown = [figure for figure in FIGURES if figure.group != SETTINGS and table[figure.name].notna().any()]
    # A picture each, so that they find their places in any width.
    with st.grid(4, min_column_width=190, gap="small"):
        for figure in shown:
            plot(
                figure_bar(entries, table, figure), key=f"bar_{figure.name}",
                alt=f"{figure.title} of each run. {figure.about}",
            )  # fmt: skip
    if not judged_on_the_same([each.run for each in chosen]):
        st.caption(
            ":material/info: These runs were not all judged on the same validation ratings: part of what separates "
            "their MSE and MAE is which ratings those are."
        )
    if table["stability"].isna().any():
        st.caption("What is not measured yet has no bar: the Quality page of a run measures it.")
    with st.grid(2, min_column_width=420, gap="large"):
        with st.container():
            st.subheader("Loss curves", anchor=False)
            _show_curves(chosen)
        with st.container():
            st.subheader("All runs", anchor=False)
            _show_scatter(chosen)


def _show_curves(chosen: Sequence[Chosen]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = st.segmented_control(
            "Over", AXES, format_func=AXES.get, default="epoch", required=True, key="over", bind="query-params",
            help="Epochs go through the ratings once; steps are batches; seconds are of the training itself.",
        )  # fmt: skip
        metric = st.segmented_control(
            "Loss", METRICS, format_func=str.upper, default="mse", required=True, key="loss", bind="query-params"
        )
        training = st.toggle("Training too", key="with_training", bind="query-params", help="Dotted lines.")
    figure = loss_curves(
        [each.entry for each in chosen],
        [curve_of(each.run) for each in chosen],
        by=by or "epoch",
        metric=metric or "mse",
        training=training,
        kept_epochs=[each.run.info.kept_epoch for each in chosen],
    )
    plot(figure, key="loss_curves", alt="Validation loss of each run")


def _show_scatter(chosen: Sequence[Chosen]) -> None:
    _, labels = comparable_runs()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        axes = [
            st.selectbox(
                title, list(BY_NAME), index=list(BY_NAME).index(first), format_func=lambda name: BY_NAME[name].title,
                key=f"scatter_{title[0].lower()}", bind="query-params", width=190,
            )
            for title, first in (("x: across", "movie_embedding_size"), ("y: up", "val_mse"))
        ]  # fmt: skip
    chosen_entries = {each.run.name: each.entry for each in chosen}
    figure = figure_scatter(figures_table(listed_facts()), labels, chosen_entries, BY_NAME[axes[0]], BY_NAME[axes[1]])
    plot(figure, key="all_runs", alt="One figure against another, a dot for each run")
