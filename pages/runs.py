"""All runs in one table: found, sorted, grouped, named, compared, repeated, taken away and deleted."""

import streamlit as st

from recsys_core.jobs.quality_jobs import facts_work
from recsys_core.quality.overview import best_of
from ui.runs.actions import action_row, toggle_star, undo_row
from ui.runs.choosing import choose_runs
from ui.runs.details import details
from ui.runs.importing import import_button
from ui.runs.table import groups_table, runs_table
from ui.shared.format import escape_markdown, format_count, format_loss
from ui.shared.messages import attempt, show_said
from ui.shared.run_picker import listed_facts, pick_run
from ui.shared.waiting import show_progress

pick_run()
runs = listed_facts()
with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    st.title("Runs", anchor=False)
    import_button()
with st.container():
    show_said()
    undo_row()

own = [run for run in runs if not run.is_example]
best = best_of(runs)
if not own:
    st.info(
        "There is no run of your own yet. Train one: it joins this table, and the next ones tell themselves apart by "
        "what you changed.",
        icon=":material/model_training:",
    )
    st.page_link("pages/train.py", label="Train a model", icon=":material/model_training:")
elif best is not None:
    lowest = f"lowest validation MSE **{format_loss(best.val_mse)}**, {escape_markdown(best.label)}"
    st.caption(f"{format_count(len(own), 'run')} · {sum(run.n_bytes for run in own) / 1e6:,.1f} MB on disk · {lowest}")

if not runs:
    st.stop()

if not all(run.is_read for run in runs):
    show_progress(facts_work())
choice = choose_runs(runs)
actions = st.container()
if not choice.runs:
    st.info("No run has all of that. Take a word or a filter away.", icon=":material/search_off:")
    chosen = []
elif choice.group_by is None:
    chosen = runs_table(choice.runs, choice.columns, on_star=lambda name: attempt(toggle_star, name))
else:
    chosen = groups_table(choice.runs, choice.group_by)
with actions:
    action_row(chosen, runs)
if len(chosen) == 1:
    details(chosen[0])
elif choice.runs and not chosen:
    st.caption(
        "Click the box before a run to name it, note something or delete it; choose several to compare them. A click "
        "on a column's head sorts by it."
    )
