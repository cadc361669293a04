"""The trial that is looked at: its settings, its figures, its map, and what can be done with it."""

from __future__ import annotations

import math

import streamlit as st

from recsys_core.jobs import background
from recsys_core.jobs.work import Status, Work
from recsys_core.models.registry import ARCHITECTURES, settings_of
from recsys_core.quality.trial_figures import FIGURES
from recsys_core.settings.train_config import SHORTHANDS
from recsys_core.sweeps import desk
from recsys_core.sweeps.plan import HOLDOUT_FIGURES, value_of
from recsys_core.sweeps.view import StudyView, TrialView
from ui.charts.sweep.values import text_of
from ui.shared.format import escape_markdown, format_loss
from ui.shared.maps.small import small_map
from ui.shared.messages import attempt, say
from ui.shared.watching import submit, visitor
from ui.sweep.choosing import TRIAL, follow_best

_MAP, _LAST_MAP, _MAP_PX = "sweep_map", "sweep_last_map", 360
_A_MOMENT = 0.2
"""Seconds that are waited for a map: it is nearly always there by then."""


def awaits_map(view: StudyView, number: int | None) -> bool:
    """Whether the map of this trial is being read."""
    work = None if number is None else _map_work(view, view.trial(number))
    return work is not None and not _ask(work).is_over


def trial_panel(view: StudyView, number: int | None) -> None:
    """Draw it: always the same elements."""
    trial = None if number is None else view.trial(number)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(_title(view, trial))
        st.button(
            "Follow the best", key="sweep_follow", type="tertiary", icon=":material/star:", on_click=follow_best,
            disabled=TRIAL not in st.query_params, help="Looks at the best trial, whichever it is.",
        )  # fmt: skip
    st.markdown(_figures(trial))
    st.markdown(_settings(view, trial))
    _actions(view, trial)
    with st.container():
        _map(view, trial)


def _title(view: StudyView, trial: TrialView | None) -> str:
    if trial is None:
        return "**No trial yet**"
    role = ", the best so far" if trial.number == view.best else ""
    role = ", on the Pareto front" if view.best is None and trial.number in view.front else role
    base = view.base_trial
    role += ", the settings it started from" if base is not None and base.number == trial.number else ""
    return f"**Trial {trial.number}**{role}"


def _figures(trial: TrialView | None) -> str:
    if trial is None:
        return "The first one begins in a moment."
    known = [figure for name, figure in FIGURES.items() if math.isfinite(trial.figures.get(name, math.nan))]
    # What is counted in seconds says so itself.
    titles = [("trained in" if figure.name == "seconds" else figure.title) for figure in known]
    texts = [text_of(figure, trial.figures[figure.name]) for figure in known]
    parts = [f"{title} **{text}**" for title, text in zip(titles, texts, strict=True)]
    holdout = trial.figures.get(HOLDOUT_FIGURES[0], math.nan)
    if math.isfinite(holdout):
        parts.insert(1, f"on the second holdout **{format_loss(holdout)}**")
    if not parts:
        parts = [f"{trial.state[0].upper()}{trial.state[1:]}"]
        if trial.curve:
            parts.append(f"validation MSE **{format_loss(trial.curve[-1])}** after epoch {len(trial.curve)}")
    if not trial.is_feasible:
        parts.append(":orange[breaks a constraint]")
    if trial.message:
        parts.append(escape_markdown(trial.message))
    return " · ".join(parts)


def _settings(view: StudyView, trial: TrialView | None) -> str:
    if trial is None:
        return ""
    known = {**SHORTHANDS, **settings_of(ARCHITECTURES[view.plan.base.architecture])}
    rows = []
    for dimension in view.plan.dimensions:
        setting = known[dimension.name]
        both = (_rounded(value_of(config, dimension.name)) for config in (trial.config, view.plan.base))
        own, start = map(setting.show, both)
        rows.append(f"| {escape_markdown(dimension.label)} | **{escape_markdown(own)}** | {escape_markdown(start)} |")
    return "\n".join(["| Setting | This trial | Start |", "|---|---|---|", *rows])


