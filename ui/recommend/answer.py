"""What is shown for a person: recommendations with their parts, and where the person lands on the map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys_core.errors import Cancelled
from recsys_core.explore.labels import title_labels
from recsys_core.explore.recommend import (
    Person,
    Ranking,
    average_person,
    fold_in,
    place_on_map,
    recommend,
    user_of_run,
)
from recsys_core.jobs.work import Lane, ShouldStop, Work, identity
from recsys_core.maps.projection import Projection, cached_projection, first_map, project_run
from recsys_core.runs.run import Run
from ui.charts.recommend import landing_map, rating_parts
from ui.components.figures import kept_figure
from ui.components.movie_list import Amount, movie_list
from ui.components.plot import plot
from ui.navigation import open_neighbors
from ui.shared.format import escape_markdown, movie_label, shorten
from ui.shared.ratings import ratings_of
from ui.shared.run_picker import era_in_view
from ui.shared.waiting import result_of

SHOWN_IN_PARTS = 10
_VARIED: dict[Ranking, float] = {"choice": 4.0, "stars": 0.5}
"""Stars that a movie gives up at most for being like another one."""


@dataclass(frozen=True)
class How:
    """What is asked for."""

    k: int
    min_ratings: int
    by: Ranking = "choice"
    is_varied: bool = False
    """Whether movies that are like one above them give way."""


@dataclass(frozen=True)
class Answer:
    """Who was asked for, what they should see, and where they are on the map."""

    person: Person
    found: pd.DataFrame
    projection: Projection
    place: np.ndarray
    who: str
    """What the person is called in a sentence: "you", or "user 5"."""


def answer_for(run: Run, asked: dict[int, float] | int, how: How) -> Answer | None:
    """The answer for a visitor's ratings (row -> stars) or a user id; None while a network is at work on it.

    Without any ratings, the answer for the average user. Raises `QueryError`, `DataError`, `RunError`.
    """
    ratings = None if isinstance(asked, dict) else ratings_of(run)
    era = era_in_view()
    diversity = _VARIED[how.by] if how.is_varied else 0.0
    who = f"user {asked}" if isinstance(asked, int) else "you" if asked else "the average user"

    def work(should_stop: ShouldStop = lambda: False) -> Answer:
        if isinstance(asked, dict):
            person = fold_in(run, asked) if asked else average_person(run)
        else:
            person = user_of_run(run, asked, ratings)
        if should_stop():
            raise Cancelled("The recommendations are not wanted any more.")
        projection = cached_projection(run, first_map(run, era=era)) or project_run(run, first_map(run, "pca", era))
        points = np.full((len(run.movies), projection.coordinates.shape[1]), np.nan)
        points[projection.rows] = projection.coordinates
        found = recommend(run, person, how.k, how.min_ratings, by=how.by, diversity=diversity, left_in=era == "in")
        place = place_on_map(run, person, points, min_ratings=how.min_ratings)
        return Answer(person, found, projection, place, who)

    if run.info.prediction.is_dot:
        return work()
    of_whom = tuple(asked.items()) if isinstance(asked, dict) else asked
    return result_of(
        Work(
            "recommendations",
            (*identity(run), of_whom, how, era),
            "Fitting you into the network"
            if isinstance(asked, dict) and asked
            else "Asking the network for its predictions",
            lambda tell, should_stop: work(should_stop),
            Lane.TENSORFLOW,
            slot=f"recommendations of {run.name}",
        )
    )


def show_answer(run: Run, given: Answer, show_list: Callable[[], None] | None = None) -> None:
    """Notes, the recommendations, or what `show_list` draws in their place, the parts of the best ones and the map."""
    for note in given.person.notes:
        st.info(escape_markdown(note), icon=":material/info:")
    found = given.found
    st.subheader(f"The {len(found)} best" if len(found) > 1 else "The best", anchor=False)
    if show_list is not None:
        show_list()
    else:
        movie_list(found, predicted_bars(run, found), key="recommended", on_click=open_neighbors)
    order = (
        "Best first by what is likely to be chosen and liked; the bars are the predicted stars. "
        if (np.diff(found["rating"]) > 0).any()
        else ""
    )
    st.caption(f"{order}Click one to see its neighbors.")
    best = tuple(zip(found["index"].tolist(), found["rating"].tolist(), strict=True))[:SHOWN_IN_PARTS]
    labels = [shorten(movie_label(movie), 42) for movie in found.head(SHOWN_IN_PARTS).to_dict("records")]
    if "dot" in found:
        st.subheader("What the predictions are made of", anchor=False)
        figure = kept_figure(run, "rating parts", best, lambda: rating_parts(found.head(SHOWN_IN_PARTS), labels))
        plot(figure, key="rating_parts", alt="What the predicted stars are made of")
    else:
        st.caption("A network computes a rating in one piece: its predictions have no parts to show.")
    st.subheader(f"Where {given.who} land{'' if given.who == 'you' else 's'}", anchor=False)
    projection = given.projection
    of = (projection.spec.key(), given.place.tobytes(), given.who, *given.person.rated.items(), *best)
    figure = kept_figure(run, "landing map", of, lambda: _landing(run, given))
    plot(
        figure,
        key="landing_map",
        alt=f"A map of the movies, and where {given.who} land{'' if given.who == 'you' else 's'}",
    )
    triangles = " Triangles are ratings, up for those above their own mean." if given.person.rated else ""
    st.caption(f"The star is amid the ten movies most to this taste.{triangles}")


def _landing(run: Run, given: Answer) -> go.Figure:
    rows = given.projection.rows
    place_of = {int(row): place for place, row in enumerate(rows)}
    best = given.found["index"].head(SHOWN_IN_PARTS)
    return landing_map(
        given.projection.coordinates,
        title_labels(run.movies.iloc[rows]),
        given.place,
        _capitalized(given.who),
        {place_of[row]: stars for row, stars in given.person.rated.items() if row in place_of},
        np.array([place_of[row] for row in best if row in place_of], np.intp),
    )


def predicted_bars(run: Run, found: pd.DataFrame) -> Amount:
    """What a person is expected to give."""
    return Amount("Predicted", found["rating"].to_numpy(np.float64), full=run.info.data.rating_max)


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
