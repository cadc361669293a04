"""How movies are called and sorted: titles with their years, and genres."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys_core.data.titles import split_genres

NO_GENRE = "No genre"
"""Stands for the genre of movies that have none."""
TELLING = (
    "Film-Noir", "Western", "Animation", "Documentary", "Horror", "Sci-Fi", "Musical", "War", "Fantasy", "Mystery",
    "Children", "Crime", "Romance", "Adventure", "Action", "Thriller", "Comedy", "Drama",
)  # fmt: skip
"""Genres of MovieLens, those first that say most of a movie: it has several, and may be painted in one color."""


def title_labels(movies: pd.DataFrame) -> list[str]:
    """Every movie's title with its year, as people write it: "The Matrix (1999)"; without, if the year is unknown."""
    years = movies["year"].to_numpy(np.float64)
    return [
        str(title) if np.isnan(year) else f"{title} ({year:.0f})"
        for title, year in zip(movies["title"], years, strict=True)
    ]


def genres_of(movies: pd.DataFrame) -> list[tuple[str, ...]]:
    """Every movie's genres, empty where there are none: "Action|Sci-Fi" becomes ("Action", "Sci-Fi")."""
    return [split_genres(genres) for genres in movies["genres"]]


def telling_genres(movies: pd.DataFrame) -> list[str]:
    """The genre of every movie that stands first in `TELLING`; the first of it where none does, or `NO_GENRE`."""
    place = {genre: place for place, genre in enumerate(TELLING)}
    return [
        min(genres, key=lambda genre: place.get(genre, len(place))) if genres else NO_GENRE
        for genres in genres_of(movies)
    ]


def first_genres(movies: pd.DataFrame) -> list[str]:
    """Every movie's first genre, or `NO_GENRE`."""
    return [genres[0] if genres else NO_GENRE for genres in genres_of(movies)]
