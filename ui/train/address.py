"""Settings in the Train page's address, `?preset=mlp-70&set=seed:9`: a reload keeps them, and a link shares them."""

from __future__ import annotations

import dataclasses

import streamlit as st

from recsys_core.errors import ConfigError, RecsysError, quoted
from recsys_core.models.registry import check_settings, find_architecture, settings_of
from recsys_core.runs.presets import find_any_preset
from recsys_core.runs.store import find_run
from recsys_core.settings.changes import departures
from recsys_core.settings.own import all_own_settings
from recsys_core.settings.train_config import SETTINGS, SHORTHANDS, TrainConfig, with_values
from ui.navigation import put_in_address
from ui.shared.messages import complain
from ui.train.chosen import FRESH, Chosen, fill, is_filled, key_of

_PRESET, _SET, _START = "preset", "set", "start"
_DEFAULT = "default"


def keep_in_address(chosen: Chosen) -> None:
    """Say in the address what is chosen, as far as it is not what a new visitor finds."""
    config = chosen.config
    among = settings_of(find_architecture(config.architecture))
    changed = departures(find_any_preset(config.preset).config, config, among)
    put_in_address(_PRESET, None if config.preset == _DEFAULT else config.preset)
    put_in_address(_SET, [f"{name}:{text}" for name, text in changed.items()])
    starts = {"continue": chosen.continue_run, "embeddings": chosen.start_from}
    put_in_address(_START, next((f"{kind}:{name}" for kind, name in starts.items() if name), None))


def take_from_address() -> None:
    """Fill in what the address says, for a visitor who has just come with it. What it cannot mean is complained of, and
    nothing of it taken.
    """
    parameters = [_PRESET, _SET, _START]
    if is_filled() or not any(name in st.query_params for name in parameters):
        return
    try:
        config = _config(st.query_params.get(_PRESET, _DEFAULT), st.query_params.get_all(_SET))
        start = st.query_params.get(_START, FRESH)
        if start != FRESH:
            find_run(start.partition(":")[2])
    except RecsysError as error:
        complain(error)
        return
    fill(config)
    st.session_state[key_of("start")] = start


def _config(preset: str, texts: list[str]) -> TrainConfig:
    """The settings of `preset`, with others as texts like `epochs:9`. Raises `ConfigError`."""
    base = find_any_preset(preset).config
    known = {**SETTINGS, **all_own_settings(), **SHORTHANDS}
    named = dict(text.split(":", 1) if ":" in text else (text, "") for text in texts)
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise ConfigError(
            "What the address sets must be called as by the command line, such as epochs or row_penalty. "
            f"Received: {quoted(', '.join(unknown))}"
        )
    values = {name: known[name].parse(text) for name, text in named.items()}
    config = with_values(base, values)
    if find_architecture(config.architecture).same_size:
        config = dataclasses.replace(config, user_embedding_size=config.movie_embedding_size)
    check_settings(config)
    return config
