"""The command line's flags: one for every setting and shorthand, made from its declaration."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from typing import Any

from recsys_core.settings.declaration import Setting


def add_flags(parser: argparse.ArgumentParser, title: str, settings: Iterable[Setting]) -> None:
    """Give `parser` a group of flags, `--embedding-size` for `embedding_size`; absent ones are absent in the options.

    What they hold is text, or a bool for an on/off setting: `values_of` reads it.
    """
    group = parser.add_argument_group(title)
    for setting in settings:
        flag, text = f"--{setting.name.replace('_', '-')}", f"{setting.help} Must be {setting.rule}.".replace("%", "%%")
        if setting.kind == "switch":
            action = argparse.BooleanOptionalAction
            group.add_argument(flag, action=action, default=argparse.SUPPRESS, help=setting.help.replace("%", "%%"))
        else:
            group.add_argument(flag, default=argparse.SUPPRESS, metavar=_metavar(setting), help=text)


def values_of(options: argparse.Namespace, settings: Mapping[str, Setting]) -> dict[str, Any]:
    """Name -> value of the flags that were given. Raises `ConfigError`."""
    given = {name: value for name, value in vars(options).items() if name in settings}
    return {name: settings[name].parse(text) if isinstance(text, str) else text for name, text in given.items()}


def _metavar(setting: Setting) -> str:
    kinds = {"whole": "N", "number": "X", "whole_list": "N,N", "text_list": "A,B", "choice": "NAME", "text": "NAME"}
    return kinds.get(setting.kind, "TEXT")
