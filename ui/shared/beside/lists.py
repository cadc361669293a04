"""The lists of two runs side by side: what both have and what one alone has, and which one the visitor prefers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.runs.run import Run
from ui.components.movie_list import Amount, Badge, movie_list
from ui.shared.beside.naming import name_line
from ui.shared.format import format_count

_KEPT = "preferred_lists"
_LETTERS = ("A", "B")
_NEITHER = "Neither"
_BOTH = Badge("in both", "strong", "In both lists.")


@dataclass(frozen=True)
class Listed:
    """The list of one of the runs."""

    run: Run
    found: pd.DataFrame
    """As `movie_list` takes it."""
    amount: Amount
    predicted: np.ndarray | None = None


def side_by_side(
    lists: tuple[Listed, Listed],
    *,
    key: str,
    on_click: Callable[[int], None],
    about: Hashable,
    least_width: int = 380,
) -> None:
    """Draw both lists and ask which one is better; `about` is what they are lists for, in this session's count.

    least_width: of each in px; where there is less room they come one below the other.
    """
    ids = [set(each.found["movie_id"]) for each in lists]
    n_both = len(ids[0] & ids[1])
    st.caption(f"**{n_both}** of {format_count(max(map(len, ids)), 'movie')} are in both lists.")
    with st.grid(2, min_column_width=least_width, gap="large"):
        for letter, listed, others in zip(_LETTERS, lists, reversed(ids), strict=True):
            with st.container():
                name_line(letter, listed.run.label)
                if listed.found.empty:
                    st.caption("No movie to list.")
                    continue
                other = _LETTERS[1 - _LETTERS.index(letter)]
                alone = Badge(f"{letter} alone", "weak", f"Not in the list of {other}.")
                movie_list(
                    listed.found,
                    listed.amount,
                    key=f"{key}_{letter}",
                    on_click=on_click,
                    badges=[_BOTH if movie_id in others else alone for movie_id in listed.found["movie_id"]],
                    badge_name="",
                    predicted=listed.predicted,
                )
    if all(ids):
        _ask(lists[0].run, lists[1].run, (key, about))


def _ask(first: Run, second: Run, about: Hashable) -> None:
    """Which list is preferred: kept for the session by the runs' names, so that it counts whichever of them is A."""
    names = (first.name, second.name)
    given: dict[Hashable, str] = st.session_state.setdefault(_KEPT, {}).setdefault(frozenset(names), {})
    options = [*_LETTERS, _NEITHER]
    key = f"prefers_{hash((names, about))}"
    before = given.get(about)
    if before is not None:
        st.session_state[key] = _NEITHER if before not in names else _LETTERS[names.index(before)]

    def answer() -> None:
        letter = st.session_state[key]
        if letter is None:
            given.pop(about, None)
        else:
            given[about] = names[_LETTERS.index(letter)] if letter in _LETTERS else _NEITHER

    st.segmented_control("Whose list do you prefer?", options, key=key, on_change=answer)
    if given:
        counts = Counter(given.values())
        won = [f"{letter} **{counts[name]}**" for letter, name in zip(_LETTERS, names, strict=True)]
        st.caption(
            f"So far: {', '.join(won)}, neither **{counts[_NEITHER]}**, of {format_count(len(given), 'list')}. "
            "Kept until you leave."
        )
