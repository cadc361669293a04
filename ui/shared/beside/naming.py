"""The name of a run above what is shown of it, where another one's stands beside."""

from __future__ import annotations

from html import escape

import streamlit as st

_LINE = "white-space:nowrap;overflow:hidden;text-overflow:ellipsis"


def name_line(letter: str, label: str) -> None:
    """ "A · default, size 16", in one line however long it is: what is below starts at one height for both.

    All of it shows when it is pointed at.
    """
    st.html(f'<div title="{escape(label, quote=True)}" style="{_LINE}"><b>{letter}</b> · {escape(label)}</div>')
