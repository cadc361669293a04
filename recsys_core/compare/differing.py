"""What differs between runs before anything is measured: settings, data, and where a training began and ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recsys_core.models.registry import ARCHITECTURES, settings_of
from recsys_core.runs.run import Run
from recsys_core.settings.changes import differences
from recsys_core.settings.declaration import Setting
from recsys_core.settings.train_config import SETTINGS, TrainConfig, settings_of_config

MAX_RUNS = 8
"""Runs compared at once: more colors cannot be told apart."""


@dataclass(frozen=True)
class Differing:
    """One thing that is not the same for all runs, and what it is for each, as people write it."""

    name: str
    values: tuple[str, ...]
    help: str = ""

    def __str__(self) -> str:
        return f"{self.name[:1].lower()}{self.name[1:]} {' → '.join(self.values)}"


def differing(runs: Sequence[Run]) -> list[Differing]:
    """All that differs between `runs`, in the order in which settings are declared, what is not a setting first.

    Raises `RunError`.
    """
    infos = [run.info for run in runs]
    facts = [
        Differing("Data set", tuple(f"{info.data.name}, {info.data.n_ratings:,} ratings" for info in infos)),
        Differing("Went on from", tuple(info.continued_from or info.started_from or "–" for info in infos)),
        Differing("Ended", tuple(info.status for info in infos)),
    ]
    prints = {info.data.fingerprint or info.data.model_dump_json() for info in infos}
    found = [fact for fact in facts if len(set(fact.values)) > 1 or (fact.name == "Data set" and len(prints) > 1)]
    configs = [info.config for info in infos]
    settings = differences(configs, [_meaningful(config) for config in configs])
    return found + [Differing(each.setting.label, each.values, each.setting.help) for each in settings]


def judged_on_the_same(runs: Sequence[Run]) -> bool:
    """Whether the validation ratings of `runs` are the same ones, so that their errors can be held against each other.

    Raises `RunError`.
    """
    infos = [run.info for run in runs]
    chosen_by = [name for name, setting in SETTINGS.items() if setting.scope == "data" or name == "seed"]
    splits = {tuple(str(info.config.value(name)) for name in chosen_by) for info in infos}
    return len(splits) == 1 and len({info.data.fingerprint for info in infos}) == 1


def _meaningful(config: TrainConfig) -> dict[str, Setting]:
    """The settings that the architecture of `config` makes use of; all of them if it is not known any more."""
    known = ARCHITECTURES.get(config.architecture)
    return settings_of_config(config) if known is None else settings_of(known)
