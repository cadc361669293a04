"""Find a movie, see which movies the model thinks are like it, and walk on from there."""

import numpy as np
import streamlit as st

from recsys_core.yardsticks import random_pairs
from ui.errors import friendly_errors
from ui.neighbors_page import (
    movie_card,
    neighbor_list,
    predicted_ratings,
    query_row,
    search_field,
    settings_row,
    trail,
    yardstick,
)
from ui.runs import current_run, embeddings

run = current_run()
st.title("Neighbors", anchor=False)

with friendly_errors():
    movies = embeddings(run)
    search_field(movies)
    row = query_row(movies)
    trail(movies, row)
    card = st.container()
    settings = settings_row(run)
    found = movies.neighbors(row, settings.k, settings.metric, settings.min_ratings)
    predicted = predicted_ratings(run, settings.user_id, np.array([row, *found["index"]]))
    with card:
        movie_card(movies, row, None if predicted is None else float(predicted[0]))
    neighbor_list(found, settings.metric, None if predicted is None else predicted[1:])
    yardstick(found, random_pairs(movies, settings.metric, min_ratings=settings.min_ratings), movies.size)
