"""What a map is ordered by, in a line under it: measured in the background, anew for each picture."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.errors import Cancelled
from recsys_core.jobs.work import ShouldStop, Tell, Work
from recsys_core.quality.ordering import Ordering, ordering_of_places
from ui.shared.waiting import result_of

_HELP = (
    "How far the ten nearest movies on the map tell what a movie is: how many times as many genres they share as "
    "random movies do, and the share of the variance (R²) of when it was rated, when it came out and how often it was "
    "rated. Over movies with 20 training ratings or more."
)


def orderings_of(
    key: tuple[Hashable, ...], pictures: Sequence[tuple[np.ndarray, pd.DataFrame]]
) -> list[Ordering | None] | None:
    """What each of `pictures`, places `(n, 2 or 3)` of so many movies, is ordered by;
    None while that is measured, which is then said here.

    `key` names the pictures. One of them alone is None where too few of its movies have ratings enough.
    """

    def measure(tell: Tell, should_stop: ShouldStop) -> list[Ordering | None]:
        measured = []
        for number, (places, movies) in enumerate(pictures):
            if should_stop():
                raise Cancelled("What the map is ordered by is no longer asked for.")
            tell(number / len(pictures))
            measured.append(ordering_of_places(places, movies))
        return measured

    work = Work("ordering", key, "Measuring what the map is ordered by", measure, slot="ordering")
    return result_of(work)


def show_ordering(ordering: Ordering | None, subject: str = "this map") -> None:
    """A line on what `subject` is ordered by; nothing where that is not known."""
    if ordering is not None:
        st.caption(f"What {subject} is ordered by: {ordering.sentence()}", help=_HELP)
