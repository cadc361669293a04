"""The Map page: a run's movies where a projection puts them, to search, select, compare and take away."""

import streamlit as st

from ui.components.map import movie_map, region_labels, selected_movies
from ui.components.verdict import verdict
from ui.map import (
    arithmetic,
    clustering,
    movie_card,
    replaying,
    selection_panel,
    taking_away,
    trust,
)
from ui.shared import run_picker
from ui.shared.focus import focus_movie, focused_row
from ui.shared.maps import painting, projecting
from ui.shared.messages import friendly_errors
from ui.shared.waiting import show_progress

PANELS = {
    "Movie": ":material/movie:",
    "Selection": ":material/select:",
    "Arithmetic": ":material/calculate:",
    "Replay": ":material/replay:",
}
MAP_KEY = "movie_map"
SIDE_WIDTH = 310

run = run_picker.current_run()
verdict(run)
with friendly_errors():
    embeddings = run_picker.looked_at(run)
    run_key = (str(run.path), run_picker.run_stamp(run), run_picker.era_in_view())

with st.container(horizontal=True, vertical_alignment="bottom"), friendly_errors():
    method = projecting.choose_method()
    with st.popover("Settings", icon=":material/tune:"):
        settings_place = st.container()
    min_ratings = projecting.choose_least_ratings(embeddings)
    with settings_place:
        spec = projecting.choose_settings(method, embeddings, min_ratings)
    color = painting.choose_color(embeddings)
    size_place = st.container(width=140)
    with st.popover("Layers", icon=":material/layers:"):
        titles = st.toggle("Titles", True, key="titles", bind="query-params", help="Names of the most rated movies.")
        contours = st.toggle("Density", key="density", bind="query-params", help="Lines of equal density, in 2-D.")
        name_regions = st.toggle(
            "Regions", True, key="regions", bind="query-params",
            help="Where a genre is at home on the map, of what decade, and two movies that people know.",
        )  # fmt: skip
        name_clusters = st.toggle("Cluster names", key="clusters", bind="query-params", help="What is typical of each.")
        cluster_settings = clustering.choose_clusters()
    export_place = st.popover("Export", icon=":material/download:")

with friendly_errors():
    projection = projecting.shown_projection(run, spec)
    projecting.explain_size(projection.spec, embeddings.size)
rows, coordinates, extent = projection.rows, projection.coordinates, None

with st.container(horizontal=True):
    picture, side = st.container(key="map_picture"), st.container(key="map_side", width=SIDE_WIDTH)
focus, neighbors, marks, labels, unfinished = None, (), (), (), []
frame = None
with side, friendly_errors():
    st.session_state.setdefault("panel", "Movie")
    panel = st.segmented_control(
        "Beside the map", PANELS, key="panel", required=True, label_visibility="collapsed",
        format_func=lambda name: name if st.session_state["panel"] == name else PANELS[name], width="stretch",
    )  # fmt: skip
    focus = focused_row(embeddings)
    if panel == "Replay":
        frame = replaying.choose_frame(run, run_key, spec)
        if frame is not None:
            rows, coordinates, extent = frame.rows, frame.coordinates, frame.extent
    elif panel == "Arithmetic":
        focus = None
        answer = arithmetic.ask(embeddings)
        if answer is not None:
            neighbors = answer.found["movie_id"].tolist()
            marks = answer.mark(projection, embeddings)
            movie_card.show_neighbors(answer.found, key="answers")
            arithmetic.explain_mark(projection.spec)
    elif panel == "Selection":
        selection_panel.show_selection(embeddings, selected_movies(MAP_KEY))
    elif focus is None:
        movie_card.invite(embeddings)
    else:
        movie_card.show_card(embeddings, focus)
        found, badges = movie_card.choose_neighbors(run, embeddings, focus)
        movie_card.show_neighbors(found, key="neighbors", badges=badges)
        neighbors = found["movie_id"].tolist()

with export_place:
    taking_away.show_exports(embeddings, rows, coordinates, cluster_settings)
with size_place:
    sizes = painting.choose_sizes(embeddings, rows)

with picture, friendly_errors():
    measuring, measured = trust.measured_map(embeddings, projection, run_key)
    paint = painting.PAINTERS["Genre"](embeddings, rows)
    if name_regions and not name_clusters:
        labels = region_labels(embeddings.movies.iloc[rows], coordinates)
    if color in painting.PAINTERS:
        paint = painting.PAINTERS[color](embeddings, rows)
    elif color == painting.NEIGHBORS_KEPT and measured is not None and len(rows) == len(projection.rows):
        paint = trust.color(measured)
    if color == painting.CLUSTER or name_clusters:
        clusters_work, clusters = clustering.clusters_of(embeddings, run_key, *cluster_settings)
        if clusters is None:
            unfinished.append(clusters_work)
        else:
            labels = clusters.map_labels(rows, coordinates) if name_clusters else labels
            paint = clusters.color(rows) if color == painting.CLUSTER else paint


def clicked(movie_id: int | None) -> None:
    focus_movie(movie_id)
    if movie_id is not None and st.session_state["panel"] != "Replay":
        st.session_state["panel"] = "Movie"


def selected(movie_ids: tuple[int, ...]) -> None:
    if movie_ids:
        st.session_state["panel"] = "Selection"


with picture, friendly_errors():
    movie_map(
        projecting.map_points(run, rows, coordinates),
        key=MAP_KEY,
        color=paint,
        size=sizes,
        focus=None if focus is None else int(embeddings.movies["movie_id"].iloc[focus]),
        neighbors=neighbors,
        labels=labels,
        marks=marks,
        titles=titles,
        contours=contours,
        histograms=True,
        link=True,
        extent=extent,
        caption=f"{run.label} · {projecting.METHODS[projection.spec.method] if extent is None else 'replay'}",
        among=projecting.among(embeddings, projection.spec.min_ratings, len(rows)),
        on_click=clicked,
        on_select=selected,
    )
    for work in unfinished:
        show_progress(work)
    if panel != "Replay":
        trust.show_trust(projection, measuring, measured)
    elif frame is not None:
        replaying.show_frame_ordering(frame, embeddings.movies)
