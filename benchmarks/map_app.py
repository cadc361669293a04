"""The app that map_speed.py drives: one map of `?movies=N` synthetic movies and a choice of color."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ui.charts.palette import GENRES
from ui.components.map import ColorBy, MapPoints, movie_map


@st.cache_resource(max_entries=2)
def synthetic_points(n_movies: int) -> MapPoints:
    """Movies in forty clouds, with titles of realistic length."""
    rng = np.random.default_rng(0)
    cloud = rng.integers(0, 40, n_movies)
    coordinates = rng.normal(0, 10, (40, 2))[cloud] + rng.normal(0, 1, (n_movies, 2))
    words = np.array(["night", "star", "river", "love", "return", "last", "city", "house", "war", "of", "moon", "dog"])
    titles = [" ".join(chosen).capitalize() for chosen in rng.choice(words, (n_movies, 4))]
    movies = pd.DataFrame(
        {
            "movie_id": np.arange(n_movies),
            "title": titles,
            "year": rng.integers(1920, 2024, n_movies).astype(float),
            "genres": ["|".join(pair) for pair in rng.choice(GENRES, (n_movies, 2))],
            "n_ratings": rng.zipf(1.6, n_movies).clip(max=50_000),
            "mean_rating": rng.normal(3.2, 0.6, n_movies).clip(0.5, 5),
            "bias": rng.normal(0, 0.4, n_movies),
        }
    )
    return MapPoints(movies, coordinates.astype(np.float32))


st.set_page_config(layout="wide")
points = synthetic_points(int(st.query_params.get("movies", "9066")))
color = ColorBy.genre()
if st.segmented_control("Color", ["Genre", "Bias"], default="Genre") == "Bias":
    color = ColorBy.difference("Bias", points.movies["bias"].to_numpy())
movie_map(points, key="map", color=color, histograms=True)
