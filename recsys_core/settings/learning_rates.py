"""Phases of learning rates, and as people write them: "0.001 × 5, 0.01 × 3"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from recsys_core.errors import ConfigError, quoted
from recsys_core.settings.declaration import Setting, settings_class
from recsys_core.settings.numbers import show_number

MAX_EPOCHS = 1000
MAX_LEARNING_RATE = 100

_PHASE = re.compile(r"\s*(?P<rate>[0-9.eE+-]+)\s*(?:[×x*]\s*(?P<epochs>\d+))?\s*")


@settings_class
class Phase:
    """A stretch of epochs at one learning rate."""

    # fmt: off
    learning_rate: Annotated[float, Setting("Learning rate", "How far a step goes.",
        scope="runtime", low=0, above_low=True, high=MAX_LEARNING_RATE)]
    epochs: Annotated[int, Setting("Epochs", "How often all training ratings are gone through.",
        scope="runtime", low=1, high=MAX_EPOCHS)]
    # fmt: on


def format_phases(phases: Sequence[Phase]) -> str:
    """`(Phase(0.001, 5), Phase(0.01, 3))` as "0.001 × 5, 0.01 × 3"."""
    return ", ".join(f"{show_number(phase.learning_rate)} × {phase.epochs}" for phase in phases)


def parse_phases(text: str) -> tuple[Phase, ...]:
    """The reverse of `format_phases`; "x" and "*" do for "×", and a rate alone is one epoch. Raises `ConfigError`."""
    phases = []
    for part in text.split(","):
        match = _PHASE.fullmatch(part)
        try:
            if match is None:
                raise ValueError
            phases.append(Phase(float(match["rate"]), int(match["epochs"] or 1)))
        except ValueError as error:
            raise ConfigError(
                f'Learning rates must be written like "0.001 × 5, 0.01 × 3" (rate × epochs). '
                f"Received: {quoted(part.strip())}"
            ) from error
    return tuple(phases)
