"""The movie map: a Streamlit component that keeps its zoom, pan and camera while everything else changes.

Coordinates, titles and colors travel in messages of their own, once a session; what changes often (search,
selection, the movie in focus) stays in the browser or is small. See `movie_map`.
"""

from ui.components.map.component import Glide, MapEvents, MapLabel, movie_map, region_labels, selected_movies
from ui.components.map.points import ColorBy, MapPoints

__all__ = ["ColorBy", "Glide", "MapEvents", "MapLabel", "MapPoints", "movie_map", "region_labels", "selected_movies"]
