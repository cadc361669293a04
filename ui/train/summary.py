"""The model summary: layers, shapes and parameters of the settings as they stand, before training."""

from __future__ import annotations

import dataclasses
from concurrent.futures import Future

import streamlit as st

from recsys_core.errors import RecsysError
from recsys_core.jobs import board
from recsys_core.models.summary import ModelSummary
from recsys_core.settings.train_config import TrainConfig
from ui.shared.messages import error_text

_FUTURE = "train_summary"


def model_summary(config: TrainConfig, data_set: str | None = None) -> None:
    """An expander with the layers; built on the thread that owns TensorFlow, so it may come a moment later.

    Nothing is built while it is closed: settings change more often than anybody looks.
    """
    label = "Model summary: layers, shapes, parameters"
    expander = st.expander(label, icon=":material/account_tree:", key="model_summary", on_change="rerun")
    if not expander.open:
        return
    with expander:
        structure = (dataclasses.replace(config, preset="custom", seed=0, phases=TrainConfig().phases), data_set)
        known = st.session_state.get(_FUTURE)
        if known is None or known[0] != structure:
            known = (structure, board.summarize(config, data_set))
            st.session_state[_FUTURE] = known
        st.fragment(_show, run_every=None if known[1].done() else 0.5)(known[1])


def _show(future: Future[ModelSummary]) -> None:
    if not future.done():
        st.progress(0.0, text="Building the model; TensorFlow may be starting or busy.")
        return
    try:
        summary = future.result()
    except RecsysError as error:
        st.error(error_text(error), icon=":material/error:")
        return
    st.markdown(f"**{summary.n_parameters:,} parameters** for the chosen data set")
    st.dataframe(
        summary.layers,
        hide_index=True,
        column_config={
            "layer": st.column_config.TextColumn("Layer"),
            "kind": st.column_config.TextColumn("Kind"),
            "shape": st.column_config.TextColumn("Output shape"),
            "parameters": st.column_config.NumberColumn("Parameters", format="localized"),
        },
    )
