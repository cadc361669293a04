"""The biases of two runs against each other, and the movies about which they disagree most."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from recsys_core.compare.biases import DEVIATIONS, compare_biases
from recsys_core.explore.evidence import MIN_RATINGS
from ui.charts.biases import short_labels
from ui.charts.disagreement import against_each_other, dumbbells
from ui.compare.choosing import Chosen
from ui.components.plot import plot
from ui.navigation import open_neighbors
from ui.shared.format import format_count

N_LARGEST = 14


def show_biases(first: Chosen, second: Chosen) -> None:
    """Both pictures, with what is chosen in the address. Raises `QueryError`, `RunError`."""
    comparison = compare_biases(first.run, second.run)
    min_ratings = int(
        st.number_input(
            "At least … ratings", 0, 100_000, MIN_RATINGS, step=5, key="bias_ratings", bind="query-params", width=160,
            help="In both runs. Movies with few ratings are hardly moved from zero by training, or by chance alone.",
        )
    )  # fmt: skip
    found, entries = comparison.known(min_ratings), (first.entry, second.entry)
    if len(found) < 2:
        st.info("Fewer than two movies have that many ratings. Lower the minimum.", icon=":material/filter_alt_off:")
        return
    name, unit = comparison.name, comparison.unit
    correlation = comparison.correlation(min_ratings)
    agreement = "" if math.isnan(correlation) else f" Correlation **{correlation:.2f}**."
    st.markdown(
        f"{format_count(len(found), 'movie')} of both runs, on average "
        f"**{found['difference'].abs().mean():.2f}** apart ({unit}).{agreement}"
    )
    if unit == DEVIATIONS:
        st.caption(
            "One of the runs adds its biases up in stars, the other before a sigmoid: both are shown in standard "
            "deviations from their own mean."
        )
    one, other = (found[column].to_numpy(np.float64) for column in ("first", "second"))
    labels, ids = short_labels(found), found["movie_id"].tolist()
    top = slice(N_LARGEST)
    with st.grid(2, min_column_width=420, gap="large"):
        with st.container():
            st.subheader("Against each other", anchor=False)
            st.caption(
                "On the dashed line, both say the same; numbers are those of the list. "
                "Click a dot to see the movie's neighbors."
            )
            figure = against_each_other(
                one, other, labels, ids, entries, numbered=range(len(found))[top], name=name, unit=unit
            )
            plot(
                figure, key="biases_each", alt=f"{name} of {len(found):,} movies in both runs", on_click=open_neighbors
            )
        with st.container():
            st.subheader("Largest disagreements", anchor=False)
            st.caption("Click a dot to see the movie's neighbors.")
            figure = dumbbells(one[top], other[top], labels[top], ids[top], entries, title=f"{name} ({unit})")
            plot(figure, key="biases_largest", alt="Movies whose biases lie farthest apart", on_click=open_neighbors)
