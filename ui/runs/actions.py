"""What can be done with the runs that are chosen: a row of buttons that stays where it is, whatever is chosen."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Sequence

import streamlit as st

from recsys_core import resources
from recsys_core.jobs.board import MAX_QUEUED_PER_VISITOR
from recsys_core.jobs.messages import Task
from recsys_core.quality.facts import RunFacts
from recsys_core.quality.overview import next_seeds
from recsys_core.runs.keeping import archive, naming, shrinking, trash
from recsys_core.runs.store import find_run
from ui.deleted import deleted
from ui.shared.format import escape_markdown, format_count
from ui.shared.messages import attempt, say
from ui.shared.run_picker import forget_run
from ui.shared.watching import submit

MOST_COMPARED = 8
_REPEATED = "runs_repeated"
"""How often runs were repeated."""
_COMPARE = "pages/compare.py"


def toggle_star(name: str) -> None:
    """Star a run, or take its star away."""
    run = find_run(name)
    naming.star(run, not run.marks.is_starred)


def action_row(chosen: Sequence[RunFacts], runs: Sequence[RunFacts]) -> None:
    """Draw the buttons for `chosen`, some of all `runs`."""
    names = [run.name for run in chosen]
    one = chosen[0] if len(chosen) == 1 else None
    own = [run for run in chosen if not run.is_example]
    why_not = "The example run comes with the program and stays as it is." if chosen and not own else None
    with st.container(horizontal=True, vertical_alignment="center", key="runs_actions"):
        _compare(chosen)
        if st.button(
            "Copy settings to Train", icon=":material/tune:", disabled=one is None or one.is_damaged,
            help="Opens the Train page with this run's settings filled in.",
        ):  # fmt: skip
            st.switch_page("pages/train.py", query_params={"run": names[0], "settings": names[0]})
        _repeat(one, runs)
        is_too_much = sum(run.n_bytes for run in chosen) > archive.MAX_BYTES_IN_MEMORY
        st.download_button(
            "Download", data=lambda: _zip_of(names), file_name=f"{names[0] if one else 'runs'}.zip", key="runs_zip",
            mime="application/zip", icon=":material/download:", disabled=not chosen or is_too_much, on_click="ignore",
            help=f"More than {archive.MAX_BYTES_IN_MEMORY / 1e9:.1f} GB: `python -m recsys_core runs export` takes any."
            if is_too_much else "The chosen runs as a zip, which “Import” brings back, here or elsewhere.",
        )  # fmt: skip
        spare = sum(run.n_spare_bytes for run in own)
        st.button(
            "Shrink", icon=":material/compress:", disabled=not spare, on_click=attempt, args=(_shrink, own),
            help=why_not or f"Drops snapshots and caches, {spare / 1e6:.1f} MB of {_megabytes(own)}. There is no "
            "replay of them then; maps are computed again when they are looked at.",
        )  # fmt: skip
        st.button(
            f"Delete {len(own)}" if len(own) > 1 else "Delete", key="runs_delete", icon=":material/delete:",
            disabled=not own, on_click=attempt, args=(_delete, own), help=why_not or "Can be undone on this page.",
        )  # fmt: skip


def undo_row() -> None:
    """What was deleted here, and the way back."""
    for place, batch in reversed(list(enumerate(deleted()))):
        named = ", ".join(f"“{label}”" for label in batch.labels[:3])
        more = f" and {len(batch.labels) - 3} more" if len(batch.labels) > 3 else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/delete: Deleted {escape_markdown(named + more)}.", width="content")
            st.button(
                "Undo", key=f"runs_undo_{batch.batch.name}", icon=":material/undo:", type="tertiary",
                on_click=attempt, args=(_undo, place), help="Until you leave this page.",
            )  # fmt: skip


def _compare(chosen: Sequence[RunFacts]) -> None:
    if not (resources.FOLDER / _COMPARE).is_file():
        return
    fits = 2 <= len(chosen) <= MOST_COMPARED and not any(run.is_damaged for run in chosen)
    if st.button(
        f"Compare {len(chosen)}" if fits else "Compare", type="primary", icon=":material/compare_arrows:",
        disabled=not fits, help=f"Side by side: choose 2 to {MOST_COMPARED} runs.",
    ):  # fmt: skip
        st.switch_page(_COMPARE, query_params={"runs": ",".join(run.name for run in chosen)})


def _repeat(one: RunFacts | None, runs: Sequence[RunFacts]) -> None:
    can = one is not None and one.can_repeat
    help = "Trains the same settings with other seeds, to see how much of a figure is chance."
    if one is not None and not can:
        help = "It went on from another run, or was stopped: its settings alone do not say how to repeat it."
    # A new one after each use: it is closed.
    key = f"runs_repeat_{st.session_state.setdefault(_REPEATED, 0)}"
    with st.popover("Repeat", icon=":material/repeat:", disabled=not can, help=help, key=key):
        count = int(st.number_input("More trainings", 1, MAX_QUEUED_PER_VISITOR, 2, key="runs_repeat_count", help=help))
        if one is not None:
            seeds = next_seeds(one, runs, count)
            st.caption(f"Seed{'s' if count > 1 else ''} {', '.join(map(str, seeds))}")
            st.button(
                f"Train {count} more", key="runs_repeat_go", type="primary", on_click=attempt,
                args=(_train_again, one.name, seeds),
            )  # fmt: skip


def _train_again(name: str, seeds: Sequence[int]) -> None:
    run = find_run(name)
    for seed in seeds:
        config = dataclasses.replace(run.info.config, seed=seed)
        submit(Task(config=config, data_set=run.data_set.id, fingerprint=run.data_set.fingerprint or None))
    st.session_state[_REPEATED] += 1
    say(f"{format_count(len(seeds), 'training')} queued.")


def _zip_of(names: Sequence[str]) -> io.BytesIO:
    file = io.BytesIO()
    archive.export_runs([find_run(name) for name in names], file)
    file.seek(0)
    return file


def _shrink(runs: Sequence[RunFacts]) -> None:
    freed = sum(shrinking.shrink(find_run(run.name)) for run in runs)
    say(f"{freed / 1e6:.1f} MB freed.")


def _delete(runs: Sequence[RunFacts]) -> None:
    deleted().append(trash.delete_runs([find_run(run.name) for run in runs]))
    for run in runs:
        forget_run(run.name)


def _undo(place: int) -> None:
    trash.restore(deleted().pop(place))


def _megabytes(runs: Sequence[RunFacts]) -> str:
    return f"{sum(run.n_bytes for run in runs) / 1e6:.1f} MB"
