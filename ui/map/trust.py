"""How far to believe the picture: measured for the map, and for each movie as a colour."""

from __future__ import annotations

import numpy as np
import streamlit as st

from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.jobs.work import Work
from recsys_core.maps.faithfulness import Faithfulness, measure_faithfulness
from recsys_core.maps.projection import Projection
from ui.components.map import ColorBy
from ui.shared.waiting import result_if_ready, show_progress

_LEAST_MOVIES = 4


def faithfulness_of(
    embeddings: MovieEmbeddings, projection: Projection, run_key: tuple
) -> tuple[Work, Faithfulness | None]:
    """The work and its result, None while it is under way or where the map has too few movies to be measured."""
    work = Work(
        "faithfulness",
        (*run_key, projection.spec.key()),
        "Measuring how faithful this map is",
        lambda tell, should_stop: measure_faithfulness(embeddings.vectors[projection.rows], projection.coordinates),
        slot="faithfulness",
    )
    return work, None if len(projection.rows) < _LEAST_MOVIES else result_if_ready(work)


def color(measured: Faithfulness) -> ColorBy:
    return ColorBy.amount("Share of true neighbors kept", measured.movie_neighbors_kept.astype(np.float32), decimals=1)


def show_trust(projection: Projection, work: Work, measured: Faithfulness | None) -> None:
    """One line under the map."""
    if len(projection.rows) < _LEAST_MOVIES:
        return
    if measured is None:
        show_progress(work)
        return
    variance = ""
    if projection.explained_variance is not None:
        drawn = [projection.explained_variance[component - 1] for component in projection.spec.components]
        variance = f" · variance explained **{sum(drawn):.0%}** ({' + '.join(f'{share:.0%}' for share in drawn)})"
    st.caption(
        f"Trustworthiness **{measured.trustworthiness:.2f}** · true neighbors kept "
        f"**{measured.neighbors_kept:.0%}**{variance} · {measured.sentence()}",
        help=f"Trustworthiness: whether movies drawn side by side are truly alike; 1 is best, 0.5 is chance. Neighbors "
        f"kept: how many of a movie's {measured.k} true nearest are among its {measured.k} nearest on the map.",
    )
