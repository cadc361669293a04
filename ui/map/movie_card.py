"""The card of the movie in focus: what it is, where it ranks, and its neighbors in the original space."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from recsys_core.data.titles import split_genres
from recsys_core.explore.embeddings import METRICS, STARS, MovieEmbeddings
from recsys_core.explore.evidence import has_few_ratings, least_ratings
from recsys_core.runs.run import Run
from ui.components.movie_list import Amount, Badge, movie_list
from ui.shared.confidence import neighbor_badges
from ui.shared.focus import focus_movie
from ui.shared.format import escape_markdown, format_bias, format_count, format_rating, movie_label
from ui.shared.why import why_no_neighbors

_N_INVITING = 6
_N_IN_SIGHT, _LIST_HEIGHT = 12, 760


def invite(embeddings: MovieEmbeddings) -> None:
    """What to do while no movie is in focus, with a few well-known ones to start from."""
    st.markdown("**Click a movie** to see its nearest neighbors: lines lead to where they really are. Or start from")
    best_known = embeddings.movies.iloc[(-embeddings.n_ratings).argsort(kind="stable")[:_N_INVITING]]
    with st.container(gap=None):
        for movie in best_known.to_dict("records"):
            st.button(
                escape_markdown(movie_label(movie)),
                key=f"invite_{movie['movie_id']}",
                on_click=focus_movie,
                args=(movie["movie_id"],),
                type="tertiary",
                icon=":material/arrow_forward:",
            )


def choose_neighbors(run: Run, embeddings: MovieEmbeddings, row: int) -> tuple[pd.DataFrame, list[Badge | None] | None]:
    """The card's controls, the neighbors they ask for, and how sure each of them is (known for cosine alone)."""
    with st.popover("Neighbors", icon=":material/tune:", width="stretch"):
        k = st.slider("How many", 1, 50, 10, key="k", bind="query-params")
        metric = st.segmented_control(
            "Nearness", METRICS, default="cosine", key="metric", bind="query-params",
            help="Cosine compares directions, the dot product also favors long vectors, "
            "Euclidean is plain distance. Always in the original space, not on the map.",
        )  # fmt: skip
        min_ratings = st.slider(
            "At least … ratings", 0, 100, least_ratings(embeddings.movies), key="neighbor_ratings", bind="query-params",
            help="Movies with few ratings have vectors that mean little. 0 shows all.",
        )  # fmt: skip
    found = embeddings.neighbors(row, k, metric or "cosine", min_ratings)
    if found.empty:
        st.caption(why_no_neighbors(embeddings, row))
    elif min_ratings:
        st.caption(f"Among movies with at least {format_count(min_ratings, 'rating')}.")
    return found, neighbor_badges(run, row, found["index"].to_numpy(), k) if metric in (None, "cosine") else None


def show_card(embeddings: MovieEmbeddings, row: int) -> None:
    movie = embeddings.movies.iloc[row]
    st.subheader(escape_markdown(movie_label(movie)), anchor=False)
    st.caption(escape_markdown(", ".join(split_genres(movie["genres"])) or "No genre"))
    n_movies = len(embeddings)
    rank = int((embeddings.n_ratings > embeddings.n_ratings[row]).sum()) + 1
    facts = [
        f"**{format_count(movie['n_ratings'], 'rating')}**, rank {rank:,} of {n_movies:,}",
        f"mean rating **{format_rating(movie['mean_rating'])}**",
    ]
    if pd.notna(movie["bias"]):
        bias_rank = int((embeddings.movies["bias"] > movie["bias"]).sum()) + 1
        unit = "" if embeddings.bias_unit == STARS else f" {embeddings.bias_unit}"
        facts.append(f"bias **{format_bias(movie['bias'])}**{unit}, rank {bias_rank:,}")
    if has_few_ratings(embeddings.movies)[row]:
        facts.append(":orange-badge[few ratings] Its neighbors are mostly chance.")
    st.markdown("  \n".join(facts))


def show_neighbors(found: pd.DataFrame, *, key: str, badges: Sequence[Badge | None] | None = None) -> None:
    """A list of movies with bars for similarity, and how sure each is; a click on one makes it the one in focus."""
    if found.empty:
        return
    similarity = found["similarity"].to_numpy(float)
    amount = Amount("Similarity", similarity, full=max(1.0, float(similarity.max())))
    with st.container(height=_LIST_HEIGHT if len(found) > _N_IN_SIGHT else "content", border=False):
        movie_list(found, amount, key=key, on_click=focus_movie, badges=badges, badge_name="Seeds")
