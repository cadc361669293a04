"""Which runs the Runs page shows, and how: words to search for, values of settings, groups, and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from recsys_core.quality.facts import RunFacts
from recsys_core.quality.overview import SEED, differing_settings, matching
from recsys_core.settings.numbers import show_number
from recsys_core.settings.shown import Shown, in_order, title_of

DIFFERING, ALL = "What differs", "All settings"
_NO_GROUPS = "none"
_GROUP_TITLES = {_NO_GROUPS: "nothing", SEED: "repeats with other seeds"}
_GROUP = "runs_group"


@dataclass(frozen=True)
class Choice:
    """What the controls say."""

    runs: list[RunFacts]
    """Those that are shown."""
    columns: list[str]
    """Settings that have a column."""
    group_by: str | None
    is_filtered: bool


def choose_runs(runs: Sequence[RunFacts]) -> Choice:
    """Draw the controls and say what they choose of `runs`."""
    differing = differing_settings(runs)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search", key="runs_search", live=True, icon=":material/search:", placeholder="Such as size 16, or adam",
            persist_state="session", width=230,
            help="Every word must be in a run's name, note, data set, state or settings.",
        )  # fmt: skip
        values = _values(runs, differing)
        groups = [_NO_GROUPS, SEED, *(name for name in differing if name != SEED)]
        if st.session_state.get(_GROUP) not in groups:
            # The runs that differed by it are gone.
            st.session_state[_GROUP] = _NO_GROUPS
        group_by = st.selectbox(
            "Group by", groups, key=_GROUP, format_func=lambda name: _GROUP_TITLES.get(name) or title_of(name),
            persist_state="session", width=210,
            help="One row for all runs that share the value. Repeats are runs that differ by their seed alone.",
        )  # fmt: skip
        columns = st.segmented_control(
            "Settings", [DIFFERING, ALL], default=DIFFERING, required=True, key="runs_columns",
            persist_state="session", help="Columns for the settings in which the runs shown differ, or for all.",
        )  # fmt: skip
        only_starred = st.toggle("Starred", key="runs_starred", persist_state="session")
    shown = matching(runs, text, values)
    if only_starred:
        shown = [run for run in shown if run.is_starred]
    every = {name for run in shown for name in run.settings}
    known = differing_settings(shown)
    return Choice(
        shown,
        [name for name in (known if columns == DIFFERING else _in_order(known, every)) if name != "preset"],
        None if group_by == _NO_GROUPS else group_by,
        len(shown) < len(runs),
    )


def _values(runs: Sequence[RunFacts], differing: Sequence[str]) -> dict[str, list[Shown]]:
    """Values of settings to show alone, by setting."""
    n_chosen = sum(bool(st.session_state.get(_key(name))) for name in differing)
    label = f"Filter · {n_chosen}" if n_chosen else "Filter"
    values: dict[str, list[Shown]] = {}
    with st.popover(label, icon=":material/filter_alt:", disabled=not differing, help="Only runs with these settings."):
        for name in differing:
            there = {run.settings[name] for run in runs if name in run.settings}
            options = sorted(there, key=lambda value: (isinstance(value, str), value))
            st.session_state[_key(name)] = [value for value in st.session_state.get(_key(name), []) if value in there]
            values[name] = st.multiselect(
                title_of(name), options, key=_key(name), placeholder="any", persist_state="session",
                format_func=lambda value: value if isinstance(value, str) else show_number(value),
            )  # fmt: skip
    return values


def _key(name: str) -> str:
    return f"runs_only_{name}"


def _in_order(first: Sequence[str], every: set[str]) -> list[str]:
    return [*first, *(name for name in in_order(every) if name not in first)]
