"""What scale ratings are on, and what that means for training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

_MOST_VALUES = 60
"""More different ratings than this are no scale of steps."""


@dataclass(frozen=True)
class Scale:
    """The ratings that people gave."""

    low: float
    high: float
    in_words: str
    """The scale and its consequences, in a sentence."""


def scale_of(rating: np.ndarray) -> Scale:
    """What `rating`, float32 `(n,)` with at least one, is on."""
    low, high = float(rating.min()), float(rating.max())
    if low == high:
        words = (
            f"Every rating is {low:g}, as where only likes are known: what people rated says everything, and how "
            "nothing. Choose the architecture Rate and watch, which learns who chose what; all others would learn "
            "one number."
        )
    elif low == -1 and high == 1:
        words = (
            "Ratings go from -1 to 1, as dislikes and likes do: every architecture learns them, and a predicted rating "
            "near 0 means undecided."
        )
    else:
        words = f"Ratings go from {low:g} to {high:g}: every architecture learns them; errors are on that scale."
        if max(abs(low), abs(high)) > 20:
            words += (
                " They are large numbers: turn the stretched sigmoid on, or take a lower learning rate where it is off."
            )
    return Scale(low, high, words)


def histogram(rating: np.ndarray) -> tuple[list[float], list[int]]:
    """Different ratings, ascending, and how many there are of each; of many, the middles of 40 even steps."""
    if len(np.unique(rating[: 1 << 20])) <= _MOST_VALUES:
        # By hashes, and not by sorting all of them.
        places, values = pd.factorize(rating)
        if len(values) <= _MOST_VALUES:
            order = np.argsort(values)
            return np.asarray(values, float)[order].tolist(), np.bincount(places)[order].tolist()
    counts, edges = np.histogram(rating, 40)
    return ((edges[:-1] + edges[1:]) / 2).tolist(), counts.tolist()
