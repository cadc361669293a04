"""Which movies and users lie above or below what their embeddings explain."""

import streamlit as st

from recsys_core.explore import predictions
from ui.biases.charts import choose_top_and_minimum, movie_charts, user_charts, without_biases
from ui.shared.errors import friendly_errors
from ui.shared.run_picker import current_run, embeddings

run = current_run()
st.title("Biases", anchor=False)

with friendly_errors():
    found = embeddings(run)
    if not found.has_biases:
        without_biases(run)
        if "mean_residual" in found.movies:
            movie_charts(run, found.movies, "mean_residual", "Mean residual", *choose_top_and_minimum())
        st.stop()
    st.markdown(
        "A movie's bias is what it gets from everybody, whatever their taste: how far above or below the overall mean "
        "it is liked. What is left for its embedding is whom it pleases."
    )
    movies_tab, users_tab = st.tabs(["Movies", "Users"])
    with movies_tab:
        movie_charts(run, found.movies, "bias", "Movie bias", *choose_top_and_minimum())
    with users_tab:
        if run.has("users.parquet"):
            user_charts(run, predictions.users(run))
        else:
            st.info("This run was saved without its users. Train it again to see their biases.", icon=":material/info:")
