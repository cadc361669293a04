"""What the Data page shows of a data set, from what was computed when it was imported."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from recsys_core.data.catalog import BUILT_IN, find_data_set, load_ratings
from recsys_core.data.importing.report import ImportReport
from recsys_core.data.library.aggregates import Aggregates, aggregates_of, movies_of
from recsys_core.data.library.folder import own_data_set
from recsys_core.errors import DataError
from recsys_core.explore.search import MovieSearch


@dataclass(frozen=True)
class Facts:
    """A data set as the page has it."""

    aggregates: Aggregates
    movies: pd.DataFrame
    """The most rated first."""
    search: MovieSearch
    report: ImportReport | None
    """None for the built-in ratings."""
    source: str
    license: str


def facts_of(data_id: str) -> Facts:
    """Of the data set with this id, shared by all visitors. Raises `DataError` if it is gone or damaged."""
    return _facts(data_id, find_data_set(data_id).fingerprint)


@st.cache_resource(max_entries=4, show_spinner="Looking at the data set …")
def _facts(data_id: str, fingerprint: str) -> Facts:
    if data_id == BUILT_IN:
        ratings = load_ratings()
        movies = movies_of(ratings)
        license = "MovieLens, by GroupLens Research: for research, not for commercial use without permission."
        return Facts(aggregates_of(ratings), movies, MovieSearch(movies), None, "the app itself", license)
    own = own_data_set(data_id)
    if own is None:
        raise DataError(f"A data set must be in the data folder. Received: {data_id!r}, which is not there any more.")
    return Facts(own.aggregates, own.movies, MovieSearch(own.movies), own.report, own.info.source, own.info.license)
