"""Where things are on the Train page."""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def settings_and_result() -> tuple[DeltaGenerator, DeltaGenerator]:
    """A column for the settings and three times as much for the result; one above the other where there is no room."""
    st.html(Path(__file__).with_name("layout.css"))
    with st.container(key="train_page"):
        grid = st.grid(4, min_column_width=190, gap="medium")
        settings, result = grid.cell(), grid.cell(column_span=3)
        return settings.container(key="train_settings"), result


def curve_and_map() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Places side by side; one under the other where there is little width."""
    grid = st.grid(2, min_column_width=290, gap="medium")
    return grid.cell(), grid.cell()
