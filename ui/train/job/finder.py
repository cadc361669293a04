"""The learning-rate finder: the curve as it grows, and the rate it suggests."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys_core.jobs.status import JobStatus
from recsys_core.settings.names import name_of
from recsys_core.settings.numbers import show_number
from recsys_core.training.rate_finder import HIGHEST, LOWEST
from ui.charts import training
from ui.components.plot import plot
from ui.shared.watching import look_away
from ui.train.chosen import change_settings, use_learning_rate
from ui.train.job.pictures import HEIGHT
from ui.train.job.progress import progress_with_stop


def finder_view(job: JobStatus) -> None:
    """Draw a search for a learning rate, under way or done: one picture, in which only the curve grows."""
    st.markdown("**Learning-rate finder**")
    found = job.found
    rates = found.learning_rates if found else [each.learning_rate for each in job.tried]
    losses = found.mse if found else [each.mse for each in job.tried]
    plot(
        training.learning_rate_sweep(
            pd.DataFrame({"learning_rate": rates, "mse": losses}), found and found.suggested, (LOWEST, HIGHEST)
        ),
        key="train_finder",
        height=HEIGHT,
        alt="Loss by learning rate",
    )
    st.caption(
        "Loss over one pass while the rate rises. Good rates lie where it falls steeply, well before it turns upwards: "
        "suggested is the middle of its longest fall."
    )
    if found is None:
        progress_with_stop(job, f"Finding a learning rate for “{name_of(job.task.config)}”", "Nothing is kept of it.")
        return
    with st.container(horizontal=True):
        st.button(
            f"Use {show_number(found.suggested)}",
            type="primary",
            icon=":material/check:",
            on_click=_use,
            args=(found.suggested,),
        )
        st.button("Close", type="tertiary", icon=":material/close:", on_click=look_away)


def _use(learning_rate: float) -> None:
    change_settings(use_learning_rate, learning_rate)
    look_away()
