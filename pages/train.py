"""Choose a model, train it live, and see what came of it."""

from contextlib import suppress

import streamlit as st

from recsys_core.data.catalog import find_data_set
from recsys_core.errors import DataError, RecsysError
from recsys_core.jobs import board
from recsys_core.jobs.messages import Task
from recsys_core.runs.store import find_run
from ui.components.verdict import verdict
from ui.navigation import stays
from ui.shared.format import escape_markdown
from ui.shared.messages import attempt, friendly_errors, show_said
from ui.shared.ratings import chosen_data_set, data_set_picker, data_sets
from ui.shared.run_picker import current_run, looked_at
from ui.shared.watching import start as submit
from ui.shared.watching import visitor
from ui.train.ahead import make_ready
from ui.train.chosen import Chosen, difference_text, read_settings, start_fresh
from ui.train.data import data_panel, filter_counts, get_ready
from ui.train.job.live import job_panel
from ui.train.layout import settings_and_result
from ui.train.settings import settings_column
from ui.train.summary import model_summary

run = current_run(or_another=True)
st.title("Train")
verdict(run, looks_again=True)
# The switch alone is wanted here: what is wrong with a run that diverged is said where its map would be.
with suppress(RecsysError):
    looked_at(run)
settings, result = settings_and_result()


def data_set_trained_on(chosen: Chosen) -> str:
    """For a run that is gone on with, its ratings."""
    return chosen_data_set() if chosen.continue_run is None else find_run(chosen.continue_run).data_set.id


with settings:
    if len(data_sets()) > 1:
        data_set_picker("What is trained on. The Data page shows what is in it, and adds others.")
    chosen, places = settings_column()

    def train() -> None:
        now = read_settings()
        # Whoever goes on from a run has that run's ratings.
        data_set = None if now.continue_run is not None else chosen_data_set()
        submit(Task(config=now.config, data_set=data_set, continue_run=now.continue_run, start_from=now.start_from))

    def sweep() -> None:
        now = read_settings()
        submit(Task(kind="find_learning_rate", config=now.config, data_set=data_set_trained_on(now)))

    nothing_left = None
    if chosen is not None and chosen.continue_run is None:
        with places.filtered:
            nothing_left = filter_counts(chosen.config, chosen_data_set())
            get_ready(chosen.config, chosen_data_set())
    first = "What is marked in the settings must be mended first." if chosen is None else nothing_left
    waits = bool(board.active())
    with places.train:
        continues = chosen is not None and chosen.continue_run is not None
        st.button(
            "Continue training" if continues else "Train",
            key="train_go",
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
            disabled=first is not None,
            on_click=attempt,
            args=(train,),
            help=first or ("Waits its turn: another training is running." if waits else None),
        )
        if chosen is not None:
            data_set = None
            with suppress(DataError):  # it is gone or damaged, which training says
                data_set = find_data_set(chosen_data_set())
            said, everything = difference_text(chosen, run, data_set)
            st.caption(said, help=everything)
        if continues:
            st.button("Train anew instead", type="tertiary", icon=":material/restart_alt:", on_click=start_fresh)
    with places.find:
        st.button(
            "Find a learning rate",
            key="train_find",
            icon=":material/query_stats:",
            width="stretch",
            disabled=first is not None,
            on_click=attempt,
            args=(sweep,),
            help=first
            or "One quick pass over the ratings while the rate rises, to see which rates learn and which break.",
        )
    with places.message:
        show_said()
        if nothing_left is not None:
            # The filters are far below, and so is what is said there.
            st.error(escape_markdown(nothing_left), icon=":material/filter_alt_off:")

with result, friendly_errors():
    job_panel(run)
    if chosen is not None:
        model_summary(chosen.config, chosen_data_set())
        make_ready(chosen.config, data_set_trained_on(chosen), visitor(), stays())
    data_panel(run)
