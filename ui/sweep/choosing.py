"""Which sweep is looked at, in the address as `?study=name`, and which of its trials; what callbacks have to say."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from recsys_core.sweeps.view import StudyView
from ui.navigation import put_in_address

STUDY, TRIAL = "study", "trial"
"""Of the page's address."""
_STUDY_KEY = "sweep_study"


def chosen_study(at_work: Sequence[str]) -> str | None:
    """The name in the address, else what this session looked at last, else one `at_work`; None for a new one."""
    first = at_work[0] if at_work else None
    name = st.query_params.get(STUDY) or st.session_state.get(_STUDY_KEY, first)
    look_at(name)
    return name


def look_at(name: str | None) -> None:
    """Show this study from now on; None for the form of a new one."""
    if name is None or name != st.session_state.get(_STUDY_KEY, name):
        put_in_address(TRIAL, None)
    st.session_state[_STUDY_KEY] = name
    put_in_address(STUDY, name)


def chosen_trial(view: StudyView) -> int | None:
    """The trial in the address, else the best one, else one under way, else the last; None where there is none."""
    numbers = [each.number for each in view.trials]
    asked = st.query_params.get(TRIAL, "")
    if asked.isdecimal() and int(asked) in numbers:
        return int(asked)
    if view.best is not None:
        return view.best
    under_way = [each.number for each in view.trials if each.state == "running"]
    return next(iter([*view.front, *under_way, *numbers[-1:]]), None)


def choose_trial(number: int) -> None:
    """For clicks."""
    put_in_address(TRIAL, str(number))


def follow_best() -> None:
    """For a click: show the best one, whichever it is."""
    put_in_address(TRIAL, None)
