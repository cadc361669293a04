"""What a session has deleted and may still undo: kept until it leaves the page where it did, then gone for good."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import streamlit as st

from recsys_core.errors import RunError, SweepError
from recsys_core.runs.keeping.trash import Deleted, discard

if TYPE_CHECKING:
    from recsys_core.sweeps.desk import DeletedStudy

_RUNS, _STUDIES = "runs_deleted", "sweep_deleted"
_RUNS_PAGE, _SWEEP_PAGE = "runs", "sweep"
"""Their paths in the address."""


def deleted() -> list[Deleted]:
    """Runs that may be brought back, the latest last."""
    return st.session_state.setdefault(_RUNS, [])


def deleted_studies() -> list[DeletedStudy]:
    """Sweeps that may be brought back, the latest last."""
    return st.session_state.setdefault(_STUDIES, [])


def let_go(page: str) -> None:
    """Remove for good what was deleted, unless the session is still on the page where it was. page: its path in the
    address."""
    # What cannot be removed now is when the app starts next.
    if page != _RUNS_PAGE:
        for batch in st.session_state.pop(_RUNS, []):
            with suppress(RunError):
                discard(batch)
    if page != _SWEEP_PAGE:
        _let_studies_go(st.session_state.pop(_STUDIES, []))


def _let_studies_go(studies: list[DeletedStudy]) -> None:
    if not studies:
        return
    from recsys_core.sweeps import desk  # Which the app's start has no use for.

    for study in studies:
        with suppress(SweepError):
            desk.discard(study)
