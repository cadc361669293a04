"""The recommendations of a second run for the same person, beside those of the first."""

from __future__ import annotations

import streamlit as st

from recsys_core.errors import RecsysError
from recsys_core.runs.run import Run
from ui.navigation import open_neighbors
from ui.recommend.answer import Answer, How, answer_for, predicted_bars
from ui.recommend.rating import usable_ratings
from ui.shared.beside.lists import Listed, side_by_side
from ui.shared.format import escape_markdown


def answer_beside(run: Run, beside: Run, asked: dict[int, float] | int, how: How) -> Answer | None:
    """What `beside` answers; None, with a message where it never will, as of a user that it does not know."""
    why_not = None
    if isinstance(asked, int) and _data_of(run) != _data_of(beside):
        why_not = "It was trained on other data, where a user's number means another person."
    elif not beside.has("users.parquet"):
        why_not = "It was saved without its users; train it again."
    if why_not is None:
        try:
            return answer_for(beside, asked if isinstance(asked, int) else usable_ratings(beside), how)
        except RecsysError as error:
            why_not = str(error)
    st.info(f"“{escape_markdown(beside.label)}” has no list: {escape_markdown(why_not)}", icon=":material/info:")
    return None


def show_both(run: Run, given: Answer, beside: Run, other: Answer) -> None:
    """Both lists, and the question which one is better."""
    side_by_side(
        tuple(
            Listed(each, one.found, predicted_bars(each, one.found)) for each, one in ((run, given), (beside, other))
        ),
        key="recommended",
        on_click=open_neighbors,
        about=(given.who, tuple(sorted(given.person.rated.items()))),
        least_width=250,
    )


def _data_of(run: Run) -> str:
    return run.data_set.fingerprint or run.data_set.id
