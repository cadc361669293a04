"""What a session has deleted and may still undo: kept until it leaves the Runs page, then gone for good."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from recsys_core.errors import RunError
from recsys_core.runs.keeping.trash import Deleted, discard

_DELETED = "runs_deleted"
PAGE = "runs"
"""Its path in the address."""


def deleted() -> list[Deleted]:
    """What may be undone, the latest last."""
    return st.session_state.setdefault(_DELETED, [])


def let_go(page: str) -> None:
    """Remove for good what was deleted, unless the session is on the Runs page still. page: its path in the address."""
    if page != PAGE:
        for batch in st.session_state.pop(_DELETED, []):
            # What cannot be removed now is when the app starts next.
            with suppress(RunError):
                discard(batch)
