"""What a sweep may vary, and how: a description, whoever searches in it."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from recsys_core.errors import ConfigError, quoted
from recsys_core.settings.declaration import Setting, Sweep
from recsys_core.settings.own import all_own_settings
from recsys_core.settings.train_config import SETTINGS, SHORTHANDS

MOST_RUNGS = 9
"""Values that a number takes at most where each of them compiles another program."""
_RANGE = re.compile(r"(?P<low>[^:]+?)\.\.(?P<high>[^:]+?)(?P<log>:log)?")


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
    rungs: tuple[float, ...] = ()
    """The values that a number takes, ascending, where it is part of the structure: each compiles another program, so
    they are few. Empty for all between `low` and `high`."""

    def __post_init__(self) -> None:
        if self.kind == "whole":
            # JSON may have made 16.0 of 16.
            for name in ("low", "high"):
                value = getattr(self, name)
                object.__setattr__(self, name, None if value is None else int(value))
            object.__setattr__(self, "rungs", tuple(int(value) for value in self.rungs))

    def holds(self, value: Any) -> bool:
        """Whether `value` can be tried; of a number with rungs any that is between its bounds."""
        if self.kind == "choice":
            return any(value == choice and type(value) is type(choice) for choice in self.choices)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and self.low is not None and self.high is not None and self.low <= value <= self.high

    def with_rung(self, value: float) -> Dimension:
        """With `value` among the rungs, if it has any and it is between the bounds."""
        if not self.rungs or not self.holds(value) or value in self.rungs:
            return self
        return dataclasses.replace(self, rungs=tuple(sorted((*self.rungs, value))))

    @property
    def is_structure(self) -> bool:
        """Whether each of its values compiles another program."""
        return _setting(self.name).scope == "structure"

    @property
    def in_words(self) -> str:
        """As `read_vary` reads it, but for rungs: "row_penalty=0.001..0.3:log", "optimizer=adam,sgd"."""
        if self.kind == "choice":
            return f"{self.name}={','.join(_in_words(choice) for choice in self.choices)}"
        return f"{self.name}={self.low:g}..{self.high:g}{':log' if self.log else ''}"


def sweep_space(settings: Mapping[str, Setting]) -> list[Dimension]:
    """The dimensions that `settings`, such as those of an architecture (`registry.settings_of`), declare, and rates and
    epochs; one embedding size for both where `settings` do not hold the users' own."""
    known = {**SHORTHANDS, **settings}
    del known["embedding_size" if "user_embedding_size" in settings else "movie_embedding_size"]
    return [_dimension(setting, setting.sweep) for setting in known.values() if setting.sweep is not None]


def read_vary(text: str) -> Dimension:
    """The dimension that `text` writes: "embedding_size=16..256:log", "optimizer=adam,sgd", or a name alone for the
    range that its declaration says. Raises `ConfigError`."""
    name, given, values = (part.strip() for part in text.partition("="))
    known = {**SETTINGS, **all_own_settings(), **SHORTHANDS}
    setting = known.get(name.replace("-", "_"))
    if setting is None or setting.sweep is None:
        names = ", ".join(sorted(each.name for each in known.values() if each.sweep is not None))
        raise ConfigError(f"What a sweep varies must be among {names}. Received: {quoted(name)}")
    declared = _dimension(setting, setting.sweep)
    if not given:
        return declared
    if declared.kind == "choice":
        return chosen(declared, tuple(setting.parse(part) for part in values.split(",")))
    match = _RANGE.fullmatch(values)
    if match is None:
        raise ConfigError(
            f"`{setting.name}` must be varied over a range such as {declared.in_words}. Received: {quoted(text)}"
        )
    return narrowed(declared, setting.parse(match["low"]), setting.parse(match["high"]), log=bool(match["log"]))


def narrowed(dimension: Dimension, low: float, high: float, *, log: bool | None = None) -> Dimension:
    """`dimension` between other bounds; `log` as it is unless given. Raises `ConfigError`."""
    setting = _setting(dimension.name)
    log = dimension.log if log is None else log
    setting.check(low)
    setting.check(high)
    if low >= high or (log and low <= 0):
        raise ConfigError(
            f"`{dimension.name}` must be varied from a lower to a higher number{', above 0,' if log else ''} "
            f"for a sweep. Received: {low:g} to {high:g}"
        )
    rungs = _rungs(dimension.kind, low, high, log) if setting.scope == "structure" else ()
    return dataclasses.replace(dimension, low=low, high=high, log=log, rungs=rungs)


def chosen(dimension: Dimension, choices: tuple[Any, ...]) -> Dimension:
    """`dimension` with some of its choices. Raises `ConfigError` for fewer than two, or one that is not among them."""
    wrong = [choice for choice in choices if not dimension.holds(choice)]
    if wrong or len(set(choices)) < 2:
        raise ConfigError(
            f"`{dimension.name}` must be varied over two or more of {', '.join(map(_in_words, dimension.choices))}. "
            f"Received: {quoted(', '.join(map(_in_words, choices)))}"
        )
    return dataclasses.replace(dimension, choices=tuple(dict.fromkeys(choices)))


def _dimension(setting: Setting, sweep: Sweep) -> Dimension:
    if setting.kind in ("whole", "number"):
        kind = "whole" if setting.kind == "whole" else "number"
        rungs: tuple[float, ...] = ()
        if setting.scope == "structure" and sweep.low is not None and sweep.high is not None:
            rungs = _rungs(kind, sweep.low, sweep.high, sweep.log)
        return Dimension(setting.name, setting.label, kind, sweep.low, sweep.high, sweep.log, rungs=rungs)
    choices = (False, True) if setting.kind == "switch" else setting.choices
    return Dimension(setting.name, setting.label, "choice", choices=choices)


def _setting(name: str) -> Setting:
    return {**SETTINGS, **all_own_settings(), **SHORTHANDS}[name]


def _rungs(kind: str, low: float, high: float, log: bool) -> tuple[float, ...]:
    """Doubling from `low` on a logarithmic scale, five on an even one; `high` is always the last."""
    n = min(MOST_RUNGS, max(2, round(math.log2(high / low)) + 1)) if log else 5
    place = [i / (n - 1) for i in range(n)]
    values = [low * (high / low) ** share if log else low + (high - low) * share for share in place]
    return tuple(sorted({round(value) if kind == "whole" else float(f"{value:.3g}") for value in values}))


def _in_words(choice: Any) -> str:
    return ("on" if choice else "off") if isinstance(choice, bool) else str(choice)
