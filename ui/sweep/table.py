"""The trials as a table: a click on a number looks at that trial."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import streamlit as st

from recsys_core.quality.trial_figures import FIGURES
from recsys_core.sweeps.view import StudyView, TrialView
from ui.sweep.choosing import choose_trial

_FEWEST_ROWS, _ROWS_IN_SIGHT = 4, 13
_ROW_PX = 35
_LOOK_KEY = "sweep_look_at"
_NUMBER = st.column_config.NumberColumn
_STATES = {"finished": "✓ finished", "pruned": "✂ pruned", "running": "▶ running", "failed": "✕ failed"}


def trials_table(view: StudyView, chosen: int | None) -> None:
    """Draw a row a trial, in the order of their numbers: a row is the same trial however many follow."""
    st.markdown("**Trials**")
    names = [*view.plan.objectives, "holdout_mse", *(each.figure for each in view.plan.constraints), "seconds"]
    numbers = [each.number for each in view.trials]

    def look() -> None:
        choose_trial(numbers[st.session_state[_LOOK_KEY]["row"]])

    # A button and no selection: that would be another word on which trial is looked at, beside those of the charts.
    frame = pd.DataFrame({"Trial": [f"▸ {number}" if number == chosen else str(number) for number in numbers]})
    frame["State"] = [_state(each, view) for each in view.trials]
    config: dict[str, Any] = {
        "Trial": st.column_config.ButtonColumn(
            "Trial", type="tertiary", width=64, pinned=True, key=_LOOK_KEY, on_click=look,
            help="A click looks at the trial.",
        ),
        "State": st.column_config.TextColumn(width=104),
    }  # fmt: skip
    for name in dict.fromkeys(names):
        title = "Second holdout" if name == "holdout_mse" else FIGURES[name].title
        frame[title] = [each.figures.get(name, math.nan) for each in view.trials]
        config[title] = _NUMBER(format="%.1f" if name == "seconds" else "%.4f", help=_about(name))
    for dimension in view.plan.dimensions:
        frame[dimension.label] = [_plain(each.values.get(dimension.name)) for each in view.trials]
        if dimension.kind == "number":
            config[dimension.label] = _NUMBER(format="%.3g")
    height = _ROW_PX * (min(max(len(frame), _FEWEST_ROWS), _ROWS_IN_SIGHT) + 1) + 2
    st.dataframe(
        frame, key=f"sweep_table_{view.name}", column_config=config, hide_index=True, row_height=_ROW_PX,
        height=height, placeholder="–", alt="Trials", lazy=False,
    )  # fmt: skip


def _state(trial: TrialView, view: StudyView) -> str:
    if trial.number == view.best:
        return "★ best"
    if trial.number in view.front:
        return "★ front"
    if trial.state == "finished" and not trial.is_feasible:
        return "✕ constraint"
    if trial.number in view.asked_again:
        return f"↻ again: {view.asked_again[trial.number]}"
    return _STATES.get(trial.state, trial.state)


def _about(name: str) -> str:
    return "MSE on ratings that the search never saw." if name == "holdout_mse" else FIGURES[name].about


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "on" if value else "off"
    return value.replace("_", " ") if isinstance(value, str) else value
