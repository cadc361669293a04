"""The parts of the Neighbors page: search field, trail, card and list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.errors import QueryError
from recsys_core.explore import predictions
from recsys_core.explore.embeddings import METRICS, MovieEmbeddings
from recsys_core.explore.yardsticks import RandomPairs
from recsys_core.quality.report import MIN_RATINGS, cached_report, can_train_again
from recsys_core.runs.run import Run
from ui.components.movie_list import Amount, movie_list
from ui.map.movie_card import focus_movie, focused_row
from ui.shared.asking import answer
from ui.shared.chips import genre_chips
from ui.shared.confidence import has_few_ratings, neighbor_badges
from ui.shared.format import (
    escape_markdown,
    format_bias,
    format_count,
    format_rating,
    format_similarity,
    genre_list,
    movie_label,
    shorten,
)
from ui.shared.why import show_why

_SEARCH, _TRAIL = "neighbors_search", "neighbors_trail"
_MOST_MATCHES = 12
_LONGEST_TRAIL = 8
_SIMILARITY = {"cosine": "Cosine", "dot": "Dot product", "euclidean": "Euclidean"}


@dataclass(frozen=True)
class Settings:
    """What the visitor asked for."""

    metric: str
    k: int
    min_ratings: int
    user_id: int | None


def open_movie(movie_id: int) -> None:
    """Make a movie the query, and put it on the trail. For callbacks."""
    focus_movie(movie_id)
    st.session_state[_SEARCH] = ""


def search_field(embeddings: MovieEmbeddings) -> None:
    """One large field; what it finds appears below while typing, the most rated first."""
    text = st.text_input(
        "Find a movie",
        key=_SEARCH,
        live=True,
        placeholder="Type part of a title, such as matrix or amelie",
        icon=":material/search:",
        help="Also finds genres and years. Case and accents do not matter.",
    )
    if not text.strip():
        return
    rows = embeddings.search(text)
    if not len(rows):
        st.caption("No movie of this run has that in its title, genres or year. Try fewer letters.")
        return
    with st.container(horizontal=True, gap="small"):
        for row in rows[:_MOST_MATCHES]:
            movie = embeddings.movies.iloc[row]
            st.button(
                escape_markdown(shorten(movie_label(movie), 48)),
                key=f"match-{movie['movie_id']}",
                on_click=open_movie,
                args=(int(movie["movie_id"]),),
            )
    if len(rows) > _MOST_MATCHES:
        st.caption(f"The {_MOST_MATCHES} best of {len(rows):,} matches. Type more letters to narrow them down.")


def query_row(embeddings: MovieEmbeddings) -> int:
    """The movie asked for: by the URL, else the last one on the trail, else the most rated one."""
    row = focused_row(embeddings)
    if row is not None:
        return row
    for movie_id in reversed(st.session_state.get(_TRAIL, [])):
        try:
            return embeddings.index_of(movie_id)
        except QueryError:
            continue
    return int(np.argmax(embeddings.n_ratings))


def trail(embeddings: MovieEmbeddings, row: int) -> None:
    """The movies walked through, each a way back; the present one is last."""
    current = int(embeddings.movies["movie_id"].iloc[row])
    walked = [movie_id for movie_id in st.session_state.get(_TRAIL, []) if movie_id != current]
    st.session_state[_TRAIL] = [*walked, current][-_LONGEST_TRAIL:]
    known = embeddings.movies["movie_id"].isin(walked)
    titles = embeddings.movies[known].set_index("movie_id")["title"]
    before = [movie_id for movie_id in st.session_state[_TRAIL][:-1] if movie_id in titles.index]
    if not before:
        return
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.caption("You came by", width="content")
        for movie_id in before:
            label = escape_markdown(shorten(titles[movie_id], 28))
            st.button(
                f"{label} ›", key=f"trail-{movie_id}", type="tertiary", on_click=open_movie, args=(int(movie_id),)
            )


def settings_row(run: Run) -> Settings:
    """Metric, number, minimum ratings and user, all in the URL."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        metric = st.segmented_control(
            "Nearness",
            METRICS,
            default="cosine",
            required=True,
            format_func=_SIMILARITY.__getitem__,
            key="nearness",
            bind="query-params",
            help="Cosine compares directions alone. The dot product also favors long vectors, often of much rated "
            "movies. Euclidean is plain distance. Always in the original space, never on the map.",
        )
        k = st.number_input(
            "How many", 1, 100, 15, key="top", bind="query-params", width=130, help="Length of the list."
        )
        min_ratings = st.number_input(
            "At least … ratings",
            0,
            100_000,
            20,
            step=5,
            key="at_least",
            bind="query-params",
            width=160,
            help="Movies with few ratings have vectors that mean little. 0 shows all.",
        )
        user_id = None
        if run.has("users.parquet"):
            user_id = st.number_input(
                "Predict for user",
                min_value=0,
                value=None,
                step=1,
                key="user",
                bind="query-params",
                width=160,
                placeholder="none",
                help="Id of a user of this run: the list gains the rating the model expects from this user.",
            )
    return Settings(metric, int(k), int(min_ratings), user_id)