def _rounded(value: object) -> object:
    return float(f"{value:.3g}") if isinstance(value, float) else value


def _actions(view: StudyView, trial: TrialView | None) -> None:
    can = trial is not None and trial.state not in ("waiting",)
    number = trial.number if trial else 0
    with st.container(horizontal=True, key="sweep_actions"):
        st.button(
            "Train as a run", key="sweep_promote", icon=":material/model_training:", disabled=not can,
            on_click=attempt, args=(_promote, view.name, number),
            help="A trial leaves figures and a map. This trains its settings as a run with all of its pages, on all "
            "ratings of the data set: the second holdout is given back.",
        )  # fmt: skip
        if st.button(
            "Copy to Train", key="sweep_copy", icon=":material/tune:", disabled=not can,
            help="Opens the Train page with this trial's settings filled in.",
        ):  # fmt: skip
            st.switch_page("pages/train.py", query_params={"trial": f"{view.name}:{number}"})
        with st.popover("Preset", icon=":material/bookmark_add:", disabled=not can, key="sweep_preset"):
            st.text_input(
                "Name of the preset", key="sweep_preset_name", max_chars=60, placeholder=f"{view.name}-best",
                help="Letters, digits, dots, dashes and underscores; spaces become dashes. The Train page and the "
                "command line list it.",
            )  # fmt: skip
            st.button(
                "Save", key="sweep_preset_go", type="primary", on_click=attempt,
                args=(_write_preset, view.name, number),
            )  # fmt: skip


def _promote(name: str, number: int) -> None:
    submit(desk.promote(name, number))
    say(f"Trial {number} of {name} is being trained as a run: the line in the sidebar leads to it.")
    st.rerun()


def _write_preset(name: str, number: int) -> None:
    title = "-".join(st.session_state.get("sweep_preset_name", "").split()) or f"{name}-best"
    saved = f"Saved as preset “{desk.write_preset(name, number, title)}”: choose it on the Train page."
    say(saved, out_of_sight=True)
    st.session_state["sweep_preset_name"] = ""
    st.rerun()


def _map(view: StudyView, trial: TrialView | None) -> None:
    # One that was deleted may have had the same name.
    study = view.name, view.started_at
    work = None if trial is None else _map_work(view, trial)
    status = _ask(work) if work is not None else None
    if trial is not None and status is not None and status.state == "done" and status.result[0] is not None:
        st.session_state[_LAST_MAP] = (study, trial.number, status.result[0])
    of, number, live = st.session_state.get(_LAST_MAP, (None, 0, None))
    if trial is not None and of == study and number == trial.number:
        small_map(live, "Its movies, by PCA", key=_MAP, height=_MAP_PX)
    elif status is not None and status.state == "failed":
        st.caption(escape_markdown(status.message))
    elif status is not None and not status.is_over and of == study:
        # Taking a map away and bringing another one in its place would cost a second.
        small_map(live, f"The movies of trial {number}, until its own are read", key=_MAP, height=_MAP_PX)
    elif status is not None and not status.is_over:
        st.caption(":material/hourglass_top: Its map is being read …")
    else:
        st.caption("No map of it is kept." if status is not None else "A trial has a map once it is finished.")


def _map_work(view: StudyView, trial: TrialView) -> Work | None:
    if trial.state != "finished":
        return None
    name, number = view.name, trial.number
    return Work(
        "sweep map", (name, view.started_at, number), "Reading the trial's map",
        # A tuple: what is done must not be None.
        lambda tell, should_stop: (desk.coordinates(name, number),), slot="sweep map",
    )  # fmt: skip


def _ask(work: Work) -> Status:
    status = background.ask(work, visitor())
    if not status.is_over:
        background.wait(work.key, _A_MOMENT)
        status = background.look(work.key, visitor()) or status
    return status
