"""The two pictures of the Train page, side by side: the loss curve, and the map as it takes shape or came out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys_core.explore.evidence import least_ratings
from recsys_core.jobs.messages import Progress
from recsys_core.maps.live_map import LiveMap
from recsys_core.runs.run import Run
from recsys_core.settings.presets import PRESETS
from ui.charts import training
from ui.components.figures import kept_figure
from ui.components.plot import plot
from ui.shared.format import escape_markdown
from ui.shared.maps.small import small_map as draw_small_map
from ui.shared.run_picker import embeddings, era_in_view

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
    run: Run | None = None,
) -> None:
    """Draw it under `title`; `run` is whose it is, if saved; the others as for `charts.training.loss_curve`."""
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

    def draw() -> go.Figure:
        return training.loss_curve(
            history,
            baselines,
            notebook=about.printed_mse if about and metric == "mse" else None,
            metric=metric,
            log=log,
            kept_epoch=kept_epoch,
            n_epochs=n_epochs,
            so_far=so_far and (so_far.epoch, so_far.train_mse if metric == "mse" else so_far.train_mae),
        )

    figure = draw() if run is None else kept_figure(run, "loss curve", (metric, log), draw)
    plot(figure, key="train_curve", height=HEIGHT - 60, alt=f"{title}: loss by epoch")


def small_map(live: LiveMap, caption: str, *, is_moving: bool = False) -> None:
    """Draw it under `caption`, in a frame that stays as it is while it moves."""
    draw_small_map(live, caption, key="train_map", height=HEIGHT, is_moving=is_moving)


def final_map(run: Run) -> LiveMap:
    """The map of a saved run. Raises `RunError`."""
    loaded = embeddings(run)
    rows = np.flatnonzero(loaded.n_ratings >= least_ratings(loaded.movies))
    return _aligned(
        str(run.path), run.stamp, era_in_view(), loaded.movies.iloc[rows].reset_index(drop=True), loaded.vectors[rows]
    )


@st.cache_data(max_entries=8, show_spinner=False)
def _aligned(path: str, stamp: int, era: str, _movies: pd.DataFrame, _vectors: np.ndarray) -> LiveMap:
    return LiveMap.before_training(_movies).moved(1, _vectors)
