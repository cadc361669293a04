"""The neighbors as a list, how much their similarities are, how sure each is, and why one of them is there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.evidence import has_few_ratings
from recsys_core.explore.yardsticks import RandomPairs
from recsys_core.quality.report import cached_report, can_train_again
from recsys_core.runs.run import Run
from ui.components.movie_list import Amount, movie_list
from ui.neighbors.settings import METRIC_NAMES, Settings
from ui.neighbors.trail import open_movie
from ui.shared.confidence import neighbor_badges
from ui.shared.format import format_count, format_similarity, movie_label
from ui.shared.why import show_why, why_no_neighbors


def neighbor_list(
    run: Run,
    embeddings: MovieEmbeddings,
    row: int,
    found: pd.DataFrame,
    settings: Settings,
    pairs: RandomPairs | None,
    predicted: np.ndarray | None,
) -> None:
    """The neighbors of `row` as a list; a click on one makes that movie the query."""
    if found.empty:
        st.info(why_no_neighbors(embeddings, row), icon=":material/filter_alt_off:")
        return
    # Confidence is measured for neighbors by cosine.
    badges = neighbor_badges(run, row, found["index"].to_numpy(), settings.k) if settings.metric == "cosine" else []
    movie_list(
        found,
        similarity_bars(found, settings, pairs),
        key="neighbor_list",
        on_click=open_movie,
        badges=badges if any(badges) else None,
        badge_name="Confidence",
        predicted=predicted,
    )


def similarity_bars(found: pd.DataFrame, settings: Settings, pairs: RandomPairs | None) -> Amount:
    """How near each neighbor is, with a mark where a random pair's similarity is."""
    similarity = found["similarity"].to_numpy(np.float64)
    return Amount(
        METRIC_NAMES[settings.metric] if settings.metric != "euclidean" else "1 / (1 + distance)",
        similarity,
        full=1.0 if settings.metric == "cosine" else float(similarity.max(initial=1e-9)),
        yardstick=None if pairs is None else pairs.median,
        yardstick_name="random pair",
    )


def yardstick(found: pd.DataFrame, pairs: RandomPairs, size: int) -> None:
    """One sentence that says how much the similarities above are."""
    beyond = int((found["similarity"] > pairs.top).sum())
    st.caption(
        f"Two random movies: **{format_similarity(pairs.median)}**; 95 of 100 random pairs stay below "
        f"**{format_similarity(pairs.top)}**, and {beyond} of these {format_count(len(found), 'neighbor')} lie above. "
        f"Exact, in the original space of {format_count(size, 'dimension')}. Click a row to go on from there."
    )


def confidence_note(run: Run, row: int, metric: str) -> None:
    """What the badges say, or why there are none."""
    if metric != "cosine" or has_few_ratings(run.movies)[row]:
        return
    report = cached_report(run)
    if report is not None and len(report.seeds) > 1:
        st.caption(
            f"Confidence: in how many of {len(report.seeds)} trainings, alike but for their seed, the movie is in a "
            "list as long as this one."
        )
    elif can_train_again(run):
        st.caption(
            "How sure each neighbor is, over several seeds, is not measured for this run: the Quality page does."
        )


def why_a_neighbor(run: Run, row: int, found: pd.DataFrame) -> None:
    """Choose one of the neighbors to see what the ratings themselves say about it; nothing is read before.

    Raises what `show_why` raises.
    """
    labels = {int(movie["index"]): movie_label(movie) for movie in found.to_dict("records")}
    chosen = st.selectbox(
        "Why is it a neighbor?",
        labels,
        index=None,
        format_func=labels.__getitem__,
        key=f"why-{row}",
        placeholder="Choose one of these movies",
        help="Shows who rated both movies and how, the genres they share, and how alike they are by ratings alone. "
        "Useful when a neighbor surprises you.",
    )
    if chosen is not None:
        with st.container(border=True):
            show_why(run, row, chosen)
