"""The mean ratings that biases are drawn against: plain or damped, and the bias that a mean alone would ask for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.explore.yardsticks import DAMPING, damped_means, means_as_offsets, overall_mean
from recsys_core.runs.run import Run

_PLAIN, _DAMPED = "Mean rating", "Damped mean"


def choose_means(rows: pd.DataFrame, *, key: str, what: str) -> tuple[np.ndarray, str]:
    """The chosen means of `rows`, in stars `(n_rows,)`, and what they are called. `what` the rows are: "movie"."""
    chosen = st.segmented_control(
        "Across", (_PLAIN, _DAMPED), default=_PLAIN, required=True, key=key, bind="query-params",
        help=f"The damped mean draws a {what}'s mean towards the overall mean, as if there were {DAMPING} more ratings "
        "at it: few ratings, little trust.",
    )  # fmt: skip
    if chosen == _DAMPED:
        return damped_means(rows["mean_rating"].to_numpy(), rows["n_ratings"].to_numpy()), chosen
    return rows["mean_rating"].to_numpy(np.float64), _PLAIN


def expected_biases(run: Run, rows: pd.DataFrame, means: np.ndarray) -> np.ndarray:
    """The bias that each of `means` alone would ask for, in the run's unit; `rows` tell the overall mean."""
    overall = overall_mean(rows["mean_rating"].to_numpy(), rows["n_ratings"].to_numpy())
    return means_as_offsets(means, overall, run.info.prediction.output_range)
