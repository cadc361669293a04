"""All sweeps there are: chosen, listed with their states, deleted and brought back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pandas as pd
import streamlit as st

from recsys_core.errors import SweepError
from recsys_core.jobs.work import Work
from recsys_core.quality.trial_figures import FIGURES
from recsys_core.sweeps import desk
from recsys_core.sweeps.view import StudyView
from ui.deleted import deleted_studies
from ui.shared.format import escape_markdown
from ui.shared.messages import attempt, say
from ui.sweep.choosing import look_at

READING = Work("sweeps", (), "Reading the sweeps", lambda tell, should_stop: (len(desk.all_studies()),))
"""Once a process: what has changed is read in a moment."""
_PICKER = "sweep_picker"
_NEW = ""
_TABLE = "sweep_studies"
_ROWS_IN_SIGHT, _ROW_PX = 8, 35
_STATES = {
    "running": "▶ running", "waiting": "waiting", "finished": "✓ finished", "stopped": "stopped",
    "interrupted": "interrupted", "failed": "failed",
}  # fmt: skip


def study_row(name: str | None, studies: Sequence[StudyView], damaged: Mapping[str, str]) -> None:
    """Draw the picker of studies, and the buttons for a new one and to delete the one shown."""
    # Names alone: the browser says what is chosen by its label, which must not change meanwhile.
    names = dict.fromkeys([_NEW, *(each.name for each in studies), *damaged, *filter(None, [name])])
    st.session_state[_PICKER] = name or _NEW
    at_work = any(each.name == name and each.is_at_work for each in studies)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Sweep", list(names), key=_PICKER, format_func=lambda each: each or "A new sweep", on_change=_take,
            width=420,
            label_visibility="collapsed",
            help="All that were begun here, the newest first.",
        )  # fmt: skip
        st.button(
            "New sweep", key="sweep_new", icon=":material/add:", on_click=look_at, args=(None,), disabled=name is None,
        )  # fmt: skip
        st.button(
            "Delete", key="sweep_delete", icon=":material/delete:", disabled=name is None, on_click=attempt,
            args=(_delete, name),
            help="Stops it first. Can be undone on this page." if at_work else "Can be undone on this page.",
        )  # fmt: skip


def studies_table(studies: Sequence[StudyView], damaged: Mapping[str, str]) -> None:
    """Draw a row for each; a click on one opens it."""
    names = [*(each.name for each in studies), *damaged]
    # Other rows are another table: a click never means a study that has moved there meanwhile.
    key = f"{_TABLE}_{hash(tuple(names))}"

    def clicked() -> None:
        picked = st.session_state[key]["selection"]["rows"]
        if picked:
            look_at(names[picked[0]])

    frame = pd.DataFrame(
        {
            "Name": names,
            "State": [_STATES[each.state] for each in studies] + [f"damaged: {why}" for why in damaged.values()],
            "Trials": [*(each.n_done for each in studies), *(math.nan for _ in damaged)],
            "Looks for": [*(_sought(each) for each in studies), *("" for _ in damaged)],
            "Best": [*(_best(each, each.plan.objectives[0]) for each in studies), *(math.nan for _ in damaged)],
            "Second holdout": [*(_best(each, "holdout_mse") for each in studies), *(math.nan for _ in damaged)],
            "Varies": [
                *(", ".join(dim.label for dim in each.plan.dimensions) for each in studies),
                *("" for _ in damaged),
            ],
            "Started": pd.to_datetime(
                [*(each.started_at for each in studies), *(math.nan for _ in damaged)], unit="s", utc=True
            ),
        }
    )
    number = st.column_config.NumberColumn
    st.dataframe(
        frame, key=key, hide_index=True, row_height=_ROW_PX, on_select=clicked, selection_mode="single-row",
        height=_ROW_PX * (min(len(frame), _ROWS_IN_SIGHT) + 1) + 2, placeholder="–", alt="Sweeps", lazy=False,
        column_config={
            "Name": st.column_config.TextColumn(pinned=True, width=220),
            "Trials": number(format="%d"),
            "Best": number(format="%.4f", help="By what it looks for first."),
            "Second holdout": number(format="%.4f", help="MSE of the best on ratings that the search never saw."),
            "Started": st.column_config.DatetimeColumn(format="D MMM, HH:mm", timezone=st.context.timezone),
        },
    )  # fmt: skip


def undo_row() -> None:
    """What was deleted here, and the way back."""
    for place, batch in reversed(list(enumerate(deleted_studies()))):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/delete: Deleted “{escape_markdown(batch.name)}”.", width="content")
            st.button(
                "Undo", key=f"sweep_undo_{batch.batch.name}", icon=":material/undo:", type="tertiary",
                on_click=attempt, args=(_undo, place), help="Until you leave this page.",
            )  # fmt: skip


def _take() -> None:
    look_at(st.session_state[_PICKER] or None)


def _delete(name: str) -> None:
    with suppress(SweepError):
        desk.stop(name)
        desk.wait(name)
    deleted_studies().append(desk.delete(name))
    look_at(None)


def _undo(place: int) -> None:
    name = desk.restore(deleted_studies().pop(place))
    look_at(name)
    say(f"“{name}” is back.")


def _sought(view: StudyView) -> str:
    return " and ".join(FIGURES[name].title for name in view.plan.objectives)


def _best(view: StudyView, figure: str) -> float:
    number = view.best if view.best is not None else (view.front[0] if view.front else None)
    return math.nan if number is None else view.trial(number).figures.get(figure, math.nan)
