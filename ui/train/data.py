"""What is trained on: how much of it the filters leave; and behind the run shown, its ratings."""

from __future__ import annotations

import streamlit as st

from recsys_core.data.catalog import find_data_set, load_ratings
from recsys_core.data.filters import FILTERS, Left, count_left, has_filters
from recsys_core.errors import DataError
from recsys_core.jobs import background
from recsys_core.jobs.preparing import preparing_work
from recsys_core.jobs.work import ShouldStop, Tell, Work
from recsys_core.runs.run import Run
from recsys_core.settings.train_config import TrainConfig
from ui.charts.data import cross_heat_map
from ui.components.plot import plot
from ui.shared.format import escape_markdown, format_count
from ui.shared.messages import friendly_errors
from ui.shared.ratings import contents_of_run
from ui.shared.waiting import result_if_ready, show_progress
from ui.shared.watching import visitor

_COUNTED = "train_filtered"


def data_panel(run: Run) -> None:
    """An expander; the ratings are read once it is opened."""
    panel = st.expander("The ratings behind this run", icon=":material/table:", key="train_data", on_change="rerun")
    if not panel.open:
        return
    with panel:
        data, split = run.info.data, run.info.split
        st.markdown(
            f"**{escape_markdown(data.name)}**: {format_count(data.n_ratings, 'rating')} by "
            f"{format_count(data.n_users, 'user')} of {format_count(data.n_movies, 'movie')}. "
            f"Of these {split.n_train:,} train and {split.n_validation:,} validate; "
            f"{split.n_dropped:,} are left out because training knows nothing of their user or movie."
        )
        with friendly_errors():
            contents = contents_of_run(run)
            for notice in contents.notices:
                st.caption(escape_markdown(notice))
            st.markdown("The 15 most active users and the 15 most rated movies; a gap where a movie is not rated.")
            plot(
                cross_heat_map(contents.aggregates.cross, 15), key="train_cross",
                alt="Ratings of the most rated movies by the most active users",
            )  # fmt: skip


def get_ready(config: TrainConfig, data_set: str) -> None:
    """Have millions of ratings read and split before somebody asks for a training, and say so while it goes on."""
    work = preparing_work(config, data_set)
    if work is None:
        return
    background.ask(work, visitor(), background.CLICKED)
    show_progress(work)


def filter_counts(config: TrainConfig, data_set: str) -> str | None:
    """A line on how much is left, and a warning where that is little; nothing without filters.

    Returns what to say where a training is asked for if nothing is left, as far as that is known yet.
    """
    if not has_filters(config):
        return None
    try:
        work = _counting(config, data_set, find_data_set(data_set).fingerprint)
    except DataError:
        # Training says so, where it is asked for.
        return None
    counted = result_if_ready(work)
    show_progress(work)
    if counted is None:
        return None
    before, left = counted
    if left.n_ratings == 0:
        nothing = f"The filters leave nothing of the {before.n_ratings:,} ratings to train on."
        st.warning(nothing, icon=":material/filter_alt_off:")
        return nothing
    st.caption(
        f":material/filter_alt: The filters leave **{left.n_ratings:,}** of {before.n_ratings:,} ratings, "
        f"{left.n_users:,} of {before.n_users:,} users, {left.n_movies:,} of {before.n_movies:,} movies."
    )
    if left.is_little:
        st.warning("That is little: what is learned from it is mostly chance.", icon=":material/filter_alt:")
    return None


def _counting(config: TrainConfig, data_set: str, fingerprint: str) -> Work:
    def do(tell: Tell, should_stop: ShouldStop) -> tuple[Left, Left]:
        tell(0.0, "Reading the ratings.")
        ratings = load_ratings(data_set)
        before = count_left(ratings, TrainConfig())
        return before, count_left(ratings, config, tell=lambda share: tell(share, ""), should_stop=should_stop)

    values = tuple(getattr(config, name) for name in FILTERS)
    return Work(
        "count-filtered",
        (data_set, fingerprint, values, config.seed),
        "Counting what the filters leave",
        do,
        slot=_COUNTED,
    )
