"""Settings that one architecture has for itself: declared where it is, known here by its name."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from recsys_core.settings.declaration import Setting, declared

_own: dict[str, type] = {}


def declare_own(architecture: str, own: type | None, taken: Mapping[str, Setting]) -> None:
    """Let `architecture` have the settings of the `settings_class` `own`; None for none of its own.

    Raises `ValueError` for a name that is in `taken`, or that another architecture's own class declares: a flag of the
    command line and a field of the Train page mean one thing.
    """
    if own is None:
        _own.pop(architecture, None)
        return
    others = {name for other in _own.values() if other is not own for name in declared(other)}
    for name in declared(own):
        if name in taken or name in others:
            raise ValueError(f"Setting `{name}` of {architecture} must have a name that no other setting has.")
    _own[architecture] = own


def own_settings(architecture: str) -> Mapping[str, Setting]:
    """What `architecture` declares for itself, by name."""
    return declared(_own[architecture]) if architecture in _own else {}


def all_own_settings() -> dict[str, Setting]:
    """What any architecture declares for itself, by name."""
    return {name: setting for own in _own.values() for name, setting in declared(own).items()}


def own_values(architecture: str, before: Any, given: Mapping[str, Any]) -> Any:
    """The object of `architecture`'s own settings, None if it has none: `given`, over those of the object `before`.

    Values that another architecture declares are checked and left out. Raises `ConfigError`.
    """
    known, mine = all_own_settings(), own_settings(architecture)
    for name, value in given.items():
        known[name].check(value)
    if not mine:
        return None
    earlier = {} if before is None else dataclasses.asdict(before)
    return _own[architecture](**{name: value for name, value in (earlier | dict(given)).items() if name in mine})
