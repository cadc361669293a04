"""A Plotly figure that changes in place, drawn with the map's copy of plotly.js.

`st.plotly_chart` draws anew after every change, and has the browser evaluate a copy of its own: 1.7 s of a processor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import plotly.graph_objects as go
import plotly.io as pio
import streamlit as st

from ui.components.served import modules_url, plotly_url

_HERE = Path(__file__).parent
_HEIGHT = 450

_component = st.components.v2.component(
    "plot",
    html='<div class="plotly-figure"></div>',
    js=(_HERE / "plot.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


@dataclass(frozen=True)
class Encoded:
    """A figure as the browser is sent it: `spec` is the JSON of its data and layout, `height` in px."""

    spec: str
    height: int


def encoded(figure: go.Figure) -> Encoded:
    """Once for all times that `figure` is drawn. Its height is its layout's, or 450 px."""
    spec = figure.to_dict()
    # Colors and fonts come from the page's theme, in the browser.
    layout = {name: value for name, value in spec["layout"].items() if name != "template"}
    return Encoded(pio.to_json(spec | {"layout": layout}, validate=False), layout.get("height", _HEIGHT))


def plot(
    figure: go.Figure | Encoded,
    *,
    key: str,
    alt: str,
    height: int | None = None,
    on_click: Callable[[int], None] | None = None,
) -> None:
    """Draw `figure` without tools, or bring the one with this `key` up to date.

    alt: what is drawn, in a few words, for those who do not see it. height: in px, the figure's own if None.
    on_click: gets the whole number that a clicked point has for its `customdata`, or that this begins with, before the
    page or fragment runs again.
    """  # fmt: skip

    def clicked() -> None:
        # A plot that is not drawn any more may still have said something, and has no state by then.
        event = (st.session_state.get(key) or {}).get("clicked")
        if on_click is not None and event is not None:
            on_click(int(event["number"]))

    drawn = figure if isinstance(figure, Encoded) else encoded(figure)
    _component(
        key=key,
        data={
            "modules": modules_url(),
            "plotly": plotly_url(),
            "figure": drawn.spec,
            "height": height or drawn.height,
            "alt": alt,
            "clickable": on_click is not None,
        },
        on_clicked_change=clicked,
    )
