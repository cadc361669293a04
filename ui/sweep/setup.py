"""A new sweep: what it starts from, what it varies, what it seeks, and the button that begins it."""

from __future__ import annotations

import datetime

import streamlit as st

from recsys_core.errors import RecsysError
from recsys_core.models.registry import ARCHITECTURES
from recsys_core.runs.presets import all_presets, find_any_preset
from recsys_core.runs.store import find_run
from recsys_core.settings.train_config import TrainConfig
from recsys_core.sweeps import desk
from recsys_core.sweeps.folder import check_name
from recsys_core.sweeps.plan import SweepPlan
from ui.shared.format import escape_markdown, shorten
from ui.shared.messages import attempt, error_text
from ui.shared.ratings import chosen_data_set, data_set_picker, data_sets
from ui.shared.run_picker import picker_labels, usable_runs
from ui.sweep.choosing import look_at
from ui.sweep.goal import budget, goal, read_goal
from ui.sweep.vary import read_varied, vary

_BASE, _NAME = "sweep_base", "sweep_name"
_PARAMETER = "base"
"""Of the page's address: the run whose settings a sweep is to start from."""


def setup() -> None:
    """Draw the form."""
    with st.container(border=True):
        grid = st.grid(2, min_column_width=330, gap="large")
        with grid.cell():
            _base()
            budget()
        with grid.cell():
            goal()
        vary(_read_base()[0])
        problem = ""
        try:
            check_name(_read_plan().name)
        except RecsysError as error:
            problem = str(error)
        message = st.container()
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                "Name", key=_NAME, placeholder="of the preset and the time", max_chars=60, width=260,
                persist_state="session",
                help="Letters, digits, dots, dashes and underscores, as it is in the address. Spaces become dashes.",
            )  # fmt: skip
            st.button(
                "Start the sweep", key="sweep_go", type="primary", icon=":material/play_arrow:", disabled=bool(problem),
                on_click=attempt, args=(_start,),
            )  # fmt: skip
        if problem:
            message.error(error_text(problem), icon=":material/error:")


def _start() -> None:
    look_at(desk.start(_read_plan()))
    st.session_state[_NAME] = ""


def _read_plan() -> SweepPlan:
    """As the form says now: what was typed last may have come with the click. Raises `RecsysError`."""
    base, data_set = _read_base()
    wanted = read_goal()
    return SweepPlan(
        name="-".join(st.session_state.get(_NAME, "").split()) or f"{base.preset}-{datetime.datetime.now():%m%d-%H%M}",
        base=base,
        data_set=data_set,
        dimensions=read_varied(base),
        objectives=wanted.objectives,
        constraints=wanted.constraints,
        n_trials=wanted.n_trials,
        minutes=wanted.minutes,
        seeds=wanted.seeds,
    )


def _read_base() -> tuple[TrainConfig, str]:
    """The settings that it starts from, and the id of the data set. Raises `RunError` for a run that is gone."""
    kind, _, name = st.session_state[_BASE].partition(":")
    if kind == "run":
        run = find_run(name)
        return run.info.config, run.data_set.id
    return find_any_preset(name).config, chosen_data_set()


def _base() -> None:
    presets = all_presets()
    runs = {f"run:{name}": f"run {shorten(label, 70)}" for name, label in picker_labels(usable_runs()).items()}
    options = {f"preset:{name}": name for name in presets} | runs
    asked = f"run:{st.query_params.pop(_PARAMETER)}" if _PARAMETER in st.query_params else st.session_state.get(_BASE)
    st.session_state[_BASE] = asked if asked in options else "preset:default"
    picked = st.selectbox(
        "Start from the settings of", list(options), key=_BASE, format_func=options.__getitem__,
        persist_state="session", help="All that is not varied stays as it is there.",
    )  # fmt: skip
    kind, _, name = picked.partition(":")
    if kind == "run":
        info = find_run(name).info
        st.caption(
            escape_markdown(f"{ARCHITECTURES[info.config.architecture].title}, on its ratings: {info.data.name}.")
        )
        return
    st.caption(escape_markdown(presets[name].about))
    if len(data_sets()) > 1:
        data_set_picker("What is trained on. The Data page shows what is in it, and adds others.")
