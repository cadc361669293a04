"""The first page: what this is, a finished map to look at, and the way on."""

import streamlit as st

from recsys_core.maps.projection import cached_projection, first_map, project_run
from ui.components.map import MapPoints, movie_map, region_labels
from ui.components.map.points import sizes_by
from ui.components.verdict import verdict
from ui.navigation import open_neighbors
from ui.shared.format import format_count
from ui.shared.maps.projecting import among
from ui.shared.messages import friendly_errors
from ui.shared.run_picker import current_run, era_in_view, looked_at


def follow(movie_id: int | None) -> None:
    """For clicks on the map: on a movie, or beside all of them."""
    if movie_id is not None:
        open_neighbors(movie_id)


run = current_run()
st.title("Movies, arranged by taste", anchor=False)
verdict(run)

with friendly_errors():
    movies = looked_at(run)
    n_ratings = format_count(run.info.data.n_ratings, "rating")
    st.markdown(
        f"A recommender read {n_ratings} and gave every movie {movies.size} numbers, its *embedding*, knowing nothing "
        "of genres, casts or plots. Movies that please the same people ended up close together. This is its map: point "
        "at a dot, click it to follow its neighbors, train a model of your own and watch a new map take shape, or let "
        "a sweep search for better settings."
    )
    with st.container(horizontal=True, gap="small"):
        if st.button("Train your own", type="primary", icon=":material/model_training:"):
            st.switch_page("pages/train.py", query_params={"run": run.name})
        if st.button("Explore this map", icon=":material/scatter_plot:"):
            st.switch_page("pages/map.py", query_params={"run": run.name})
        if st.button("Find a movie's neighbors", icon=":material/hub:"):
            st.switch_page("pages/neighbors.py", query_params={"run": run.name})
        if st.button("Sweep settings", icon=":material/travel_explore:"):
            st.switch_page("pages/sweep.py", query_params={"run": run.name})
    era = era_in_view()
    projection = cached_projection(run, first_map(run, era=era)) or project_run(run, first_map(run, "pca", era))
    shown = movies.movies.iloc[projection.rows]
    movie_map(
        MapPoints(shown, projection.coordinates),
        key="home_map",
        size=sizes_by(shown["n_ratings"].to_numpy()),
        labels=region_labels(shown, projection.coordinates),
        controls=False,
        height=600,
        among=among(movies, projection.spec.min_ratings, len(shown)),
        on_click=follow,
    )
    if projection.spec.method == "pca":
        st.caption("Drawn by PCA, the quick look. “Explore this map” computes the finer UMAP.")
