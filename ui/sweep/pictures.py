"""The pictures of a sweep: its curves, the best so far or the Pareto front, and what was varied. A click on a trial
chooses it."""

from __future__ import annotations

import streamlit as st

from recsys_core.quality.trial_figures import FIGURES
from recsys_core.sweeps.view import StudyView
from ui.charts.sweep.settings import importance_bars, parallel_coordinates, slices
from ui.charts.sweep.trials import best_so_far, pareto_front, trial_curves
from ui.components.plot import plot
from ui.sweep.choosing import choose_trial

_HEIGHT = 330
_PARALLEL, _IMPORTANCE, _SLICES = "Parallel coordinates", "Importance", "Slices"
_ABOUT = {
    _PARALLEL: "Each line is a trial, each axis one of the settings; the last one says what came of it. The best is "
    "orange, the one you look at purple; gray lines were pruned or are under way.",
    _IMPORTANCE: "How much each setting decides whether a trial is among the best tenth (PED-ANOVA). It does not say "
    "which way.",
    _SLICES: "What came of each trial over one setting at a time; later trials are lighter. The star is the best.",
}


def curves_and_best(view: StudyView, chosen: int | None) -> None:
    """Draw the curves of all trials, and beside them the best so far, of two objectives the Pareto front."""
    grid = st.grid(2, min_column_width=330, gap="medium")
    with grid.cell():
        st.markdown("**Each trial's validation MSE**")
        plot(
            trial_curves(view.trials, best=view.best, chosen=chosen), key="sweep_curves", height=_HEIGHT,
            alt=f"Validation MSE by epoch of {len(view.trials)} trials", on_click=choose_trial,
        )  # fmt: skip
    objectives = [FIGURES[name] for name in view.plan.objectives]
    with grid.cell():
        if len(objectives) == 1:
            st.markdown("**The best so far**")
            figure = best_so_far(view.trials, objectives[0])
        else:
            st.markdown("**What can be had of one for how much of the other**")
            figure = pareto_front(view.trials, view.front, objectives[0], objectives[1], chosen=chosen)
        plot(
            figure, key="sweep_best", height=_HEIGHT, on_click=choose_trial,
            alt="The best so far" if len(objectives) == 1 else f"Pareto front of {len(view.front)} trials",
        )  # fmt: skip


def varied(view: StudyView, chosen: int | None) -> None:
    """Draw one picture of the settings that were varied, by a choice above it."""
    dimensions, objectives = view.plan.dimensions, [FIGURES[name] for name in view.plan.objectives]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        look = st.segmented_control(
            "What was varied", list(_ABOUT), default=_PARALLEL, required=True, key="sweep_look",
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
        by = st.selectbox(
            "Colored by", view.plan.objectives, format_func=lambda name: FIGURES[name].title, key="sweep_by",
            label_visibility="collapsed", width=220, disabled=len(objectives) == 1 or look == _IMPORTANCE,
        )  # fmt: skip
    objective = FIGURES[by]
    best = view.best
    if look == _PARALLEL:
        figure = parallel_coordinates(view.trials, dimensions, objective, best=best, chosen=chosen)
        height = 360
    elif look == _IMPORTANCE:
        figure = importance_bars(view.importance, {each.name: each.label for each in dimensions})
        height = 60 + 34 * max(1, len(view.importance))
    else:
        columns = min(4, len(dimensions))
        figure = slices(view.trials, dimensions, objective, columns=columns, best=best, chosen=chosen)
        height = 60 + 220 * -(-len(dimensions) // columns)
    text = _ABOUT[look]
    if look == _IMPORTANCE and not view.importance:
        text = "What matters can be told once some more trials are finished."
    plot(figure, key=f"sweep_{look}", height=height, alt=f"{look} of the trials", on_click=choose_trial)
    st.caption(text)
