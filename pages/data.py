"""What there is to train on: the data set that Train uses, what is in it, and ways to add others."""

import streamlit as st

from recsys_core.data.catalog import BUILT_IN
from recsys_core.data.library.folder import remove_data_set, restore_data_set
from recsys_core.errors import RecsysError
from ui.data import overview
from ui.data.adding import download, from_folder, upload
from ui.data.facts import facts_of
from ui.shared.format import escape_markdown
from ui.shared.messages import error_text, friendly_errors
from ui.shared.ratings import choose_data_set, data_set_picker
from ui.shared.run_picker import current_run

TABS = ["Overview", "Most active × most rated", "Movies", "Import", "Add data"]

current_run(or_another=True)
st.title("Data", anchor=False)


def remove(data_id: str) -> None:
    try:
        remove_data_set(data_id)
    except RecsysError as error:
        st.session_state["data_error"] = str(error)
        return
    st.session_state["data_removed"] = data_id
    choose_data_set(BUILT_IN)


def restore(data_id: str) -> None:
    try:
        restore_data_set(data_id)
    except RecsysError as error:
        st.session_state["data_error"] = str(error)
    else:
        choose_data_set(data_id)
    st.session_state.pop("data_removed", None)


# Always there, so that nothing below it moves to another place.
with st.container():
    if "data_error" in st.session_state:
        st.error(error_text(st.session_state.pop("data_error")), icon=":material/error:")

chosen = st.grid(2, min_column_width=300, vertical_alignment="bottom")
with chosen.cell():
    data_id = data_set_picker("What is shown here, and what Train uses.")
with chosen.cell(), st.container(horizontal=True):
    if data_id != BUILT_IN:
        st.button(
            "Remove", icon=":material/delete:", key="data_remove", on_click=remove, args=(data_id,),
            help="Runs that were trained on it stay, and can be explored.",
        )  # fmt: skip
    if st.button("Train on it", icon=":material/model_training:", key="data_train", type="primary"):
        st.switch_page("pages/train.py")
removed = st.session_state.get("data_removed")
if removed:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"“{escape_markdown(removed)}” was removed. Runs that were trained on it stay.")
        st.button("Undo", icon=":material/undo:", key="data_undo", type="tertiary", on_click=restore, args=(removed,))

with friendly_errors():
    facts = facts_of(data_id)
overview.counts_line(facts.aggregates)
said = st.session_state.pop("data_said", None)
if said is not None:
    # What was added is what one wants to see.
    st.session_state["data_tab"] = TABS[0]
pictures, matrix, movies, report, add = st.tabs(TABS, key="data_tab", on_change="rerun")
# What is not seen is not drawn: figures of hidden tabs would hold up the first click.
if pictures.open:
    with pictures:
        # Not at the page's top, which is far above the button that one has clicked.
        with st.container():
            if said is not None:
                st.success(escape_markdown(said), icon=":material/check:")
        overview.pictures(facts.aggregates)
        st.markdown("**Genres**")
        overview.genres(facts.aggregates)
        if facts.license:
            st.caption(escape_markdown(facts.license))
if matrix.open:
    with matrix:
        overview.cross_table(facts.aggregates)
if movies.open:
    with movies:
        overview.movie_table(facts, data_id)
if report.open:
    with report:
        overview.import_report(facts.report, data_id)
# Always, for a file that was uploaded and what is being imported stay.
with add:
    st.markdown("**Download MovieLens**")
    download()
    st.divider()
    st.markdown("**Upload**")
    upload()
    st.divider()
    st.markdown("**From the data folder**")
    from_folder()
