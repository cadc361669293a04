"""Ratings as pages have them: those a run was trained on, and the data set that a visitor looks at and trains on.

The data set is one for all pages, in the address as `?data=id`.
"""

from __future__ import annotations

import streamlit as st

from recsys_core.data.catalog import BUILT_IN, Contents, DataSet, contents_of, load_ratings, remembered
from recsys_core.data.library.folder import OwnDataSet, list_data_sets, own_data_set
from recsys_core.data.movielens import BUILT_IN_NAME
from recsys_core.data.ratings import Ratings
from recsys_core.errors import DataError
from recsys_core.runs.run import Run
from ui.charts.palette import GENRES
from ui.navigation import put_in_address

_PARAMETER = "data"
_KEY = "data_set"
_WIDGET = "data_set_picker"


def ratings_of(run: Run) -> Ratings:
    """All ratings of the run's data, shared by all visitors. Raises `DataError` if they are not there any more."""
    with st.spinner("Reading the ratings …"):
        return load_ratings(run.data_set)


def contents_of_run(run: Run) -> Contents:
    """What is in the run's data, shared by all visitors. Raises `DataError` if it is not there any more."""
    data_set = remembered(run.data_set)
    return _contents(data_set.id, data_set.fingerprint, data_set)


@st.cache_resource(max_entries=8, show_spinner="Looking at the data set …")
def _contents(data_id: str, fingerprint: str, _data_set: DataSet) -> Contents:
    return contents_of(_data_set)


def genres_of(data_id: str) -> tuple[str, ...]:
    """The genres that items of a data set have, by name; none for one that is damaged."""
    own = own_data_set(data_id)
    if own is None:
        return GENRES
    try:
        return _genres(data_id, own.info.fingerprint)
    except DataError:
        return ()


@st.cache_data(max_entries=8, show_spinner=False)
def _genres(data_id: str, fingerprint: str) -> tuple[str, ...]:
    own = own_data_set(data_id)
    return () if own is None else tuple(sorted(each.genre for each in own.aggregates.genres if each.genre))


def chosen_data_set() -> str:
    """The id of the data set that is chosen: the address decides, then what was chosen before; else the built-in one.

    One that is not there any more is not chosen any more.
    """
    there = data_sets()
    for wanted in (st.query_params.get(_PARAMETER), st.session_state.get(_KEY)):
        if wanted in there:
            _remember(wanted)
            return wanted
    _remember(BUILT_IN)
    return BUILT_IN


def choose_data_set(data_id: str) -> None:
    """Make it the chosen one from the next run of the page on."""
    _remember(data_id)


def data_sets() -> dict[str, str]:
    """Id -> label of the data sets that can be trained on, the built-in one first. Damaged ones are left out."""
    labels = {BUILT_IN: f"{BUILT_IN_NAME} · built in"}
    for found in list_data_sets():
        label = _label(found)
        if label is not None:
            labels[found.id] = label if label not in labels.values() else f"{label} · {found.id}"
    return labels


def data_set_picker(help: str) -> str:
    """A select box of the data sets; returns the id of the chosen one."""
    labels, chosen = data_sets(), chosen_data_set()
    st.session_state[_WIDGET] = chosen

    def take() -> None:
        _remember(st.session_state[_WIDGET])

    st.selectbox("Data set", list(labels), key=_WIDGET, format_func=lambda each: labels.get(each, each),
                 on_change=take, help=help)  # fmt: skip
    return chosen


def _remember(data_id: str) -> None:
    st.session_state[_KEY] = data_id
    put_in_address(_PARAMETER, None if data_id == BUILT_IN else data_id)


def _label(found: OwnDataSet) -> str | None:
    try:
        return f"{found.info.name} · {found.info.n_ratings:,} ratings"
    except DataError:
        return None
