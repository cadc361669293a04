"""The card of the movie in focus: what it is, where it ranks, and its neighbors in the original space."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys_core.embeddings import METRICS, MovieEmbeddings
from recsys_core.errors import QueryError
from ui.format import escape_markdown, format_bias, format_count, format_rating, genre_list, movie_label, shorten

_PARAMETER = "movie"
_N_INVITING = 6
_INVITING_LENGTH = 34


def focus_movie(movie_id: int | None) -> None:
    """Make a movie the one in focus, in the URL as well; None lets go. For callbacks."""
    if movie_id is None:
        st.query_params.pop(_PARAMETER, None)
    else:
        st.query_params[_PARAMETER] = str(movie_id)


def focused_row(embeddings: MovieEmbeddings) -> int | None:
    """The row of the movie in focus; a warning if the URL names one that the run does not have."""
    wanted = st.query_params.get(_PARAMETER)
    if wanted is None:
        return None
    try:
        return embeddings.index_of(int(wanted) if wanted.isdecimal() else wanted)
    except QueryError as error:
        st.warning(escape_markdown(str(error)), icon=":material/search_off:")
        return None


def invite(embeddings: MovieEmbeddings) -> None:
    """What to do while no movie is in focus, with a few well-known ones to start from."""
    st.markdown("**Click a movie** to see its nearest neighbors: lines lead to where they really are. Or start from")
    best_known = embeddings.movies.iloc[(-embeddings.n_ratings).argsort(kind="stable")[:_N_INVITING]]
    for movie in best_known.to_dict("records"):
        st.button(
            escape_markdown(shorten(movie_label(movie), _INVITING_LENGTH)),
            key=f"invite_{movie['movie_id']}",
            on_click=focus_movie,
            args=(movie["movie_id"],),
            type="tertiary",
            icon=":material/arrow_forward:",
        )


def choose_neighbors(embeddings: MovieEmbeddings, row: int) -> pd.DataFrame:
    """The card's controls, and the neighbors they ask for."""
    with st.popover("Neighbors", icon=":material/tune:", width="stretch"):
        k = st.slider("How many", 1, 50, 10, key="k", bind="query-params")
        metric = st.segmented_control(
            "Nearness", METRICS, default="cosine", key="metric", bind="query-params",
            help="Cosine compares directions, the dot product also favours long vectors, "
            "Euclidean is plain distance. Always in the original space, not on the map.",
        )  # fmt: skip
        min_ratings = st.slider(
            "With at least … ratings", 0, 100, 0, key="neighbor_ratings", bind="query-params",
            help="Movies with few ratings have vectors that mean little.",
        )  # fmt: skip
    return embeddings.neighbors(row, k, metric or "cosine", min_ratings)


def show_card(embeddings: MovieEmbeddings, row: int) -> None:
    movie = embeddings.movies.iloc[row]
    st.subheader(escape_markdown(movie_label(movie)), anchor=False)
    st.caption(escape_markdown(", ".join(genre_list(movie["genres"])) or "No genre"))
    n_movies = len(embeddings)
    rank = int((embeddings.n_ratings > embeddings.n_ratings[row]).sum()) + 1
    facts = [
        f"**{format_count(movie['n_ratings'], 'rating')}**, rank {rank:,} of {n_movies:,}",
        f"mean rating **{format_rating(movie['mean_rating'])}**",
    ]
    if pd.notna(movie["bias"]):
        bias_rank = int((embeddings.movies["bias"] > movie["bias"]).sum()) + 1
        facts.append(f"bias **{format_bias(movie['bias'])}**, rank {bias_rank:,}")
    st.markdown("  \n".join(facts))


def show_neighbors(found: pd.DataFrame, *, key: str, similarity: str = "Similarity") -> None:
    """A table of movies with similarity bars; a click on a row makes that movie the one in focus."""
    if found.empty:
        st.caption("No movie has that many ratings.")
        return
    table = pd.DataFrame(
        {
            "Movie": [movie_label(movie) for movie in found.to_dict("records")],
            similarity: found["similarity"].astype(float),
        }
    )
    # A table of its own for each content: a new one has no row selected yet.
    key = f"{key}-{pd.util.hash_pandas_object(found['movie_id'], index=False).sum()}"

    def chosen() -> None:
        cells = st.session_state[key]["selection"]["cells"]
        if cells:
            focus_movie(int(found["movie_id"].iloc[cells[0][0]]))

    low = min(0.0, float(table[similarity].min()))
    high = max(1.0, float(table[similarity].max()))
    st.dataframe(
        table,
        hide_index=True,
        key=key,
        on_select=chosen,
        selection_mode="single-cell",
        height=min(420, 38 + 35 * len(table)),
        column_config={
            "Movie": st.column_config.TextColumn(width=150),
            similarity: st.column_config.ProgressColumn(format="%.2f", min_value=low, max_value=high, width=90),
        },
    )
