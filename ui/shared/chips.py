"""Genres as chips in the colors they have everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from recsys_core.explore.labels import NO_GENRE
from ui.charts.palette import genre_color

_CHIP = (
    '<span style="display:inline-flex;align-items:center;gap:.4em;margin:0 .35em .3em 0;padding:.08em .65em;'
    'border:1px solid {color};border-radius:1em;font-size:.85rem">'
    '<span style="width:.6em;height:.6em;border-radius:50%;background:{color}"></span>{name}</span>'
)


def genre_chips(genres: Sequence[str]) -> None:
    """Draw a chip for each genre; one that says there is none, if there is none."""
    st.html("".join(_CHIP.format(color=genre_color(genre), name=escape(genre)) for genre in genres or (NO_GENRE,)))
