"""Numbers as people write them, the same on pages and on the command line."""

from __future__ import annotations

import numpy as np

_DIGITS = 10
_LEAST = 1e-9
"""What is smaller would be a row of zeros."""


def show_number(value: float) -> str:
    """ "0.000001", "0.1", "16": ten digits that mean something at most, and no exponent where none is needed."""
    rounded = float(f"{value:.{_DIGITS}g}")
    if rounded and _LEAST <= abs(rounded) < 1e15:
        return np.format_float_positional(rounded, trim="-")
    return f"{rounded:.{_DIGITS}g}"
