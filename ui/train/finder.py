"""The learning-rate finder: its progress, and the curve with the rate it suggests."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys_core.jobs.status import JobStatus
from recsys_core.settings.names import name_of
from ui.charts import training
from ui.shared.watching import look_away
from ui.train.chosen import change_settings, use_learning_rate
from ui.train.pictures import HEIGHT
from ui.train.progress import progress_with_stop


def finder_view(job: JobStatus) -> None:
    """Draw a search for a learning rate, under way or done."""
    st.markdown("**Learning-rate finder**")
    if job.found is None:
        progress_with_stop(job, f"Finding a learning rate for “{name_of(job.task.config)}”", "Nothing is kept of it.")
        return
    suggested = job.found.suggested
    st.plotly_chart(
        training.learning_rate_sweep(
            pd.DataFrame({"learning_rate": job.found.learning_rates, "mse": job.found.mse}), suggested
        ),
        key="train_sweep",
        height=HEIGHT,
        config={"displayModeBar": False},
    )
    st.caption(
        "Loss over one pass while the rate rises. Good rates lie where it falls steeply, well before it turns upwards."
    )
    with st.container(horizontal=True):
        st.button(
            f"Use {suggested:.2g}",
            type="primary",
            icon=":material/check:",
            on_click=_use,
            args=(suggested,),
        )
        st.button("Close", type="tertiary", icon=":material/close:", on_click=look_away)


def _use(learning_rate: float) -> None:
    change_settings(use_learning_rate, learning_rate)
    look_away()
