"""What is in a data set: its counts, its pictures, its movies, and what its import left out."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

import streamlit as st

from recsys_core.data.importing.report import MAX_EXAMPLES, Example, ImportReport, Reason
from recsys_core.data.library.aggregates import MAX_CROSS, Aggregates
from recsys_core.data.spreadsheets import csv_of
from recsys_core.errors import QueryError
from recsys_core.explore.search import MAX_SEARCH_LENGTH
from ui.charts import data as charts
from ui.components.plot import plot
from ui.data.facts import Facts
from ui.shared.format import escape_markdown, format_count
from ui.shared.messages import error_text

_MOST_ROWS = 200


def counts_line(about: Aggregates) -> None:
    counts = about.counts
    cells = [
        ("Ratings", f"{counts.n_ratings:,}"),
        ("Users", f"{counts.n_users:,}"),
        ("Movies", f"{counts.n_movies:,}"),
        ("Density", f"{counts.density:.2%}" if counts.density >= 1e-4 else f"{counts.density:.1e}"),
        ("Mean rating", f"{counts.rating_mean:.2f}"),
        ("Years", _years(about)),
    ]
    with st.grid(6, min_column_width=120, gap=("xsmall", "small")):
        for label, value in cells:
            st.metric(label, value)


def pictures(about: Aggregates) -> None:
    counts = about.counts
    grid = st.grid(2, min_column_width=320)
    with grid.cell():
        st.markdown("**Ratings given**")
        plot(
            charts.rating_histogram(about.rating_values, about.rating_counts), key="data_histogram",
            alt="How often each rating was given",
        )  # fmt: skip
        st.caption(escape_markdown(about.scale))
    with grid.cell():
        st.markdown("**Over time**")
        if about.months:
            figure = charts.over_time(about.months, about.month_counts, about.month_means)
            plot(figure, key="data_time", alt="Ratings by month, and their mean")
        else:
            st.info("These ratings have no times: a split by time is not possible.", icon=":material/schedule:")
    with grid.cell():
        st.markdown("**Long tail of movies**")
        figure = charts.long_tail(about.tail, about.half_of_ratings, counts.n_movies)
        plot(figure, key="data_tail", alt="Share of all ratings by the most rated movies")
    with grid.cell():
        st.markdown("**Activity of users**")
        figure = charts.activity(about.activity_edges, about.activity_counts, about.median_activity)
        plot(figure, key="data_activity", alt="Users by the number of their ratings")
        st.caption(f"Half of the users gave {about.median_activity:,.0f} ratings or fewer.")


def genres(about: Aggregates) -> None:
    if len(about.genres) == 1 and not about.genres[0].genre:
        st.info("These items have no genres.", icon=":material/label_off:")
        return
    plot(charts.genre_bars(about.genres), key="data_genres", alt="Movies and ratings by genre")


def cross_table(about: Aggregates) -> None:
    most = min(MAX_CROSS, max(len(about.cross.users), len(about.cross.movies)))
    n = 15 if most <= 5 else st.slider("Users and movies", 5, most, min(15, most), key="data_cross_n", width=360)
    plot(
        charts.cross_heat_map(about.cross, n), key="data_cross",
        alt="Ratings of the most rated movies by the most active users",
    )  # fmt: skip
    st.caption("The most active users and the most rated movies; a gap where a user has not rated a movie.")


def movie_table(facts: Facts, data_id: str) -> None:
    text = st.text_input(
        "Search", key="data_search", placeholder="a title, genre or year", max_chars=MAX_SEARCH_LENGTH,
        icon=":material/search:",
    )  # fmt: skip
    movies = facts.movies
    if text.strip():
        try:
            movies = movies.iloc[facts.search.find(text)]
        except QueryError as error:
            st.caption(error_text(error))
            return
    if movies.empty:
        st.caption(f"No movie has “{escape_markdown(text)}” in its title, genres or year.")
        return
    # Books have no years, and tables of ratings alone no genres.
    known = [
        name
        for name in ("year", "genres")
        if facts.movies[name].pipe(lambda column: column.notna() & (column != "")).any()
    ]
    st.dataframe(
        movies.head(_MOST_ROWS),
        hide_index=True,
        key="data_movies",
        column_order=("title", *known, "n_ratings", "mean_rating"),
        column_config={
            "title": st.column_config.TextColumn("Title", width="medium"),
            "year": st.column_config.NumberColumn("Year", format="%d", width="small"),
            "genres": st.column_config.TextColumn("Genres"),
            "n_ratings": st.column_config.NumberColumn("Ratings", format="localized"),
            "mean_rating": st.column_config.NumberColumn("Mean", format="%.2f"),
        },
    )
    if len(movies) > _MOST_ROWS:
        st.caption(f"The {_MOST_ROWS} most rated of {format_count(len(movies), 'movie')}.")
    st.download_button(
        f"Download {format_count(len(movies), 'movie')} (CSV)", lambda: csv_of(movies, "%.6g"), f"{data_id}-movies.csv",
        "text/csv", icon=":material/download:", key="data_movies_csv", on_click="ignore",
    )  # fmt: skip


def import_report(report: ImportReport | None, data_id: str) -> None:
    if report is None:
        st.caption("These ratings ship with the app: nothing was imported.")
        return
    left_out, put_right = report.n_rows("left out"), report.n_rows("put right")
    st.markdown(
        f"Of {report.n_read:,} rows **{report.n_kept:,} are kept**, {left_out:,} left out, {put_right:,} put right."
    )
    st.markdown("\n".join(f"- {escape_markdown(sentence)}" for sentence in report.said))
    if report.reasons:
        _table(report.reasons, {"file": "File", "n_rows": "Rows", "outcome": "What was done", "reason": "Why"})
    if report.examples:
        st.markdown(f"The first {min(len(report.examples), MAX_EXAMPLES)} such rows:")
        _table(report.examples, {"file": "File", "line": "Line", "reason": "Why", "text": "Row"})
    st.download_button(
        "Download the report", report.to_csv(), f"{data_id}-import.csv", "text/csv", icon=":material/download:",
        key="data_report", on_click="ignore",
    )  # fmt: skip


def _table(rows: Sequence[Reason] | Sequence[Example], columns: Mapping[str, str]) -> None:
    """A row each; `columns` are what is shown of it, by the names that people read."""
    wide = {"Why": st.column_config.TextColumn(width="large"), "Row": st.column_config.TextColumn(width="large")}
    numbers = {name: st.column_config.NumberColumn(format="localized", width="small") for name in ("Rows", "Line")}
    shown = {label: [getattr(row, name) for row in rows] for name, label in columns.items()}
    st.dataframe(shown, hide_index=True, column_config=wide | numbers)


def _years(about: Aggregates) -> str:
    first, last = about.counts.first_time, about.counts.last_time
    if first is None or last is None:
        return "–"
    years = [(datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=at)).year for at in (first, last)]
    return f"{years[0]}" if years[0] == years[1] else f"{years[0]}–{years[1]}"
