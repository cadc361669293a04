"""How far a sweep is: the best so far, large; progress; and the buttons to stop it and to go on."""

from __future__ import annotations

import math

import streamlit as st

from recsys_core.quality.trial_figures import FIGURES, TrialFigure
from recsys_core.sweeps import desk
from recsys_core.sweeps.view import StudyView, TrialView
from ui.charts.sweep.values import text_of, value_of
from ui.shared.format import escape_markdown, format_against, format_count, within_sentence
from ui.shared.messages import attempt

HOLDOUT = TrialFigure(
    "holdout_mse", "On the second holdout",
    "Validation MSE on ratings that no trial was trained or chosen on: what the search has not flattered.", "lower",
)  # fmt: skip


_MORE = "sweep_more"


def head(view: StudyView) -> None:
    """Draw it: always the same elements."""
    best = None if view.best is None else view.trial(view.best)
    with st.container(horizontal=True, gap="large"):
        if len(view.plan.objectives) == 1:
            _metric("Best", FIGURES[view.plan.objectives[0]], best, view.base_trial)
            _metric("", HOLDOUT, best, view.base_trial)
        else:
            for name in view.plan.objectives:
                _end_of_front(view, FIGURES[name])
        _counts(view)
        _time(view)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.progress(_progress(view), text=_text(view))
        _buttons(view)


def _metric(word: str, figure: TrialFigure, trial: TrialView | None, base: TrialView | None) -> None:
    title = f"{word} {within_sentence(figure.title)}" if word else figure.title
    value = value_of(trial, figure) if trial else math.nan
    start = value_of(base, figure) if base else math.nan
    if trial is not None and base is not None and trial.number == base.number:
        against = "the settings it started from"
    else:
        against = format_against(value, start, 1)
        against = f"{against} its start, {text_of(figure, start)}" if against else None
    st.metric(
        title, _four(figure, value), against, delta_color="off", delta_arrow="off",
        help=f"{figure.about} The start are the settings that the sweep began with, tried on the same ratings.",
    )  # fmt: skip


def _end_of_front(view: StudyView, figure: TrialFigure) -> None:
    values = [value_of(view.trial(number), figure) for number in view.front]
    best = (max if figure.better == "higher" else min)(values, default=math.nan)
    start = value_of(view.base_trial, figure) if view.base_trial else math.nan
    against = format_against(best, start, 1)
    st.metric(
        f"{'Highest' if figure.better == 'higher' else 'Lowest'} {within_sentence(figure.title)}",
        _four(figure, best), f"{against} its start" if against else None, delta_color="off", delta_arrow="off",
        help=f"{figure.about} Of the trials that no other betters in both.",
    )  # fmt: skip


def _counts(view: StudyView) -> None:
    again = view.asked_again
    states = [each.state for each in view.trials if each.number not in again]
    counts = {state: states.count(state) for state in ("pruned", "failed", "interrupted")}
    broken = sum(each.state == "finished" and not each.is_feasible for each in view.trials)
    parts = [f"{count} {state}" for state, count in counts.items() if count]
    parts += [f"{broken} break a constraint"] if broken else []
    of = f" of {view.plan.n_trials:,}" if view.plan.n_trials else ""
    st.metric(
        "Trials", f"{view.n_done:,}{of}", " · ".join(parts) or "none pruned", delta_color="off", delta_arrow="off",
        help="A pruned trial was given up early, for its first epochs were worse than most. Interrupted ones were "
        "under way or next in line when the sweep or the app ended, do not count, and are asked again.",
    )  # fmt: skip


def _time(view: StudyView) -> None:
    rate = 60 * view.n_done / view.seconds if view.seconds >= 1 and view.n_done else math.nan
    at_once = f" · {view.slots} at once" if view.slots > 1 else ""
    st.metric(
        "At work", duration(view.seconds), f"{rate:.0f} a minute{at_once}" if math.isfinite(rate) else "–",
        delta_color="off", delta_arrow="off", help="Pauses are not counted.",
    )  # fmt: skip


def _progress(view: StudyView) -> float:
    parts = [view.n_done / view.plan.n_trials] if view.plan.n_trials else []
    parts += [view.seconds / (60 * view.plan.minutes)] if view.plan.minutes else []
    return min(max(parts, default=0.0), 1.0)


def _text(view: StudyView) -> str:
    if view.state != "running":
        return escape_markdown(view.message or view.state)
    left = seconds_left(view)
    now = sum(each.state == "running" for each in view.trials)
    more = f" · {duration(left)} left" if math.isfinite(left) else ""
    return escape_markdown(f"{format_count(now, 'trial')} under way{more}")


def seconds_left(view: StudyView) -> float:
    """By the budget and the pace until now; NaN while there is none."""
    found = []
    if view.plan.n_trials and view.n_done:
        found.append((view.plan.n_trials - view.n_done) * view.seconds / view.n_done)
    if view.plan.minutes:
        found.append(60 * view.plan.minutes - view.seconds)
    return max(0.0, min(found)) if found else math.nan


def _buttons(view: StudyView) -> None:
    if view.is_at_work:
        st.button(
            "Stop", key="sweep_stop", icon=":material/stop_circle:", disabled=not view.is_own, on_click=attempt,
            args=(desk.stop, view.name),
            help="What was tried stays; it can go on later." if view.is_own else "Another process is at work on it.",
        )  # fmt: skip
        return
    has_rest = _progress(view) < 1 and view.state != "failed"
    if has_rest:
        st.button(
            "Go on", key="sweep_go_on", type="primary", icon=":material/play_arrow:", on_click=attempt,
            args=(_go_on, view.name), help="What is left of its budget.",
        )  # fmt: skip
    by_time = view.plan.n_trials is None
    with st.popover("More minutes" if by_time else "More trials", icon=":material/add:"):
        st.number_input(
            "Minutes" if by_time else "Trials", value=5 if by_time else 20, step=1 if by_time else 10, key=_MORE
        )
        st.button(
            "Add and go on", key="sweep_add", type="primary", on_click=attempt, args=(_add, view.name, by_time),
        )  # fmt: skip


def _go_on(name: str) -> None:
    # A second click may come before the first has been answered.
    if not desk.view(name).is_at_work:
        desk.go_on(name)


def _add(name: str, by_time: bool) -> None:
    # What was typed last may have come with the click.
    more = st.session_state[_MORE]
    desk.go_on(name, **({"minutes": float(more)} if by_time else {"n_trials": int(more)}))


def duration(seconds: float) -> str:
    """ "48 s", "3 min 20 s", "2 h 5 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _four(figure: TrialFigure, value: float) -> str:
    return f"{value:.4f}" if math.isfinite(value) and figure.name != "seconds" else text_of(figure, value)
