"""Movies by their bias: the highest and lowest as bars, and all against their mean rating."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys_core.explore.evidence import least_ratings
from recsys_core.explore.labels import title_labels
from recsys_core.explore.yardsticks import extremes
from recsys_core.runs.run import Run
from ui.biases.means import choose_means, expected_biases
from ui.charts.biases import offset_bars, offsets_against_means
from ui.components.figures import kept_figure
from ui.components.plot import plot
from ui.navigation import open_neighbors


def choose_top_and_minimum(movies: pd.DataFrame) -> tuple[int, int]:
    """How many movies at either end, and how many ratings they must have."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        top = st.number_input(
            "Highest and lowest", 3, 50, 12, key="ranked", bind="query-params", width=160,
            help="How many movies to show at either end.",
        )  # fmt: skip
        min_ratings = st.number_input(
            "At least … ratings", 0, 100_000, least_ratings(movies), step=5, key="rated", bind="query-params",
            width=160,
            help="Movies with few ratings are hardly moved from zero by training, or by chance alone.",
        )  # fmt: skip
    return int(top), int(min_ratings)


def movie_charts(
    run: Run, movies: pd.DataFrame, column: str, *, name: str, unit: str, top: int, min_ratings: int
) -> None:
    """The ranking by `column` as bars, and its scatter against the mean rating; a click opens the movie's neighbors."""
    shown = movies[(movies["n_ratings"] >= min_ratings) & movies[column].notna()]
    if len(shown) < 2:
        st.info("Fewer than two movies have that many ratings. Lower the minimum.", icon=":material/filter_alt_off:")
        return
    highest, lowest = extremes(shown, column, top=top)
    is_bias = column == "bias"
    with st.grid(2, min_column_width=420, gap="large"):
        with st.container():
            st.subheader(f"Highest and lowest {name.lower()}", anchor=False)
            st.caption("Click a bar to see the movie's neighbors.")
            bars = kept_figure(
                run, "offset bars", (column, top, min_ratings),
                lambda: offset_bars(highest, lowest, column, name=name, unit=unit),
            )  # fmt: skip
            plot(bars, key="bias_bars", alt=f"{name}, highest and lowest", on_click=open_neighbors)
        with st.container():
            st.subheader(f"{name} against mean rating", anchor=False)
            line = f" On the dashed line, the {name.lower()} says just what the mean says." if is_bias else ""
            st.caption(f"Click a dot to see the movie's neighbors.{line}")
            means, mean_name = choose_means(shown, key="mean", what="movie")
            dots = kept_figure(
                run, "offsets against means", (column, min_ratings, mean_name),
                lambda: offsets_against_means(
                    shown, column, means, labels=title_labels(shown), name=name, mean_name=mean_name, unit=unit,
                    expected=expected_biases(run, movies, means) if is_bias else None,
                ),
            )  # fmt: skip
            plot(
                dots, key="bias_scatter", alt=f"{name} of {len(shown):,} movies against their mean rating",
                on_click=open_neighbors,
            )  # fmt: skip
