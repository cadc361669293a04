"""What a sweep seeks, what its trials are held to, and how long it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from recsys_core.quality.trial_figures import FIGURES
from recsys_core.sweeps.plan import Constraint
from ui.shared.format import within_sentence

ERROR = "val_mse"
N_TRIALS, MINUTES = 40, 5
"""What a budget is at first."""
_QUALITY = tuple(name for name in FIGURES if name not in ("val_mse", "val_mae", "seconds"))
_ONE, _OTHER, _BOTH = "Rating error", "Quality of neighbors", "Both"


_HELD = "sweep_held_"


@dataclass(frozen=True)
class Goal:
    """As `SweepPlan` takes it."""

    objectives: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    n_trials: int | None
    minutes: float | None
    seeds: int


def read_goal() -> Goal:
    """What the controls say now: callbacks read it anew, as it may have changed since the page was drawn."""
    held = st.session_state
    kind, measure = held.get("sweep_objective", _ONE), held.get("sweep_quality", _QUALITY[0])
    by_trials = held.get("sweep_unit", "Trials") == "Trials"
    return Goal(
        {_ONE: (ERROR,), _OTHER: (measure,), _BOTH: (ERROR, measure)}[kind],
        _read_constraints(measure),
        int(held.get("sweep_trials", N_TRIALS)) if by_trials else None,
        None if by_trials else float(held.get("sweep_minutes", MINUTES)),
        int(held.get("sweep_seeds", 1)),
    )


def goal() -> None:
    """Draw what is sought."""
    kind = st.segmented_control(
        "Find the best by", [_ONE, _OTHER, _BOTH], default=_ONE, required=True, key="sweep_objective",
        persist_state="session",
        help="Rating error is the validation MSE. Both at once ends in several trials of which none beats another in "
        "both: the Pareto front, from which you choose.",
    )  # fmt: skip
    measure = st.selectbox(
        "Quality figure", _QUALITY, format_func=lambda name: FIGURES[name].title, key="sweep_quality",
        persist_state="session", disabled=kind == _ONE and st.session_state.get(f"{_HELD}quality") is None,
        help="  \n".join(f"**{FIGURES[name].title}**: {FIGURES[name].about}" for name in _QUALITY),
    )  # fmt: skip
    with st.popover("Only trials with …", icon=":material/rule:", help="Others are tried, and never the best."):
        for key, name in _held(measure).items():
            figure = FIGURES[name]
            words = "at least" if figure.better == "higher" else "at most"
            st.number_input(
                f"{figure.title} {words}", value=None, step=1.0 if name == "seconds" else 0.01, format="%g",
                placeholder="any", key=key, persist_state="session", help=figure.about,
            )  # fmt: skip
    constraints = _read_constraints(measure)
    st.caption(f"Only trials with {in_words(constraints)}" if constraints else "")


def in_words(constraints: Sequence[Constraint]) -> str:
    """ "genre overlap ≥ 0.36 and seconds ≤ 3"."""
    signs = {">=": "≥", "<=": "≤"}
    return " and ".join(
        f"{within_sentence(FIGURES[each.figure].title)} {signs[each.relation]} {each.value:g}" for each in constraints
    )


def _held(measure: str) -> dict[str, str]:
    """Key of a field -> the figure that it bounds."""
    return {f"{_HELD}quality": measure, f"{_HELD}error": ERROR, f"{_HELD}seconds": "seconds"}


def _read_constraints(measure: str) -> tuple[Constraint, ...]:
    bounds = {name: st.session_state.get(key) for key, name in _held(measure).items()}
    return tuple(
        Constraint(figure=name, relation=">=" if FIGURES[name].better == "higher" else "<=", value=float(bound))
        for name, bound in bounds.items()
        if bound is not None
    )


def budget() -> None:
    """Draw how long it goes on."""
    with st.container(horizontal=True, vertical_alignment="top"):
        by = st.segmented_control(
            "Budget", ["Trials", "Minutes"], default="Trials", required=True, key="sweep_unit", persist_state="session",
            help="It can be stopped at any time, and go on later.",
        )  # fmt: skip
        st.number_input(
            by, value=N_TRIALS if by == "Trials" else MINUTES, step=10 if by == "Trials" else 1,
            key=f"sweep_{by.lower()}", persist_state="session", width=120,
        )  # fmt: skip
        st.number_input(
            "Seeds a trial", value=1, step=1, key="sweep_seeds", persist_state="session", width=140,
            help="Each trial is trained from so many seeds, and its figures are their means: slower, and less chance "
            "in them.",
        )  # fmt: skip
