"""What the Biases page says of a run without biases."""

from __future__ import annotations

import streamlit as st

from recsys_core.models.registry import ARCHITECTURES, BIAS_SETTINGS
from recsys_core.runs.run import Run
from ui.shared.format import escape_markdown


def explain_missing_biases(run: Run) -> None:
    """Say what the architecture lacks, and why, and what is shown instead."""
    architecture = escape_markdown(run.info.config.architecture)
    with_biases = [known.title for known in ARCHITECTURES.values() if known.settings >= BIAS_SETTINGS]
    st.info(
        f"This run's architecture ({architecture}) has no movie biases: all it knows about "
        "a movie, also how well it is liked by all, sits in its embedding and the layers after it. Shown instead is "
        "the **mean residual**: by how many stars a movie's ratings lie above what the model predicts, on average. "
        f"Biases are learned by {', '.join(with_biases)}.",
        icon=":material/info:",
    )
