"""How the neighbors of two runs differ: the verdict against noise, where they moved, which lists changed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys_core.compare import groups
from recsys_core.compare.neighbors import MOST_NEIGHBORS, NeighborComparison, compare_neighbors
from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.jobs.work import Lane, Work, identity
from recsys_core.quality.report import NEIGHBORS, cached_report
from ui.charts.neighbor_change import overlap_by_group, staying_histogram
from ui.compare.choosing import Chosen
from ui.compare.lists import show_lists
from ui.compare.noise import measure_noise, show_verdict
from ui.components.movie_list import Amount, Badge, movie_list
from ui.components.plot import plot
from ui.shared.focus import focus_movie
from ui.shared.format import format_count
from ui.shared.waiting import result_of

_GROUPS = {"Genre": groups.by_genre, "Popularity": groups.by_popularity, "Decade": groups.by_decade}
_TITLES = {"Genre": "", "Popularity": "Ratings of the movie", "Decade": ""}
_N_NAMED = 8


def show_neighbors(first: Chosen, second: Chosen) -> None:
    """The whole of it, with what is chosen in the address."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        k = st.number_input(
            "Neighbors", 1, MOST_NEIGHBORS, NEIGHBORS, key="list_length", bind="query-params", width=140,
            help="How many of each movie's nearest are compared, by cosine.",
        )  # fmt: skip
        min_ratings = st.number_input(
            "At least … ratings", MIN_RATINGS, 100_000, 2 * MIN_RATINGS, step=10,
            key="named_from", bind="query-params", width=160,
            help="Of the movies that are named below. All with enough ratings in both runs are compared.",
        )  # fmt: skip
    comparison = comparison_of(first, second, int(k))
    if comparison is None:
        return
    show_verdict(comparison)
    measure_noise((first, second))
    with st.grid(2, min_column_width=420, gap="large"):
        with st.container():
            st.subheader("How many stay", anchor=False)
            plot(staying_histogram(comparison), key="staying", alt="How many neighbors stay, by movie")
        with st.container():
            st.subheader("Where they moved", anchor=False)
            by = st.segmented_control(
                "By", _GROUPS, default="Genre", required=True, key="moved_by", bind="query-params",
                label_visibility="collapsed",
            )  # fmt: skip
            figure = overlap_by_group(_GROUPS[by or "Genre"](comparison), title=_TITLES[by or "Genre"])
            plot(figure, key="groups", alt=f"Overlap of the lists by {(by or '').lower()}")
    _show_extremes(comparison, int(min_ratings))
    show_lists(comparison, first, second, int(min_ratings))


def comparison_of(first: Chosen, second: Chosen, k: int) -> NeighborComparison | None:
    """Compared in the background, for all who ask; None until it is there. Raises `RunError` if a run is gone."""
    runs = first.run, second.run
    # What is known of the noise belongs to the result.
    seeds = tuple(len(report.seeds) if (report := cached_report(run)) else 0 for run in runs)
    work = Work(
        "neighbor comparison",
        (*identity(runs[0]), *identity(runs[1]), seeds, k),
        "Comparing neighbors",
        lambda tell, should_stop: compare_neighbors(*runs, k=k),
        Lane.QUICK,
        slot="neighbor comparison",
    )
    return result_of(work)


def _show_extremes(comparison: NeighborComparison, min_ratings: int) -> None:
    changed, stable = comparison.extremes(_N_NAMED, min_ratings)
    if changed.empty:
        st.info("Fewer than two movies have that many ratings. Lower the minimum.", icon=":material/filter_alt_off:")
        return
    n_named = format_count(int((comparison.movies["n_ratings"] >= min_ratings).sum()), "movie")
    with st.grid(2, min_column_width=380, gap="large"):
        for title, movies, key in (
            ("Most changed", changed, "most_changed"), ("Most stable", stable, "most_stable"),
        ):  # fmt: skip
            with st.container():
                st.subheader(title, anchor=False)
                st.caption(f"Of {n_named}. Click one to see its two lists.")
                movie_list(
                    movies,
                    Amount("Overlap", movies["overlap"].to_numpy(), full=1.0),
                    key=key,
                    on_click=focus_movie,
                    badges=_badges(movies, comparison.k),
                    badge_name="Stay",
                )


def _badges(movies: pd.DataFrame, k: int) -> list[Badge | None]:
    def badge(movie: dict) -> Badge:
        text = f"{movie['n_staying']} of {k}"
        if pd.isna(movie["noise"]):
            return Badge(text, "some", "How much another seed would change is not measured.")
        seeds = f"Between two seeds the overlap of its lists is {movie['noise']:.2f}."
        if movie["is_beyond_noise"]:
            return Badge(f"{text} · moved", "weak", f"It changed more than between any two seeds. {seeds}")
        return Badge(text, "strong", f"Another seed may change as much. {seeds}")

    return [badge(movie) for movie in movies.to_dict("records")]
