"""A visitor's own ratings: found by title, given in stars; kept in their session and the page's address alone."""

from __future__ import annotations

import re

import streamlit as st

from recsys_core.errors import DataError, quoted
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.recommend import suggestions
from recsys_core.runs.run import Run
from ui.navigation import put_in_address
from ui.shared.format import escape_markdown, movie_label, shorten
from ui.shared.messages import complain, show_said
from ui.shared.movie_search import search_movies

_KEY, _SEARCHED = "my_ratings", "searched_movies"
_PARAMETER = "stars"
"""Of the page's address: `260:5,1196:4`, movie ids and stars, so that a reload keeps them and a link shares them."""
_RATED = re.compile(r"(?P<movie>[0-9]{1,18}):(?P<stars>[1-5])")
_N_SUGGESTED = 6


def my_ratings() -> dict[int, float]:
    """Movie id -> stars from 1 to 5, in the order they were given."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = _from_address()
    return st.session_state[_KEY]


def usable_ratings(run: Run) -> dict[int, float]:
    """Row of a movie of `run` -> stars on the scale of its data, of those that it has."""
    row_of = {movie_id: row for row, movie_id in enumerate(run.movies["movie_id"].tolist())}
    scale = run.info.data.rating_max / 5
    return {row_of[movie_id]: stars * scale for movie_id, stars in my_ratings().items() if movie_id in row_of}


def rate_movies(embeddings: MovieEmbeddings) -> None:
    """A search field, well-known movies to rate, and the ratings so far."""
    mine = my_ratings()
    show_said()
    put_in_address(_PARAMETER, ",".join(f"{movie_id}:{stars:g}" for movie_id, stars in mine.items()) or None)

    def add_found(movie_id: int) -> None:
        st.session_state[_SEARCHED] = [movie_id, *st.session_state.get(_SEARCHED, [])]

    search_movies("Rate a movie", embeddings, key="rate_search", on_choose=add_found, narrow=True)
    row_of = {movie_id: row for row, movie_id in enumerate(embeddings.movies["movie_id"].tolist())}
    # Those of other runs are kept, but not shown.
    chosen = [
        movie_id for movie_id in dict.fromkeys([*st.session_state.get(_SEARCHED, []), *mine]) if movie_id in row_of
    ]
    for movie_id in chosen:
        _star_row(movie_id, movie_label(embeddings.movies.iloc[row_of[movie_id]]))
    if mine:
        st.button("Forget my ratings", icon=":material/delete:", on_click=_forget, type="tertiary")
    st.caption("Seen any of these? Well-known movies of many kinds:")
    for movie in suggestions(embeddings.movies, chosen, _N_SUGGESTED).to_dict("records"):
        _star_row(int(movie["movie_id"]), movie_label(movie))


def _from_address() -> dict[int, float]:
    """What the address says a visitor has rated, who has just come with it; nothing where it means nothing."""
    rated = {}
    for part in filter(None, st.query_params.get(_PARAMETER, "").split(",")):
        match = _RATED.fullmatch(part)
        if match is None:
            wanted = "movie ids with 1 to 5 stars, such as 260:5,1196:4"
            complain(DataError(f"`{_PARAMETER}` in the address must be {wanted}. Received: {quoted(part)}"))
            return {}
        rated[int(match["movie"])] = float(match["stars"])
    return rated


def _star_row(movie_id: int, label: str) -> None:
    key = f"stars-{movie_id}"
    given = my_ratings().get(movie_id)

    def rate() -> None:
        stars = st.session_state[key]
        if stars is None:
            my_ratings().pop(movie_id, None)
        else:
            my_ratings()[movie_id] = float(stars + 1)

    with st.container(gap=None):
        st.markdown(escape_markdown(shorten(label, 34)))
        st.feedback("stars", key=key, default=None if given is None else round(given) - 1, on_change=rate)


def _forget() -> None:
    for movie_id in my_ratings():
        # Set rather than dropped: the browser would keep the stars of a widget that is merely unknown here.
        st.session_state[f"stars-{movie_id}"] = None
    st.session_state[_KEY] = {}
    st.session_state[_SEARCHED] = []
