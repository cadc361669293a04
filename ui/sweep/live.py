"""A sweep as it stands: how far it is, its pictures, its trials, and the one that is looked at.

One fragment draws all of it, as of one look. The whole page runs again when what it consists of changes: the study
begins or ends its work, or a map that was waited for is there.
"""

from __future__ import annotations

import streamlit as st

from recsys_core.errors import SweepError
from recsys_core.sweeps import desk
from recsys_core.sweeps.view import StudyView
from ui.sweep.choosing import chosen_trial
from ui.sweep.head import head
from ui.sweep.pictures import curves_and_best, varied
from ui.sweep.table import trials_table
from ui.sweep.trial import awaits_map, trial_panel

_REFRESH_SECONDS = 1.0


def study(view: StudyView) -> None:
    """Draw it, and go on drawing while there is news."""
    is_watched = _has_news(view)
    with st.container():
        st.fragment(_draw, run_every=_REFRESH_SECONDS if is_watched else None)(view.name, view.state, is_watched)


def _has_news(view: StudyView) -> bool:
    return view.is_at_work or awaits_map(view, chosen_trial(view))


def _draw(name: str, state: str, is_watched: bool) -> None:
    try:
        view = desk.view(name)
    except SweepError:
        # Deleted meanwhile: the page says so.
        st.rerun(scope="app")
    if view.state != state or _has_news(view) != is_watched:
        st.rerun(scope="app")
    number = chosen_trial(view)
    with st.container():
        head(view)
    with st.container():
        curves_and_best(view, number)
    grid = st.grid(2, min_column_width=330, gap="medium")
    with grid.cell():
        trials_table(view, number)
    with grid.cell():
        trial_panel(view, number)
    with st.container():
        varied(view, number)
