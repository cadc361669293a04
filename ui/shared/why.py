"""Why is this a neighbor: what two movies have in common in the ratings themselves; or why a movie has none."""

from __future__ import annotations

import streamlit as st

from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.explain import common_ground
from recsys_core.runs.run import Run
from ui.charts.quality import agreement_grid
from ui.components.plot import plot
from ui.shared.format import escape_markdown, format_count, format_similarity, shorten
from ui.shared.ratings import ratings_of


def why_no_neighbors(embeddings: MovieEmbeddings, row: int) -> str:
    """What to say under an empty list of neighbors of the movie in `row`."""
    if not embeddings.has_vector[row]:
        return "Nobody rated this movie in training: the model has learned nothing about it, and it has no neighbors."
    return "No other movie has that many ratings. Lower “At least … ratings”."


def show_why(run: Run, first: int, second: int, *, key: str = "why") -> None:
    """Who rated both movies (rows `first` and `second` of the run) and how, shared genres, co-rating cosine.

    Raises `DataError` if the ratings are not there any more, `QueryError` for a movie without ratings.
    """
    movies = run.movies.iloc[[first, second]]
    ground = common_ground(ratings_of(run), *movies["movie_id"].tolist())
    one, other = (shorten(title, 34) for title in movies["title"])
    n_both = len(ground.both)
    st.markdown(
        f"**{format_count(n_both, 'user')}** rated both; by chance it would be {ground.expected_both:.0f} "
        f"({ground.n_first:,} rated {escape_markdown(one)}, {ground.n_second:,} {escape_markdown(other)})."
    )
    badges = [f":green-badge[{escape_markdown(genre)}]" for genre in ground.shared_genres]
    badges += [f":gray-badge[{escape_markdown(genre)}]" for genre in ground.other_genres]
    st.markdown(
        f"Genres shared (green) or not: {' '.join(badges) or 'none known'}  \n"
        f"Co-rating cosine **{format_similarity(ground.cosine)}**, number {ground.cosine_rank:,} of "
        f"{ground.n_movies:,} movies."
    )
    if n_both:
        stars = ground.both["first"].to_numpy(), ground.both["second"].to_numpy()
        plot(
            agreement_grid(*stars, one, other), key=f"{key}-{first}-{second}",
            alt="Ratings of the users who rated both, one movie's against the other's",
        )  # fmt: skip
        st.caption(
            "Each dot is a pair of ratings by the same users, the larger the more; on the dotted line they agree."
        )
