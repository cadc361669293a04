"""What differs between two configurations, and what may not differ when a run is continued."""

from __future__ import annotations

from collections.abc import Mapping
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


def changes(before: TrainConfig, after: TrainConfig, among: Mapping[str, Setting] | None = None) -> list[Change]:
    """What differs in what is learned, in the order of the declarations; only settings of `among`, if it is given."""
    of_before, of_after = settings_of_config(before), settings_of_config(after)
    found = []
    for name, setting in (of_after | of_before).items():
        if setting.scope == "label" or (among is not None and name not in among):
            continue
        values = [
            setting.show(config.value(name)) if name in known else "–"
            for config, known in ((before, of_before), (after, of_after))
        ]
        if values[0] != values[1]:
            found.append(Change(setting, *values))
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
