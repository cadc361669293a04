"""Entry point: page config and navigation, nothing else. Run with `streamlit run app.py`."""

import streamlit as st

from ui.warm_up import warm_up_later

st.set_page_config(
    page_title="Movie embeddings",
    page_icon=":material/bubble_chart:",
    layout="wide",
    menu_items={
        "About": "Train recommender embeddings on MovieLens ratings and explore what they learned about movies."
    },
)

page = st.navigation(
    [
        st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
    ]
)
page.run()
warm_up_later()
