"""Two to eight runs side by side: what differs in their settings, and what came of it."""

import streamlit as st

from ui.compare.biases import show_biases
from ui.compare.choosing import choose_pair, choose_runs
from ui.compare.differences import show_differences
from ui.compare.maps import show_maps
from ui.compare.neighbors import show_neighbors
from ui.compare.predictions import show_predictions
from ui.compare.training import show_training
from ui.shared.messages import friendly_errors
from ui.shared.run_picker import current_run

FIGURES = "Figures"
# What can be seen of two runs, and who shows it.
OF_TWO = {"Maps": show_maps, "Neighbors": show_neighbors, "Biases": show_biases, "Predictions": show_predictions}

run = current_run(or_another=True)
st.title("Compare", anchor=False)
with friendly_errors():
    chosen = choose_runs(run)
    if len(chosen) < 2:
        st.info(
            "Choose two runs or more to see what differs between them. A run is a training that was saved; train one "
            "with other settings, and it joins the list.",
            icon=":material/compare_arrows:",
        )
        st.page_link("pages/train.py", label="Train another run", icon=":material/model_training:")
    if not chosen:
        st.stop()
    show_differences(chosen)
    if len(chosen) == 1:
        show_training(chosen)
        st.stop()
    look = st.segmented_control(
        "Look at", (FIGURES, *OF_TWO), default=FIGURES, required=True, key="look", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    if look not in OF_TWO:
        show_training(chosen)
    else:
        pair = choose_pair(chosen)
        if pair is not None:
            OF_TWO[look](*pair)
