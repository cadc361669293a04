"""The predictions of two runs against each other, and the ratings about which they disagree most."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.compare.predictions import PredictionComparison, compare_predictions, is_for_tensorflow
from recsys_core.jobs.work import Lane, Work, identity
from ui.charts.biases import short_labels
from ui.charts.disagreement import against_each_other, dumbbells
from ui.compare.biases import N_LARGEST
from ui.compare.choosing import Chosen
from ui.components.plot import plot
from ui.navigation import open_neighbors
from ui.shared.format import format_count
from ui.shared.waiting import result_of

_TITLE = 22
"""Characters of a title beside which a user has room."""


def show_predictions(first: Chosen, second: Chosen) -> None:
    """Figures, then both pictures. Raises `RunError`."""
    runs = first.run, second.run
    comparison = result_of(
        Work(
            "predictions of two runs",
            (*identity(runs[0]), *identity(runs[1])),
            "Comparing predictions",
            lambda tell, should_stop: compare_predictions(*runs, on_progress=tell, should_stop=should_stop),
            Lane.TENSORFLOW if is_for_tensorflow(*runs) else Lane.LONG,
            slot="predictions of two runs",
        )
    )
    if comparison is None:
        return
    pairs, entries = comparison.pairs, (first.entry, second.entry)
    _figures(comparison, first, second)
    order = np.argsort(-pairs["difference"].abs().to_numpy(), kind="stable")
    ranked, largest = pairs.iloc[order], comparison.largest(N_LARGEST)
    with st.grid(2, min_column_width=420, gap="large"):
        with st.container():
            st.subheader("Against each other", anchor=False)
            st.caption(
                "On the dashed line, both predict the same; numbers are those of the list. "
                "Click a dot to see the movie's neighbors."
            )
            figure = against_each_other(
                *(ranked[column].to_numpy(np.float64) for column in ("first", "second")),
                _labels(ranked), ranked["movie_id"].tolist(), entries,
                numbered=ranked.index.get_indexer(largest.index).tolist(), name="Predicted", unit="stars",
            )  # fmt: skip
            plot(
                figure,
                key="predictions_each",
                alt=f"Predictions of {len(pairs):,} ratings by both runs",
                on_click=open_neighbors,
            )
        with st.container():
            st.subheader("Largest disagreements", anchor=False)
            is_rated = comparison.source == "validation"
            st.caption(f"Each movie and each user once{', and what was given' if is_rated else ''}.")
            figure = dumbbells(
                *(largest[column].to_numpy(np.float64) for column in ("first", "second")),
                _labels(largest), largest["movie_id"].tolist(), entries, title="Stars",
                truth=largest["rating"].to_numpy(np.float64) if is_rated else None, truth_name="Given",
            )  # fmt: skip
            plot(
                figure,
                key="predictions_largest",
                alt="Ratings whose predictions lie farthest apart",
                on_click=open_neighbors,
            )


def _figures(comparison: PredictionComparison, first: Chosen, second: Chosen) -> None:
    n_pairs = len(comparison.pairs)
    if comparison.source == "validation":
        sample = f", {n_pairs:,} of them drawn" if comparison.n_shared > n_pairs else ""
        st.markdown(
            f"On the **{format_count(comparison.n_shared, 'validation rating')}** that neither run was trained "
            f"on{sample}."
        )
    else:
        few = f"only {comparison.n_shared:,}" if comparison.n_shared else "none"
        st.markdown(
            f"On **{n_pairs:,} pairs of users and movies** that both runs know, drawn at random. Of validation "
            f"ratings they share {few}: too few to say which of them is right."
        )
    with st.container(horizontal=True, gap="large"):
        st.metric(
            "They lie apart by", f"{comparison.mean_difference:.2f} stars", width="content",
            help="Mean distance of the two predictions of the same rating.",
        )  # fmt: skip
        if not np.isnan(comparison.correlation):
            st.metric("Correlation", f"{comparison.correlation:.2f}", width="content", help="Pearson's r of the two.")
        if comparison.source == "drawn":
            return
        for chosen, error in zip((first, second), comparison.mean_errors, strict=True):
            st.metric(
                f"{chosen.letter} errs by", f"{error:.2f} stars", width="content",
                help="Mean distance from what was given: what the first figure is held against.",
            )  # fmt: skip
        st.metric(
            f"{second.letter} is nearer", f"{comparison.share_nearer:.0%}", width="content",
            help=f"Share of these ratings that {second.letter} predicts better than {first.letter}; 50% is a draw.",
        )  # fmt: skip


def _labels(pairs: pd.DataFrame) -> list[str]:
    titles = zip(short_labels(pairs, _TITLE), pairs["user_id"], strict=True)
    return [f"{title} · user {user}" for title, user in titles]