def movie_card(embeddings: MovieEmbeddings, row: int, predicted: float | None, user_mean: float | None) -> None:
    """What the movie is, where it ranks, and the rating that the chosen user is expected to give, beside their mean."""
    movie = embeddings.movies.iloc[row]
    n_movies = len(embeddings)
    rank = int((embeddings.n_ratings > movie["n_ratings"]).sum()) + 1
    facts = [
        ("Ratings", f"{movie['n_ratings']:,.0f}", f"rank {rank:,} of {n_movies:,}"),
        ("Mean rating", format_rating(movie["mean_rating"]), None),
    ]
    if pd.notna(movie["bias"]):
        bias_rank = int((embeddings.movies["bias"] > movie["bias"]).sum()) + 1
        facts.append(("Bias", format_bias(movie["bias"]), f"rank {bias_rank:,}"))
    if predicted is not None:
        beside = None if user_mean is None else f"user's mean {format_rating(user_mean)}"
        facts.append(("Predicted", format_rating(predicted), beside))
    with st.container(border=True, gap="small"):
        st.subheader(escape_markdown(movie_label(movie)), anchor=False)
        genre_chips(genre_list(movie["genres"]))
        if has_few_ratings(embeddings.movies)[row]:
            st.caption(
                f":orange-badge[few ratings] Fewer than {MIN_RATINGS} ratings in training: most of its vector, and so "
                "of its neighbors, is chance."
            )
        with st.grid("auto", min_column_width=160):
            for label, value, delta in facts:
                st.metric(label, value, delta=delta, delta_color="off", delta_arrow="off")


def predicted_ratings(run: Run, user_id: int | None, rows: np.ndarray) -> np.ndarray | None:
    """What the model expects `user_id` to give to the movies `rows`; None without a user, or before a network answers.

    Raises `QueryError` for a user who is not in the run.
    """
    if user_id is None:
        return None
    predictions.find_user(run, user_id)
    if run.info.prediction.is_dot:
        return predictions.predict(run, user_id, rows)
    return answer(
        ("predict", str(run.path), run.stamp, user_id, tuple(rows.tolist())),
        lambda: predictions.predict(run, user_id, rows),
        "Asking the network for its predictions …",
    )


def mean_of_user(run: Run, user_id: int | None) -> float | None:
    """The mean of the user's own ratings: what a prediction is held against. Raises `QueryError`."""
    if user_id is None:
        return None
    return float(predictions.users(run)["mean_rating"].iloc[predictions.find_user(run, user_id)])


def neighbor_list(
    run: Run, row: int, found: pd.DataFrame, settings: Settings, pairs: RandomPairs | None, predicted: np.ndarray | None
) -> None:
    """The neighbors as a list; a click on one makes that movie the query."""
    if found.empty:
        st.info("No movie has that many ratings. Lower “At least … ratings”.", icon=":material/filter_alt_off:")
        return
    similarity = found["similarity"].to_numpy(np.float64)
    # Confidence is measured for neighbors by cosine.
    badges = neighbor_badges(run, row, found["index"].to_numpy(), settings.k) if settings.metric == "cosine" else []
    movie_list(
        found,
        Amount(
            _SIMILARITY[settings.metric] if settings.metric != "euclidean" else "1 / (1 + distance)",
            similarity,
            full=1.0 if settings.metric == "cosine" else float(similarity.max()),
            yardstick=None if pairs is None else pairs.median,
            yardstick_name="random pair",
        ),
        key="neighbor_list",
        on_click=open_movie,
        badges=badges if any(badges) else None,
        badge_name="Confidence",
        predicted=predicted,
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


def yardstick(found: pd.DataFrame, pairs: RandomPairs, size: int) -> None:
    """One sentence that says how much the similarities above are."""
    if found.empty:
        return
    beyond = int((found["similarity"] > pairs.top).sum())
    st.caption(
        f"Two random movies: **{format_similarity(pairs.median)}**; 95 of 100 random pairs stay below "
        f"**{format_similarity(pairs.top)}**, and {beyond} of these {format_count(len(found), 'neighbor')} lie above. "
        f"Exact, in the original space of {format_count(size, 'dimension')}. Click a row to go on from there."
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
