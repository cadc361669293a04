"""What the settings of the Train page say: kept in the session, filled in from presets and runs, read as a config."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import streamlit as st

from recsys_core.data.catalog import DataSet
from recsys_core.errors import ConfigError, RecsysError, SweepError, quoted
from recsys_core.models.registry import ARCHITECTURES, check_settings, settings_of
from recsys_core.runs.presets import all_presets, find_any_preset
from recsys_core.runs.run import Run
from recsys_core.runs.store import find_run
from recsys_core.settings.changes import changes
from recsys_core.settings.declaration import Setting
from recsys_core.settings.learning_rates import format_phases, parse_phases
from recsys_core.settings.train_config import SHORTHANDS, Phase, TrainConfig, settings_of_config
from recsys_core.sweeps import desk
from ui.shared.format import escape_markdown, shorten, within_sentence
from ui.shared.messages import complain
from ui.train.widgets import from_widget, to_widget

FRESH = "from scratch"
_SETTINGS = "settings"
"""Of the Train page's address: the run whose settings are to be filled in."""
_TRIAL = "trial"
"""Likewise the trial of a sweep, as `study:number`."""
_PREFIX = "train_"
_MOST_CHANGES = 3
"""So many differences are named, the others counted."""


@dataclasses.dataclass(frozen=True)
class Chosen:
    """What the settings column says."""

    config: TrainConfig
    continue_run: str | None = None
    start_from: str | None = None


def key_of(name: str) -> str:
    """The session's key of a setting."""
    return _PREFIX + name


def setting(name: str) -> Any:
    """A setting as its widget has it."""
    return st.session_state[key_of(name)]


def shown_settings() -> dict[str, Setting]:
    """The settings that the chosen architecture has, and Epochs, by name."""
    return {"epochs": SHORTHANDS["epochs"], **settings_of(ARCHITECTURES[setting("architecture")])}


def label_of(shown: Setting) -> str:
    """What the page calls a setting: movies' and users' vectors of one size have one field."""
    is_both = shown.name == "movie_embedding_size" and ARCHITECTURES[setting("architecture")].same_size
    return SHORTHANDS["embedding_size"].label if is_both else shown.label


def problem_with(shown: Setting) -> str | None:
    """What is wrong with what a setting's widget holds, in a sentence; None if it is fine."""
    try:
        from_widget(shown, setting(shown.name))
    except ConfigError as error:
        return str(error).replace(f"`{shown.name}`", label_of(shown))
    return None


def read_settings() -> Chosen:
    """What the settings say now; callbacks read it anew, as widgets may have changed since the page was drawn.

    Raises `ConfigError`.
    """
    values = {}
    for name, shown in shown_settings().items():
        problem = problem_with(shown)
        if problem is not None:
            raise ConfigError(problem)
        values[name] = from_widget(shown, setting(name))
    del values["epochs"]  # They are the phases' sum.
    if ARCHITECTURES[values["architecture"]].same_size:
        values["user_embedding_size"] = values["movie_embedding_size"]
    config = dataclasses.replace(find_any_preset(values["preset"]).config, **values)
    check_settings(config)
    kind, _, name = setting("start").partition(":")
    return Chosen(config, name if kind == "continue" else None, name if kind == "embeddings" else None)


def is_continuing() -> bool:
    """Whether the settings go on with a run's model, so that what its weights need is fixed."""
    return str(setting("start")).startswith("continue:")


def difference_text(chosen: Chosen, run: Run, data_set: DataSet | None = None) -> tuple[str, str | None]:
    """Markdown that says what differs from `run`, and all of it where that is too long for a line.

    data_set: what would be trained on, as far as it is known.
    """
    if chosen.continue_run:
        label = shorten(find_run(chosen.continue_run).label, 40)
        return f"Goes on from the weights of “{escape_markdown(label)}”, with these learning rates.", None
    among = settings_of(ARCHITECTURES[chosen.config.architecture])
    found = changes(run.info.config, chosen.config, among)
    named = [f"{label_of(change.setting)} {change.before} → {change.after}" for change in found]
    if data_set and run.info.data.fingerprint not in (None, data_set.fingerprint):
        named.insert(0, f"Data set {shorten(run.info.data.name, 40)} → {shorten(data_set.name, 40)}")
    if not named:
        return "The same settings as the run shown.", None
    at_once = ", ".join(within_sentence(each) for each in named[:_MOST_CHANGES])
    if len(named) <= _MOST_CHANGES:
        return escape_markdown(f"Changed: {at_once}"), None
    everything = "\n".join(f"- {escape_markdown(each)}" for each in named)
    return escape_markdown(f"Changed: {at_once} and {len(named) - _MOST_CHANGES} more"), everything


