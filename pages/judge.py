"""Judge pairs of movies yourself, and see how far the chosen run agrees with you."""

import streamlit as st

from recsys_core.quality.judged.agreement import LEAST_ANSWERS
from ui.components.verdict import verdict
from ui.quality.judged import show_outcome
from ui.quality.judging import ask, choose_answers
from ui.shared.messages import friendly_errors
from ui.shared.run_picker import current_run, looked_at

run = current_run()
st.title("Judge", anchor=False)
verdict(run)

with friendly_errors():
    embeddings = looked_at(run)
    st.markdown("Would you recommend the one to somebody who liked the other?")
    name = choose_answers(run)
    judged = ask(run, embeddings, name)
    if judged is not None and len(judged.pairs) >= LEAST_ANSWERS:
        st.subheader("How far the run agrees with you", anchor=False)
        show_outcome(run, embeddings, judged)
