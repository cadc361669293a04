"""Find a movie, see which movies the model thinks are like it, and walk on from there."""

import numpy as np
import streamlit as st

from recsys_core.explore.yardsticks import random_pairs
from ui.components.verdict import verdict
from ui.neighbors.beside import neighbors_beside
from ui.neighbors.card import movie_card
from ui.neighbors.found import confidence_note, neighbor_list, why_a_neighbor, yardstick
from ui.neighbors.predicted import mean_of_user, predicted_ratings
from ui.neighbors.settings import settings_row
from ui.neighbors.trail import SEARCH, query_row, trail
from ui.shared.focus import focus_movie
from ui.shared.messages import friendly_errors
from ui.shared.movie_search import search_movies
from ui.shared.run_picker import current_run, looked_at

run = current_run()
st.title("Neighbors", anchor=False)
verdict(run)

with friendly_errors():
    movies = looked_at(run)
    search_movies("Find a movie", movies, key=SEARCH, on_choose=focus_movie)
    row = query_row(movies)
    trail(movies, row)
    card = st.container()
    settings = settings_row(run)
    found = movies.neighbors(row, settings.k, settings.metric, settings.min_ratings)
    predicted = predicted_ratings(run, settings.user_id, np.array([row, *found["index"]]))
    with card:
        expected = None if predicted is None else float(predicted[0])
        movie_card(movies, row, expected, mean_of_user(run, settings.user_id))
    pairs = random_pairs(movies, settings.metric, min_ratings=settings.min_ratings) if len(found) > 1 else None
    predicted = None if predicted is None else predicted[1:]
    if settings.beside is not None and len(found):
        neighbors_beside(run, settings.beside, movies.movies.iloc[row], found, settings, pairs, predicted)
    else:
        neighbor_list(run, movies, row, found, settings, pairs, predicted)
    if pairs is not None:
        yardstick(found, pairs, movies.size)
    if settings.beside is None:
        confidence_note(run, row, settings.metric)
    if len(found):
        why_a_neighbor(run, row, found)
