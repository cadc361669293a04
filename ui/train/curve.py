"""The loss curve of the Train page, with its choice of loss and of scale."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys_core.jobs.messages import Progress
from recsys_core.settings.presets import PRESETS
from ui.charts import training
from ui.components.live_plot import live_plot
from ui.shared.format import escape_markdown

HEIGHT = 430
"""px, of the curve with its choices and of the map beside it."""


def curve(
    history: pd.DataFrame,
    baselines: dict[str, float] | None,
    preset: str,
    *,
    title: str,
    kept_epoch: int | None = None,
    n_epochs: int | None = None,
    so_far: Progress | None = None,
) -> None:
    """Draw it under `title`; the other values as for `charts.training.loss_curve`."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{escape_markdown(title)}**")
        metric = st.segmented_control(
            "Loss",
            ["mse", "mae"],
            default="mse",
            required=True,
            format_func=str.upper,
            key="train_metric",
            label_visibility="collapsed",
            persist_state="session",
        )
        log = st.toggle("Log scale", key="train_log", help="Logarithmic loss axis.", persist_state="session")
    about = PRESETS.get(preset)
    figure = training.loss_curve(
        history,
        baselines,
        notebook=about.printed_mse if about and metric == "mse" else None,
        metric=metric,
        log=log,
        kept_epoch=kept_epoch,
        n_epochs=n_epochs,
        so_far=so_far and (so_far.epoch, so_far.train_mse if metric == "mse" else so_far.train_mae),
    )
    live_plot(figure, key="train_curve", height=HEIGHT - 60, description=f"{title}: loss by epoch")
