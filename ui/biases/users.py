"""Users by their bias, against the mean rating that they give."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys_core.runs.run import Run
from ui.biases.means import choose_means, expected_biases
from ui.charts.biases import offsets_against_means
from ui.components.plot import plot


def user_chart(run: Run, users: pd.DataFrame, unit: str) -> None:
    """A dot for each user with a bias."""
    known = users[users["bias"].notna()]
    st.subheader("User bias against mean rating", anchor=False)
    st.caption(
        "A user with a high bias gives more stars than others do to the same movies; what is left for the embedding "
        "is taste."
    )
    means, mean_name = choose_means(known, key="user_mean", what="user")
    figure = offsets_against_means(
        known,
        "bias",
        means,
        labels=[f"User {user_id}" for user_id in known["user_id"]],
        name="User bias",
        mean_name=mean_name,
        unit=unit,
        expected=expected_biases(run, known, means),
    )
    plot(figure, key="user_scatter", alt=f"Bias of {len(known):,} users")
