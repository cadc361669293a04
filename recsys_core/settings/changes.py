"""What differs between two configurations, and what may not differ when a run is continued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recsys_core.errors import ConfigError, quoted
from recsys_core.settings.declaration import Setting
from recsys_core.settings.train_config import TrainConfig, settings_of_config


@dataclass(frozen=True)
class Change:
    """A setting that differs, its values as people write them; "–" where an architecture has no such setting."""

    setting: Setting
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.setting.label.lower()} {self.before} → {self.after}"


@dataclass(frozen=True)
class Difference:
    """A setting that is not the same in several configurations, and its value in each, as in a `Change`."""

    setting: Setting
    values: tuple[str, ...]


def differences(
    configs: Sequence[TrainConfig], known_to_each: Sequence[Mapping[str, Setting]] | None = None
) -> list[Difference]:
    """What differs in what is learned, in the order of the declarations.

    known_to_each: the settings that mean something for each of `configs`; all that it has a value for by default.
    """
    known_to_each = known_to_each or [settings_of_config(config) for config in configs]
    everything: dict[str, Setting] = {}
    for known in reversed(known_to_each):
        everything = everything | dict(known)
    found = []
    for name, setting in everything.items():
        if setting.scope == "label":
            continue
        values = tuple(
            setting.show(config.value(name)) if name in known else "–"
            for config, known in zip(configs, known_to_each, strict=True)
        )
        if len(set(values)) > 1:
            found.append(Difference(setting, values))
    return found


def changes(before: TrainConfig, after: TrainConfig, among: Mapping[str, Setting] | None = None) -> list[Change]:
    """The `differences` of two; only settings of `among`, if it is given."""
    return [
        Change(found.setting, *found.values)
        for found in differences((before, after))
        if among is None or found.setting.name in among
    ]


def departures(base: TrainConfig, config: TrainConfig, among: Mapping[str, Setting]) -> dict[str, str]:
    """Name -> text, as `Setting.parse` reads it, of the settings among `among` in which `config` is not as `base`."""
    before = settings_of_config(base)
    found = {}
    for name, setting in among.items():
        value = config.value(name)
        if setting.scope != "label" and (value != base.value(name) if name in before else value != setting.default):
            found[name] = setting.text(value)
    return found


def check_continues(before: TrainConfig, config: TrainConfig, run_name: str) -> None:
    """Raise `ConfigError` unless `config` keeps all that the weights of run `run_name`, trained with `before`, need."""
    for change in changes(before, config):
        if change.setting.lasting:
            name = change.setting.name
            raise ConfigError(
                f"`{name}` must be {quoted(before.value(name))} to continue run {run_name!r}. "
                f"Received: {quoted(config.value(name))}"
            )
