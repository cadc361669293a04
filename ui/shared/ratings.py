"""The ratings that a run was trained on, read once for all visitors."""

from __future__ import annotations

import streamlit as st

from recsys_core.data import ratings
from recsys_core.runs.run import Run


def ratings_of(run: Run) -> ratings.Ratings:
    """All ratings of the run's data. Raises `DataError` if they are not there any more."""
    return _ratings(run.info.data_path)


@st.cache_resource(max_entries=2, show_spinner="Reading the ratings …")
def _ratings(path: str | None) -> ratings.Ratings:
    return ratings.load(path)
