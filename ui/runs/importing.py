"""Bringing runs back from a zip."""

from __future__ import annotations

import streamlit as st

from recsys_core.runs.keeping.archive import import_runs
from ui.shared.messages import attempt, say

_KEY = "runs_upload"
_ROUND = "runs_upload_round"


def import_button() -> None:
    """Draw the button, behind which a zip can be given."""
    # A new field after each zip: it is done with, and the next may have the same name.
    key = f"{_KEY}_{st.session_state.setdefault(_ROUND, 0)}"
    with st.popover("Import", icon=":material/upload:", help="Runs that were downloaded here or elsewhere."):
        st.file_uploader(
            "A zip of runs", type="zip", key=key, on_change=attempt, args=(_take, key),
            help="Larger ones: `python -m recsys_core runs import`.",
        )  # fmt: skip


def _take(key: str) -> None:
    given = st.session_state.get(key)
    if given is None:
        return
    st.session_state[_ROUND] += 1
    runs = import_runs(given, name=given.name)
    named = ", ".join(f"“{run.label}”" for run in runs)
    say(f"Imported {named}.")
