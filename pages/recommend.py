"""Recommendations for the visitor, or for a user of the data, from the chosen run."""

import streamlit as st

from recsys_core.explore import predictions
from recsys_core.explore.evidence import least_ratings
from recsys_core.explore.recommend import Ranking
from ui.components.verdict import verdict
from ui.recommend.answer import How, answer_for, show_answer
from ui.recommend.beside import answer_beside, show_both
from ui.recommend.rating import my_ratings, rate_movies, usable_ratings
from ui.shared import run_picker
from ui.shared.beside.choosing import choose_beside
from ui.shared.format import format_count
from ui.shared.messages import friendly_errors

ORDERS: dict[Ranking, str] = {"choice": "Chosen and liked", "stars": "Stars"}
MINE, USER = "My ratings", "A user of the data"

run = run_picker.current_run()
st.title("For you")
verdict(run)
with friendly_errors():
    embeddings = run_picker.looked_at(run)
if not run.has("users.parquet"):
    st.info("This run was saved without its users. Train it again to get recommendations.", icon=":material/info:")
    st.stop()

with st.container(horizontal=True, gap="large"):
    # Unlike columns, containers in a row wrap where there is no room for both.
    settings, result = st.container(width=290), st.container(width="stretch")
with settings:
    who = st.segmented_control(
        "For whom", (MINE, USER), default=MINE, required=True, label_visibility="collapsed",
        key="for_whom", bind="query-params",
    )  # fmt: skip
    asked: dict[int, float] | int
    if who == MINE:
        rate_movies(embeddings)
        asked = usable_ratings(run)
        if len(asked) < len(my_ratings()):
            n_elsewhere = format_count(len(my_ratings()) - len(asked), "rating")
            st.caption(f"{n_elsewhere} of yours of movies that this run does not have.")
    else:
        ids = predictions.users(run)["user_id"]
        asked = st.number_input(
            "User id", value=int(ids.min()), step=1, key="for_user", bind="query-params",
            help=f"As in the ratings file; one of {format_count(len(ids), 'user')}, {ids.min()} to {ids.max()}.",
        )  # fmt: skip
    by = st.segmented_control(
        "Best first by", ORDERS, format_func=ORDERS.get, default="choice", required=True, key="best_by",
        bind="query-params",
        help="Chosen and liked: what somebody with these ratings is likely to watch next, and what they would give it. "
        "Stars: the highest predicted ratings alone, also of movies that few would choose.",
    )  # fmt: skip
    min_ratings = st.slider(
        "Movies with at least … ratings",
        0,
        100,
        least_ratings(embeddings.movies),
        help="What a model says about rare movies is mostly chance.",
    )
    varied = st.toggle(
        "Fewer of a kind", key="varied", bind="query-params",
        help="Among the best, prefers movies that are not much alike: the closer one is to one above it, the more it "
        "gives up.",
    )  # fmt: skip
    beside = choose_beside(run, st.container(), key="for_you_beside")

with result, friendly_errors():
    if asked == {}:
        st.info(
            "Rate a few movies, some you like and some you do not. They are fitted into this run's model at once, "
            "without training it again. They stay with you alone, in this page's address: bookmark it to keep them. "
            "Until then, this is for the average user.",
            icon=":material/star:",
        )
    how = How(20, min_ratings, by, varied)
    answer = answer_for(run, asked, how)
    other = None if beside is None else answer_beside(run, beside, asked, how)
    if answer is not None:
        show_answer(run, answer, None if other is None else lambda: show_both(run, answer, beside, other))
