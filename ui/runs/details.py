"""The one run that is chosen: its name and note to write, what is wrong with it, and the ways to its pages."""

from __future__ import annotations

import streamlit as st

from recsys_core.quality.facts import RunFacts
from recsys_core.runs.keeping import naming
from recsys_core.runs.marks import MAX_LABEL, MAX_NOTE
from recsys_core.runs.store import find_run
from ui.shared.format import escape_markdown
from ui.shared.messages import attempt

_PAGES = (
    ("train", "Curve", ":material/show_chart:"),
    ("map", "Map", ":material/scatter_plot:"),
    ("neighbors", "Neighbors", ":material/hub:"),
    ("biases", "Biases", ":material/bar_chart:"),
    ("quality", "Quality", ":material/verified:"),
)


def details(run: RunFacts) -> None:
    """Draw what is said of `run` and may be said anew."""
    if run.is_damaged:
        st.error(escape_markdown(run.damage), icon=":material/broken_image:")
    # Another run's fields are other ones: what was typed into these must not become its name.
    label_key, note_key = f"runs_label_{run.name}", f"runs_note_{run.name}"
    with st.container(border=True):
        name, note = st.columns([2, 3])
        with name:
            st.text_input(
                "Name", value=run.label, key=label_key, max_chars=MAX_LABEL, disabled=run.is_example,
                on_change=_save, args=(naming.rename, run.name, label_key),
                help="Its address stays. Empty gives it back the name it was saved with.",
            )  # fmt: skip
        with note:
            st.text_input(
                "Note", value=run.note, key=note_key, max_chars=MAX_NOTE, disabled=run.is_example,
                on_change=_save, args=(naming.annotate, run.name, note_key), placeholder="What to remember of it",
            )  # fmt: skip
        if run.is_example:
            st.caption("The example run comes with the program: it can neither be renamed nor deleted.")
        if not run.is_damaged:
            with st.container(horizontal=True):
                for page, title, icon in _PAGES:
                    st.page_link(f"pages/{page}.py", label=title, icon=icon, query_params={"run": run.name})
        facts = [f"Folder {run.name}", f"{run.n_bytes / 1e6:.1f} MB", run.data]
        st.caption(escape_markdown(" · ".join(filter(None, facts))))


def _save(change, name: str, key: str) -> None:
    attempt(lambda: change(find_run(name), st.session_state[key]))
