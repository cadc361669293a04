"""How far to believe the picture, and what it is ordered by: measured for the map, and for each movie as a color."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.jobs.work import Work
from recsys_core.maps.faithfulness import Faithfulness, measure_faithfulness
from recsys_core.maps.projection import Projection
from recsys_core.quality.ordering import Ordering, ordering_of_places
from ui.components.map import ColorBy
from ui.shared.maps.ordering import show_ordering
from ui.shared.waiting import result_if_ready, show_progress

_LEAST_MOVIES = 4


@dataclass(frozen=True)
class Measured:
    """What is measured of a map."""

    faithfulness: Faithfulness
    ordering: Ordering | None
    """None where too few of its movies have ratings enough."""


def measured_map(embeddings: MovieEmbeddings, projection: Projection, run_key: tuple) -> tuple[Work, Measured | None]:
    """The work and its result, None while it is under way or where the map has too few movies to be measured."""
    work = Work(
        "faithfulness",
        (*run_key, projection.spec.key()),
        "Measuring how faithful this map is",
        lambda tell, should_stop: Measured(
            measure_faithfulness(embeddings.vectors[projection.rows], projection.coordinates),
            ordering_of_places(projection.coordinates, embeddings.movies.iloc[projection.rows]),
        ),
        slot="faithfulness",
    )
    return work, None if len(projection.rows) < _LEAST_MOVIES else result_if_ready(work)


def color(measured: Measured) -> ColorBy:
    kept = measured.faithfulness.movie_neighbors_kept.astype(np.float32)
    return ColorBy.amount("Share of true neighbors kept", kept, decimals=1)


def show_trust(projection: Projection, work: Work, measured: Measured | None) -> None:
    """A line under the map on how far to believe it, and one on what it is ordered by."""
    if len(projection.rows) < _LEAST_MOVIES:
        return
    if measured is None:
        show_progress(work)
        return
    variance = ""
    if projection.explained_variance is not None:
        drawn = [projection.explained_variance[component - 1] for component in projection.spec.components]
        variance = f" · variance explained **{sum(drawn):.0%}** ({' + '.join(f'{share:.0%}' for share in drawn)})"
    faithfulness = measured.faithfulness
    st.caption(
        f"Trustworthiness **{faithfulness.trustworthiness:.2f}** · true neighbors kept "
        f"**{faithfulness.neighbors_kept:.0%}**{variance} · {faithfulness.sentence()}",
        help=f"Trustworthiness: whether movies drawn side by side are truly alike; 1 is best, 0.5 is chance. Neighbors "
        f"kept: how many of a movie's {faithfulness.k} true nearest are among its {faithfulness.k} nearest on the map.",
    )
    show_ordering(measured.ordering)
