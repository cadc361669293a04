"""What the settings of the Train page say: kept in the session, filled in from presets and runs, read as a config."""

from __future__ import annotations

import dataclasses
from typing import Any

import streamlit as st

from recsys_core.errors import ConfigError
from recsys_core.models.registry import ARCHITECTURES
from recsys_core.runs.run import Run
from recsys_core.settings.learning_rates import format_phases, parse_phases
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import Phase, TrainConfig
from ui.shared.format import escape_markdown

FRESH = "from scratch"
ALL_ROWS = "all rows"
_PREFIX = "train_"


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


def read_settings() -> Chosen:
    """What the settings say now; callbacks read it anew, as widgets may have changed since the page was drawn.

    Raises `ConfigError`.
    """
    names = {field.name for field in dataclasses.fields(TrainConfig)}
    values = {name: setting(name) for name in names if key_of(name) in st.session_state}
    values["phases"] = parse_phases(setting("phases"))
    values["hidden_layers"] = _parse_layers(setting("hidden_layers"))
    values["n_ratings"] = setting("n_ratings") or None
    values["batch_size"] = _parse_batch_size(setting("batch_size"))
    architecture = ARCHITECTURES[values["architecture"]]
    if architecture.same_size:
        values["user_embedding_size"] = values["movie_embedding_size"]
    base = PRESETS[values["preset"]].config
    config = dataclasses.replace(base, **values)
    kind, _, name = setting("start").partition(":")
    return Chosen(config, name if kind == "continue" else None, name if kind == "embeddings" else None)


def difference_text(chosen: Chosen, run: Run) -> str:
    """Markdown that says what differs from the settings of `run`."""
    if chosen.continue_run:
        return f"Goes on from the weights of “{escape_markdown(chosen.continue_run)}”."
    before = run.info.config.to_dict()
    found = [
        f"{name.replace('_', ' ')} {_show(before[name])} → {_show(value)}"
        for name, value in chosen.config.to_dict().items()
        if name not in ("preset", "snapshots") and name in before and _show(before[name]) != _show(value)
    ]
    if not found:
        return "The same settings as the run shown."
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return escape_markdown(f"Changed: {', '.join(found[:3])}{more}")


def fill(config: TrainConfig) -> None:
    """Make every setting what `config` says."""
    for name, value in config.to_dict().items():
        st.session_state[key_of(name)] = value
    st.session_state[key_of("preset")] = config.preset if config.preset in PRESETS else "default"
    st.session_state[key_of("phases")] = format_phases(config.phases)
    st.session_state[key_of("epochs")] = config.epochs
    st.session_state[key_of("hidden_layers")] = ", ".join(map(str, config.hidden_layers))
    st.session_state[key_of("batch_size")] = config.batch_size or ALL_ROWS
    st.session_state[key_of("n_ratings")] = config.n_ratings or 0
    st.session_state[key_of("exact_genres")] = list(config.exact_genres)
    st.session_state[key_of("start")] = FRESH


def take_preset() -> None:
    """For a callback, as are the four below: fill in the preset that is chosen now."""
    fill(PRESETS[setting("preset")].config)


def fit_to_architecture() -> None:
    architecture = ARCHITECTURES[setting("architecture")]
    if "hidden_layers" in architecture.settings and not setting("hidden_layers").strip():
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


def use_learning_rate(rate: float) -> None:
    """For a callback: train all epochs at `rate`."""
    st.session_state[key_of("phases")] = f"{rate:.2g} × {setting('epochs')}"


def continue_training(run_name: str, config: TrainConfig) -> None:
    """For a callback: fill the settings with a run's, set to go on training it."""
    fill(config)
    st.session_state[key_of("start")] = f"continue:{run_name}"


def _parse_layers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.replace(",", " ").split())
    except ValueError as error:
        raise ConfigError(f"`hidden_layers` must be whole numbers such as 32, 4. Received: {text!r}") from error


def _parse_batch_size(value: Any) -> int | None:
    if value == ALL_ROWS:
        return None
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"`batch_size` must be a whole number or “{ALL_ROWS}”. Received: {value!r}") from error


def _show(value: Any) -> str:
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        return format_phases([Phase(**phase) for phase in value])
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
