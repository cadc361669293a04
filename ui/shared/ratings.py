"""The ratings that a run was trained on."""

from __future__ import annotations

import streamlit as st

from recsys_core.data.catalog import load_ratings
from recsys_core.data.ratings import Ratings
from recsys_core.runs.run import Run


def ratings_of(run: Run) -> Ratings:
    """All ratings of the run's data, shared by all visitors. Raises `DataError` if they are not there any more."""
    with st.spinner("Reading the ratings …"):
        return load_ratings(run.data_set)
