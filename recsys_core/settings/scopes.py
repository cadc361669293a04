"""What settings mean to loop and model: which make another one, and which the loop is told at each call."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from recsys_core.settings.train_config import TrainConfig, settings_of_config


def loop_key(config: TrainConfig) -> tuple[tuple[str, Hashable], ...]:
    """Name and value of each setting that makes another loop: two configs with the same ones share a compiled loop."""
    return tuple(_values(config, "structure").items())


def model_key(config: TrainConfig) -> tuple[tuple[str, Hashable], ...]:
    """The same of each setting that makes another model of stock layers: the structure, and where weights begin."""
    return loop_key(config) + tuple(_values(config, "start").items())


def data_key(config: TrainConfig) -> tuple[tuple[str, Hashable], ...]:
    """Name and value of each setting that makes other ratings or another split of them; of the seed another key."""
    return tuple(_values(config, "data").items())


def told_to_loop(config: TrainConfig) -> dict[str, float]:
    """Name -> value of the numbers that a compiled loop is told at each call: penalties, and weights of losses."""
    found = settings_of_config(config)
    return {name: value for name, value in _values(config, "runtime").items() if found[name].kind == "number"}


def _values(config: TrainConfig, scope: str) -> dict[str, Any]:
    return {name: config.value(name) for name, known in settings_of_config(config).items() if known.scope == scope}
