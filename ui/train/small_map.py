"""The map beside the curve: as it takes shape while a model learns, and as it is when a run is chosen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.maps.live_map import LiveMap
from recsys_core.runs.run import Run
from ui.components.map import MapPoints, movie_map
from ui.shared.format import escape_markdown
from ui.shared.run_picker import embeddings
from ui.train.curve import HEIGHT


def small_map(live: LiveMap, caption: str, *, is_moving: bool = False) -> None:
    """Draw it under `caption`, in a frame that stays as it is while it moves."""
    st.markdown(f"**{escape_markdown(caption)}**")
    movie_map(
        MapPoints(live.movies.assign(bias=live.movies.get("bias", np.nan)), live.coordinates),
        key="train_map",
        controls=False,
        titles=True,
        extent=[(-2.6, 2.6), (-2.6, 2.6)] if is_moving else None,
        height=HEIGHT,
    )


def final_map(run: Run) -> LiveMap:
    """The map of a saved run. Raises `RunError`."""
    loaded = embeddings(run)
    return _aligned(str(run.path), run.info.kept_epoch, loaded.movies, loaded.vectors)


@st.cache_data(max_entries=8, show_spinner=False)
def _aligned(path: str, epoch: int, _movies: pd.DataFrame, _vectors: np.ndarray) -> LiveMap:
    return LiveMap.before_training(_movies).moved(epoch, _vectors)
