"""Settings as a table shows them: a value each that can be sorted and compared, by the names that people know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from recsys_core.settings.declaration import Setting
from recsys_core.settings.own import all_own_settings
from recsys_core.settings.train_config import SETTINGS, SHORTHANDS, TrainConfig

Shown = int | float | str
_FIRST = ("preset", "architecture", "embedding_size", "movie_embedding_size", "user_embedding_size", "epochs",
          "learning_rate", "phases", "seed")  # fmt: skip
_HIDDEN = ("snapshots",)
"""What changes nothing of what is learned, nor says what it is."""


def shown_settings(config: TrainConfig, among: Mapping[str, Setting]) -> dict[str, Shown]:
    """Name of a setting or shorthand -> its value as a table shows it: numbers as such, all else in words.

    among: the settings that the architecture has, such as `registry.settings_of` says. The learning rate is that of the
    first phase; where both vectors have one size, that is the embedding size.
    """
    values = {name: _shown(setting, config.value(name)) for name, setting in among.items() if name not in _HIDDEN}
    movie, user = config.movie_embedding_size, config.user_embedding_size
    if movie == user:
        values["embedding_size"] = movie
        for name in ("movie_embedding_size", "user_embedding_size"):
            values.pop(name, None)
    values |= {"epochs": config.epochs, "learning_rate": config.phases[0].learning_rate}
    return {name: values[name] for name in in_order(values)}


def in_order(names: Iterable[str]) -> list[str]:
    """`names` of settings and shorthands, those first that people change most."""
    known = [*_FIRST, *SETTINGS, *all_own_settings()]
    return sorted(set(names), key=lambda name: (known.index(name) if name in known else len(known), name))


def title_of(name: str) -> str:
    """What people call a setting or shorthand."""
    known = SHORTHANDS.get(name) or SETTINGS.get(name) or all_own_settings().get(name)
    return known.label if known else name


def differing(tables: Iterable[Mapping[str, Shown]]) -> list[str]:
    """Names of the settings that differ between those of `tables` that have them, in order.

    Learning rates phase by phase are none of them where epochs and the first rate tell all of the difference.
    """
    tables = list(tables)
    values: dict[str, set[Shown]] = {}
    for table in tables:
        for name, value in table.items():
            values.setdefault(name, set()).add(value)
    names = [name for name in in_order(values) if len(values[name]) > 1]
    if "phases" in names:
        told = {(table.get("epochs"), table.get("learning_rate")) for table in tables}
        if len(told) == len(values["phases"]):
            names.remove("phases")
    return names


def _shown(setting: Setting, value: object) -> Shown:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else setting.show(value)  # pyright: ignore[reportReturnType]