def fill(config: TrainConfig) -> None:
    """Make every setting what `config` says."""
    for name, known in settings_of_config(config).items():
        st.session_state[key_of(name)] = to_widget(known, config.value(name))
    st.session_state[key_of("preset")] = config.preset if config.preset in all_presets() else "default"
    st.session_state[key_of("epochs")] = config.epochs
    st.session_state[key_of("start")] = FRESH


def is_filled() -> bool:
    """Whether settings stand: not if none was chosen yet, nor if their preset is a file that has been taken away."""
    return st.session_state.get(key_of("preset")) in all_presets()


def fill_missing() -> None:
    """Give settings that were never filled in, such as those of an architecture chosen just now, their defaults."""
    if not is_filled():
        fill(find_any_preset("default").config)
    for name, known in settings_of(ARCHITECTURES[setting("architecture")]).items():
        st.session_state.setdefault(key_of(name), to_widget(known, known.default))


def take_preset() -> None:
    """For a callback, as are those below: fill in the preset that is chosen now."""
    fill(find_any_preset(setting("preset")).config)


def fit_to_architecture() -> None:
    chosen = ARCHITECTURES[setting("architecture")]
    if "hidden_layers" in chosen.settings and not setting("hidden_layers").strip():
        st.session_state[key_of("hidden_layers")] = "32"
    same_user_size()


def same_user_size() -> None:
    if ARCHITECTURES[setting("architecture")].same_size:
        st.session_state[key_of("user_embedding_size")] = setting("movie_embedding_size")


def epochs_to_phases() -> None:
    try:
        config = TrainConfig(phases=parse_phases(setting("phases"))).with_epochs(setting("epochs"))
    except ConfigError:
        return
    st.session_state[key_of("phases")] = format_phases(config.phases)


def phases_to_epochs() -> None:
    try:
        st.session_state[key_of("epochs")] = TrainConfig(phases=parse_phases(setting("phases"))).epochs
    except ConfigError:
        return


def change_settings(change: Callable[..., None], *values: Any) -> None:
    """For a callback of a button in a fragment: run the whole page, which changes the settings before it draws them.

    The fragment's own run would not draw their widgets, and the browser's next message, which may be under way already,
    would take the change back.
    """
    st.session_state[key_of("wish")] = (change, values)
    st.rerun()


def grant_wish() -> None:
    """Make the change that `change_settings` was asked for. Call it before the widgets are drawn.

    Call `forget_wish` after: a run of the page may be broken off in between, and the next must do it again.
    """
    for parameter, take in ((_SETTINGS, take_settings), (_TRIAL, take_trial)):
        named = st.query_params.get(parameter)
        if named is not None:
            # The address asks for settings. A reload must not take back what is changed in them.
            st.query_params.pop(parameter)
            st.session_state[key_of("wish")] = (take, (named,))
    change, values = st.session_state.get(key_of("wish"), (None, ()))
    if change is None:
        return
    try:
        change(*values)
    except RecsysError as error:
        forget_wish()
        complain(error)


def forget_wish() -> None:
    st.session_state.pop(key_of("wish"), None)


def start_fresh() -> None:
    """Let the settings stand, and train a model of its own with them."""
    st.session_state[key_of("start")] = FRESH


def take_start() -> None:
    """A run that is to be continued fills in its settings: most must stay as they are."""
    kind, _, name = setting("start").partition(":")
    if kind != "continue":
        return
    try:
        continue_training(name)
    except RecsysError as error:
        start_fresh()
        complain(error)


def continue_training(run_name: str) -> None:
    """Fill in a run's settings, to go on training it. Raises `RunError`."""
    fill(find_run(run_name).info.config)
    st.session_state[key_of("start")] = f"continue:{run_name}"


def take_settings(run_name: str) -> None:
    """Fill in a run's settings, to train a model of its own with them. Raises `RunError`."""
    fill(find_run(run_name).info.config)


def take_trial(named: str) -> None:
    """Fill in the settings of a sweep's trial, written `study:number`. Raises `SweepError`."""
    study, _, number = named.rpartition(":")
    trials = {str(trial.number): trial for trial in desk.view(study).trials}
    if number not in trials:
        raise SweepError(f"A trial must be one of {quoted(study)}. Received: {quoted(number)}")
    fill(trials[number].config)


def use_learning_rate(rate: float) -> None:
    """Train all epochs at `rate`."""
    phase = Phase(rate, min(max(1, setting("epochs")), SHORTHANDS["epochs"].high))
    st.session_state[key_of("phases")] = format_phases([phase])
    st.session_state[key_of("epochs")] = phase.epochs
