"""The first page: what this is, a finished map to look at, and the way on."""

import streamlit as st

from ui.runs import current_run

st.title("Movies, arranged by taste")
run = current_run()
