"""A Plotly figure that changes in place. `st.plotly_chart` draws anew after every change, and blinks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import plotly.graph_objects as go
import plotly.io as pio
import streamlit as st

from ui.components.served import modules_url, plotly_url

_HERE = Path(__file__).parent

_plot = st.components.v2.component(
    "live_plot",
    html='<div class="live-plot"></div>',
    js=(_HERE / "plot.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def live_plot(
    figure: go.Figure, *, key: str, height: int, description: str, on_click: Callable[[int], None] | None = None
) -> None:
    """Draw `figure` without tools, or bring the one with this `key` up to date.

    height: in px. description: what is drawn, in a few words, for those who do not see it.
    on_click: gets the whole number that a clicked point has for its `customdata`, before the page or fragment runs
    again.
    """

    def clicked() -> None:
        # A plot that is not drawn any more may still have said something, and has no state by then.
        event = (st.session_state.get(key) or {}).get("clicked")
        if on_click is not None and event is not None:
            on_click(int(event["number"]))

    spec = figure.to_dict()
    # Colors and fonts come from the page's theme, in the browser.
    bare = spec | {"layout": {name: value for name, value in spec["layout"].items() if name != "template"}}
    _plot(
        key=key,
        data={
            "modules": modules_url(),
            "plotly": plotly_url(),
            "figure": pio.to_json(bare, validate=False),
            "height": height,
            "description": description,
            "clickable": on_click is not None,
        },
        on_clicked_change=clicked,
    )
