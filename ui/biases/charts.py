"""The parts of the Biases page: movies and users, ranked and against their mean ratings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.explore.embeddings import title_labels
from recsys_core.explore.yardsticks import DAMPING, damped_means, extremes, means_as_offsets, overall_mean
from recsys_core.models.registry import ARCHITECTURES, BIAS_SETTINGS
from recsys_core.runs.run import Run
from ui.charts.palette import offset_bars, offsets_against_means
from ui.navigation import open_neighbors
from ui.shared.format import escape_markdown

_CHART = {"displayModeBar": False}
_MEANS = ("Mean rating", "Damped mean")


def without_biases(run: Run) -> None:
    """Say what the architecture lacks, and why, and what is shown instead."""
    architecture = escape_markdown(run.info.config.architecture)
    with_biases = [known.title for known in ARCHITECTURES.values() if known.settings >= BIAS_SETTINGS]
    st.info(
        f"This run's architecture ({architecture}) has no movie biases: all it knows about "
        "a movie, also how well it is liked by all, sits in its embedding and the layers after it. Shown instead is "
        "the **mean residual**: by how many stars a movie's ratings lie above what the model predicts, on average. "
        f"Biases are learned by {', '.join(with_biases)}.",
        icon=":material/info:",
    )


def choose_top_and_minimum() -> tuple[int, int]:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        top = st.number_input(
            "Highest and lowest", 3, 50, 12, key="ranked", bind="query-params", width=160,
            help="How many movies to show at either end.",
        )  # fmt: skip
        min_ratings = st.number_input(
            "At least … ratings", 0, 100_000, 20, step=5, key="rated", bind="query-params", width=160,
            help="Movies with few ratings are hardly moved from zero by training, or by chance alone.",
        )  # fmt: skip
    return int(top), int(min_ratings)


def movie_charts(run: Run, movies: pd.DataFrame, column: str, name: str, top: int, min_ratings: int) -> None:
    """The ranking as bars and the scatter against the mean rating; a click opens the movie's neighbors."""
    shown = movies[(movies["n_ratings"] >= min_ratings) & movies[column].notna()]
    if len(shown) < 2:
        st.info("Fewer than two movies have that many ratings. Lower the minimum.", icon=":material/filter_alt_off:")
        return
    highest, lowest = extremes(shown, column, top=top)
    is_bias = column == "bias"
    unit = _bias_unit(run) if is_bias else "stars"
    with st.grid(2, min_column_width=420, gap="large"):
        with st.container():
            st.subheader(f"Highest and lowest {name.lower()}", anchor=False)
            st.caption("Click a bar to see the movie's neighbors.")
            _clickable(
                offset_bars(highest, lowest, column, name=name, unit=unit), "bias_bars", f"{name}, highest and lowest"
            )
        with st.container():
            st.subheader(f"{name} against mean rating", anchor=False)
            line = f" On the dashed line, the {name.lower()} says just what the mean says." if is_bias else ""
            st.caption(f"Click a dot to see the movie's neighbors.{line}")
            means, mean_name = _choose_means(shown, "mean", "movie")
            figure = offsets_against_means(
                shown,
                column,
                means,
                labels=title_labels(shown),
                name=name,
                mean_name=mean_name,
                unit=unit,
                expected=_expected(run, movies, means) if is_bias else None,
            )
            _clickable(figure, "bias_scatter", f"{name} of {len(shown):,} movies against their mean rating")


def user_charts(run: Run, users: pd.DataFrame) -> None:
    """User biases against the users' mean ratings."""
    known = users[users["bias"].notna()]
    st.subheader("User bias against mean rating", anchor=False)
    st.caption(
        "A user with a high bias gives more stars than others do to the same movies; what is left for the embedding "
        "is taste."
    )
    means, mean_name = _choose_means(known, "user_mean", "user")
    labels = [f"User {user_id}" for user_id in known["user_id"]]
    figure = offsets_against_means(
        known,
        "bias",
        means,
        labels=labels,
        name="User bias",
        mean_name=mean_name,
        unit=_bias_unit(run),
        expected=_expected(run, known, means),
    )
    st.plotly_chart(figure, key="user_scatter", config=_CHART, alt=f"Bias of {len(known):,} users")


def _choose_means(rows: pd.DataFrame, key: str, what: str) -> tuple[np.ndarray, str]:
    chosen = st.segmented_control(
        "Across", _MEANS, default=_MEANS[0], required=True, key=key, bind="query-params",
        help=f"The damped mean draws a {what}'s mean towards the overall mean, as if there were {DAMPING} more ratings "
        "at it: few ratings, little trust.",
    )  # fmt: skip
    if chosen == _MEANS[1]:
        return damped_means(rows["mean_rating"].to_numpy(), rows["n_ratings"].to_numpy()), chosen
    return rows["mean_rating"].to_numpy(np.float64), _MEANS[0]


def _bias_unit(run: Run) -> str:
    return "stars" if _output_range(run) is None else "before the sigmoid"


def _expected(run: Run, rows: pd.DataFrame, means: np.ndarray) -> np.ndarray:
    overall = overall_mean(rows["mean_rating"].to_numpy(), rows["n_ratings"].to_numpy())
    return means_as_offsets(means, overall, _output_range(run))


def _output_range(run: Run) -> tuple[float, float] | None:
    return run.info.prediction.output_range


def _clickable(figure, key: str, alt: str) -> None:
    def clicked() -> None:
        points = st.session_state[key]["selection"]["points"]
        if points and points[0].get("customdata"):
            open_neighbors(int(points[0]["customdata"][0]))

    st.plotly_chart(figure, key=key, on_select=clicked, selection_mode="points", config=_CHART, alt=alt)
