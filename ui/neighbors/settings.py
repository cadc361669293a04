"""What the visitor asks of the Neighbors page: measure, number, least ratings, a user, a second run; in the URL."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from recsys_core.errors import QueryError
from recsys_core.explore import predictions
from recsys_core.explore.embeddings import METRICS
from recsys_core.explore.evidence import least_ratings
from recsys_core.runs.run import Run
from ui.shared.beside.choosing import choose_beside
from ui.shared.messages import error_text

METRIC_NAMES = {"cosine": "Cosine", "dot": "Dot product", "euclidean": "Euclidean"}


@dataclass(frozen=True)
class Settings:
    """What was asked for."""

    metric: str
    k: int
    min_ratings: int
    user_id: int | None
    """A user of the run, or None."""
    beside: Run | None
    """A second run, whose list stands beside."""


def settings_row(run: Run) -> Settings:
    """The widgets in a row, and below it messages where there is no such user, or no such run to stand beside."""
    row = st.container(horizontal=True, gap="medium", vertical_alignment="bottom")
    with row:
        metric = st.segmented_control(
            "Nearness",
            METRICS,
            default="cosine",
            required=True,
            format_func=METRIC_NAMES.__getitem__,
            key="nearness",
            bind="query-params",
            help="Cosine compares directions alone. The dot product also favors long vectors, often of much rated "
            "movies. Euclidean is plain distance. Always in the original space, never on the map.",
        )
        k = st.number_input(
            "How many", 1, 100, 15, key="top", bind="query-params", width=130, help="Length of the list."
        )
        min_ratings = st.number_input(
            "At least … ratings",
            0,
            100_000,
            least_ratings(run.movies),
            step=5,
            key="at_least",
            bind="query-params",
            width=160,
            help="Movies with few ratings have vectors that mean little. 0 shows all.",
        )
        user_id = None
        if run.has("users.parquet"):
            user_id = st.number_input(
                "Predict for user",
                min_value=0,
                value=None,
                step=1,
                key="user",
                bind="query-params",
                width=160,
                placeholder="none",
                help="Id of a user of this run: the list gains the rating the model expects from this user.",
            )
    return Settings(
        metric, int(k), int(min_ratings), _known_user(run, user_id), choose_beside(run, row, key="neighbors_beside")
    )


def _known_user(run: Run, user_id: int | None) -> int | None:
    if user_id is None:
        return None
    try:
        predictions.find_user(run, user_id)
    except QueryError as error:
        st.error(error_text(error), icon=":material/person_off:")
        return None
    return user_id
