"""What differs between the runs in their settings and data: a small table, a column a run."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from recsys_core.compare.differing import differing
from ui.compare.choosing import Chosen

_CELL = "padding:.32rem .9rem .32rem 0;text-align:left;vertical-align:top;border:0;"
_LINE = "border-top:1px solid rgba(139,146,158,.28);"
_LETTER = (
    '<span style="display:inline-block;min-width:1.35em;margin-right:.45em;padding:0 .3em;border-radius:.35em;'
    'text-align:center;color:#fff;font-weight:600;background:{color}">{letter}</span>'
)


_AT_ONCE = 8
"""Rows shown at once: the figures below are what people came for."""


def show_differences(chosen: Sequence[Chosen]) -> None:
    """The names of the runs with their letters, and a row for each setting that is not the same for all of them."""
    found = differing([each.run for each in chosen])
    head = "".join(
        f'<th scope="col" style="{_CELL}font-weight:600">{_LETTER.format(color=each.entry.color, letter=each.letter)}'
        f"{escape(each.entry.label)}</th>"
        for each in chosen
    )
    rows = [
        f'<tr><th scope="row" title="{escape(each.help, quote=True)}" style="{_CELL}{_LINE}font-weight:400;'
        f'opacity:.75">{escape(each.name)}</th>'
        + "".join(f'<td style="{_CELL}{_LINE}">{escape(value)}</td>' for value in each.values)
        + "</tr>"
        for each in found
    ]
    corner = "What differs" if found else "Same settings"
    header = f'<thead><tr><th scope="col" style="{_CELL}font-weight:400;opacity:.75">{corner}</th>{head}</tr></thead>'
    at_once = _AT_ONCE if len(rows) > _AT_ONCE + 1 else len(rows)
    _table(header, rows[:at_once])
    if rows[at_once:]:
        with st.expander(f"{len(rows) - at_once} more settings differ"):
            _table(header, rows[at_once:])
    if not found and len(chosen) > 1:
        st.caption(
            "All settings and data of these runs are the same, the seed too: they differ by chance alone, if at all."
        )


def _table(header: str, rows: Sequence[str]) -> None:
    st.html(
        '<div style="overflow-x:auto"><table style="border-collapse:collapse;font-size:.95rem">'
        f"{header}<tbody>{''.join(rows)}</tbody></table></div>"
    )
