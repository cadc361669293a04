"""Which run stands beside the first: none until one is chosen, one for all pages that have two, in the URL."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys_core.runs.damage import damage_of
from recsys_core.runs.run import Run
from ui.navigation import put_in_address
from ui.shared.format import escape_markdown
from ui.shared.run_picker import picker_labels, usable_runs

_PARAMETER = "beside"
_KEY = "beside_run"
_NONE = ""
_NOTHING = "no other run"


def choose_beside(run: Run, row: DeltaGenerator, *, key: str) -> Run | None:
    """The field to choose it with, drawn in `row`, and what it says; `key` is the widget's, another one on each page.

    One that is not there, or damaged, is left out, with a message where this is called.
    """
    usable = usable_runs()
    labels = picker_labels(usable)
    others = {each.name: each for each in usable if each.name != run.name}
    wanted = st.query_params.get(_PARAMETER, st.session_state.get(_KEY)) or _NONE
    if wanted not in (_NONE, run.name) and wanted not in others:
        st.warning(
            f"The run “{escape_markdown(wanted[:80])}” is not there (any more), or damaged: no list stands beside.",
            icon=":material/folder_off:",
        )
    elif wanted in others and (damage := damage_of(others[wanted], thorough=True)):
        st.warning(escape_markdown(f"{damage} It is left out."), icon=":material/broken_image:")
        del others[wanted]
    st.session_state[_KEY] = st.session_state[key] = wanted if wanted in others else _NONE

    def take() -> None:
        st.session_state[_KEY] = st.session_state[key]
        _put_in_url()

    name = row.selectbox(
        "Beside it", [_NONE, *others], key=key, format_func=lambda name: labels.get(name, _NOTHING),
        on_change=take, width=260, disabled=not others,
        help="A second run, whose list then stands beside this one's. Train another one to have a choice."
        if not others else "A second run, whose list then stands beside this one's.",
    )  # fmt: skip
    _put_in_url()
    return others.get(name)


def _put_in_url() -> None:
    put_in_address(_PARAMETER, st.session_state[_KEY] or None)
