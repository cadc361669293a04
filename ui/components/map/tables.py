"""Which columns the browser of a session has got, so that none is sent twice."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

_PROVIDED = "map_tables"


def is_new_here(table_id: str) -> bool:
    """True once for each table and session: when this is first asked, or first after `forget_tables`."""
    provided = st.session_state.setdefault(_PROVIDED, set())
    is_new = table_id not in provided
    provided.add(table_id)
    return is_new


def forget_tables(ids: Iterable[str]) -> None:
    """For a callback: these tables have not come, because the run of the page that sent them was cut short, or the
    browser has dropped them for newer ones.
    """
    st.session_state.setdefault(_PROVIDED, set()).difference_update(ids)
