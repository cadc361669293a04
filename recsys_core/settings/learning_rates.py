"""Learning-rate phases as people write them: "1e-3 × 5, 1e-2 × 3"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recsys_core.errors import ConfigError
from recsys_core.settings.train_config import Phase

_PHASE = re.compile(r"\s*(?P<rate>[0-9.eE+-]+)\s*(?:[×x*]\s*(?P<epochs>\d+))?\s*")


def format_phases(phases: Sequence[Phase]) -> str:
    """`(Phase(0.001, 5), Phase(0.01, 3))` as "0.001 × 5, 0.01 × 3"."""
    return ", ".join(f"{phase.learning_rate:g} × {phase.epochs}" for phase in phases)


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
                f'Learning rates must be written like "0.001 × 5, 0.01 × 3" (rate × epochs). Received: {part.strip()!r}'
            ) from error
    return tuple(phases)
