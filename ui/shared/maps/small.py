"""A small map without tools: a picture with tooltips, as it takes shape or came out."""

from __future__ import annotations

import numpy as np
import streamlit as st

from recsys_core.maps.live_map import LiveMap
from ui.components.map import MapPoints, movie_map, region_labels
from ui.shared.format import escape_markdown


def small_map(live: LiveMap, caption: str, *, key: str, height: int, is_moving: bool = False) -> None:
    """Draw it under `caption`, in a frame that stays as it is while it moves. height: in px."""
    st.markdown(f"**{escape_markdown(caption)}**")
    movie_map(
        MapPoints(live.movies.assign(bias=live.movies.get("bias", np.nan)), live.coordinates),
        key=key,
        labels=region_labels(live.movies, live.coordinates),
        controls=False,
        titles=True,
        extent=[(-2.6, 2.6), (-2.6, 2.6)] if is_moving else None,
        height=height,
    )
