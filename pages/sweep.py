"""Let the machine search: settings to vary, what is sought, and the search as it goes on."""

import streamlit as st

from recsys_core.errors import SweepError
from recsys_core.sweeps import desk
from ui.shared.format import escape_markdown
from ui.shared.messages import error_text, friendly_errors, show_said
from ui.shared.run_picker import pick_run
from ui.shared.waiting import result_of
from ui.sweep.choosing import chosen_study, look_at
from ui.sweep.cluster import workers_panel
from ui.sweep.live import study
from ui.sweep.setup import setup
from ui.sweep.studies import READING, studies_table, study_row, undo_row

pick_run()
st.title("Sweep", anchor=False)
# Optuna, which reads them, takes seconds to be there.
if desk.names() and result_of(READING) is None:
    st.stop()
studies, damaged = desk.all_studies(), desk.damaged()
name = chosen_study([each.name for each in studies if each.is_at_work])
with st.container():
    show_said()
    undo_row()
# Places that are always there: what comes and goes above a fragment must not move it.
chosen, body = st.container(), st.container()
view = None
if name is not None:
    try:
        view = desk.view(name)
    except SweepError as error:
        with body:
            if name in damaged:
                st.error(escape_markdown(damaged[name]), icon=":material/broken_image:")
            else:
                st.warning(error_text(error), icon=":material/folder_off:")
                look_at(None)
                name = None
with chosen:
    if studies or damaged:
        study_row(name, studies, damaged)
with body:
    if view is not None:
        study(view)
    elif name is None:
        if not studies:
            st.markdown(
                "When trying by hand has shown what matters, let the machine search: it trains one variant after the "
                "other, learns which settings are worth a try, and gives up those that begin badly."
            )
        with friendly_errors():
            setup()
        if studies or damaged:
            st.subheader("All sweeps", anchor=False)
            studies_table(studies, damaged)
workers_panel()
