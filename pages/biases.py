"""Which movies and users lie above or below what their embeddings explain."""

import streamlit as st

from recsys_core.explore import predictions
from recsys_core.explore.embeddings import STARS
from ui.biases.missing import explain_missing_biases
from ui.biases.movies import choose_top_and_minimum, movie_charts
from ui.biases.users import user_chart
from ui.components.verdict import verdict
from ui.shared.messages import friendly_errors
from ui.shared.run_picker import current_run, embeddings

run = current_run()
st.title("Biases", anchor=False)
verdict(run)

with friendly_errors():
    found = embeddings(run)
    if not found.has_biases:
        explain_missing_biases(run)
        if "mean_residual" in found.movies:
            top, min_ratings = choose_top_and_minimum(found.movies)
            movie_charts(
                run, found.movies, "mean_residual", name="Mean residual", unit=STARS, top=top, min_ratings=min_ratings
            )
        st.stop()
    st.markdown(
        "A movie's bias is what it gets from everybody, whatever their taste: how far above or below the overall mean "
        "it is liked. What is left for its embedding is whom it pleases."
    )
    movies_tab, users_tab = st.tabs(["Movies", "Users"], key="biases_tab", on_change="rerun")
    with movies_tab:
        top, min_ratings = choose_top_and_minimum(found.movies)
        movie_charts(
            run, found.movies, "bias", name="Movie bias", unit=found.bias_unit, top=top, min_ratings=min_ratings
        )
    # A point a user: not sent before somebody looks.
    if users_tab.open:
        with users_tab:
            if run.has("users.parquet"):
                user_chart(run, predictions.users(run), found.bias_unit)
            else:
                st.info(
                    "This run was saved without its users. Train it again to see their biases.", icon=":material/info:"
                )
