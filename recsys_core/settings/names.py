"""What a run is called before somebody names it: its preset, and how its settings depart from that."""

from __future__ import annotations

import datetime

from recsys_core.settings.changes import Change, changes
from recsys_core.settings.learning_rates import format_phases
from recsys_core.settings.numbers import show_number
from recsys_core.settings.presets import known_preset
from recsys_core.settings.train_config import TrainConfig

MOST_DEPARTURES = 6
"""So many are named, the others counted."""
_SAID_FIRST = ("architecture", "movie_embedding_size", "user_embedding_size", "phases")
_SAID_LAST = "seed"
_TIME = " · "


def name_of(config: TrainConfig) -> str:
    """ "default", "default, size 16", "recommender-v2, 12 epochs, seed 3"."""
    parts = departures(config)
    named = parts[:MOST_DEPARTURES]
    if len(parts) > len(named):
        named.append(f"and {len(parts) - len(named)} more")
    return ", ".join([config.preset, *named])


def timed_name(config: TrainConfig, at: datetime.datetime, *, is_continued: bool = False) -> str:
    """The name with the time at which the run began: "default, size 16 · 24 Nov 08:49:34"."""
    return f"{name_of(config)}{', continued' if is_continued else ''}{_TIME}{at:%d %b %H:%M:%S}"


def told_apart(label: str, config: TrainConfig) -> str:
    """`label`; one of earlier versions, which is the preset and the time alone, with what departs from the preset."""
    preset, dot, time = label.partition(_TIME)
    return f"{name_of(config)}{dot}{time}" if dot and preset == config.preset else label


def departures(config: TrainConfig) -> list[str]:
    """What differs from the settings of the preset, or from the defaults if that is not known, a few words each."""
    preset = known_preset(config.preset)
    before = preset.config if preset else TrainConfig()
    found = {change.setting.name: change for change in changes(before, config)}
    parts = [config.architecture] if "architecture" in found else []
    parts += _sizes(config, found) + _epochs_and_rates(before, config)
    others = [name for name in found if name not in (*_SAID_FIRST, _SAID_LAST)]
    parts += [_in_words(found[name]) for name in others if _is_chosen(found[name], config)]
    return parts + ([_in_words(found[_SAID_LAST])] if _SAID_LAST in found else [])


def _sizes(config: TrainConfig, found: dict[str, Change]) -> list[str]:
    movie, user = config.movie_embedding_size, config.user_embedding_size
    is_changed = {name: f"{name}_embedding_size" in found for name in ("movie", "user")}
    if movie == user:
        return [f"size {movie}"] if any(is_changed.values()) else []
    return [f"{name} size {size}" for name, size in (("movie", movie), ("user", user)) if is_changed[name]]


def _epochs_and_rates(before: TrainConfig, config: TrainConfig) -> list[str]:
    rates = {phase.learning_rate for phase in config.phases}
    is_same_rates = config.phases == before.with_epochs(config.epochs).phases
    if len(rates) > 1 and not is_same_rates:
        return [f"rates {format_phases(config.phases).replace(', ', ' then ')}"]
    epochs = f"{config.epochs} epoch{'' if config.epochs == 1 else 's'}"
    return ([epochs] if config.epochs != before.epochs else []) + (
        [] if is_same_rates else [f"rate {show_number(config.phases[0].learning_rate)}"]
    )


def _is_chosen(change: Change, config: TrainConfig) -> bool:
    """Whether somebody chose it: not what another architecture has no setting for, or brings with it."""
    if change.after == "–":
        return False
    return change.before != "–" or config.value(change.setting.name) != change.setting.default


def _in_words(change: Change) -> str:
    label = change.setting.label
    return f"{label[0].lower()}{label[1:]} {change.after}"
