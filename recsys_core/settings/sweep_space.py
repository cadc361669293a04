"""What a sweep may vary, and how: a description, whoever searches in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from recsys_core.settings.declaration import Setting, Sweep
from recsys_core.settings.train_config import SHORTHANDS


@dataclass(frozen=True)
class Dimension:
    """One setting to vary: a number between `low` and `high`, both included, or one of `choices`."""

    name: str
    """Of a setting or shorthand, as `train_config.with_values` takes it."""
    label: str
    kind: Literal["whole", "number", "choice"]
    low: float | None = None
    high: float | None = None
    log: bool = False
    """Its logarithm is varied evenly."""
    choices: tuple[Any, ...] = ()


def sweep_space(settings: Mapping[str, Setting]) -> list[Dimension]:
    """The dimensions that `settings`, such as those of an architecture (`registry.settings_of`), declare, and rates and
    epochs; one embedding size for both where `settings` do not hold the users' own."""
    known = {**SHORTHANDS, **settings}
    del known["embedding_size" if "user_embedding_size" in settings else "movie_embedding_size"]
    return [_dimension(setting, setting.sweep) for setting in known.values() if setting.sweep is not None]


def _dimension(setting: Setting, sweep: Sweep) -> Dimension:
    if setting.kind in ("whole", "number"):
        kind = "whole" if setting.kind == "whole" else "number"
        return Dimension(setting.name, setting.label, kind, sweep.low, sweep.high, sweep.log)
    choices = (False, True) if setting.kind == "switch" else setting.choices
    return Dimension(setting.name, setting.label, "choice", choices=choices)
