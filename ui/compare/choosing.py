"""Which runs are compared: two to eight of them, in the address as `?runs=a,b`, each with a letter and a color."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from recsys_core.compare.differing import MAX_RUNS
from recsys_core.runs.damage import damage_of
from recsys_core.runs.run import Run
from recsys_core.runs.store import list_runs
from ui.charts.compare import Entry
from ui.navigation import put_in_address
from ui.shared.format import escape_markdown
from ui.shared.run_picker import picker_labels, usable_runs

_PARAMETER = "runs"
_KEY = "compare_runs"
_LEFT_OUT = "compare_left_out"
"""What was said of runs that an address named and that are left out: it stands until others are chosen."""
_LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class Chosen:
    """A run that is compared, and how it is called here."""

    run: Run
    entry: Entry

    @property
    def letter(self) -> str:
        return self.entry.letter


def choose_runs(current: Run) -> list[Chosen]:
    """The field to choose them with, and what it says. The address decides first, then what was chosen before, then the
    current run beside the newest other one.

    Names that are not there, or of damaged runs, are left out with a message.
    """
    usable, labels = comparable_runs()
    st.session_state[_KEY] = _wanted(current, usable)
    names = st.multiselect(
        "Runs to compare",
        list(usable),
        key=_KEY,
        format_func=labels.__getitem__,
        max_selections=MAX_RUNS,
        placeholder="Choose two to eight runs",
        on_change=_put_in_url,
        persist_state="session",
        help="Two to eight runs; the first is A, the second B, and so on. The address of the page names them.",
    )
    put_in_address(_PARAMETER, ",".join(names))
    for icon, message in st.session_state.get(_LEFT_OUT, ()):
        st.warning(message, icon=icon)
    return [Chosen(usable[name], Entry(letter, labels[name])) for name, letter in zip(names, _LETTERS, strict=False)]


def comparable_runs() -> tuple[dict[str, Run], dict[str, str]]:
    """All runs that are not damaged, and what they are called, both by name, the newest first."""
    facts = usable_runs()
    everything = {run.name: run for run in reversed(list_runs())}
    return {each.name: everything[each.name] for each in facts if each.name in everything}, picker_labels(facts)


def choose_pair(chosen: list[Chosen]) -> tuple[Chosen, Chosen] | None:
    """Which two of them are held against each other: the only two, or by letters. None for twice the same."""
    if len(chosen) == 2:
        return chosen[0], chosen[1]
    by_letter = {each.letter: each for each in chosen}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        pair = [
            st.segmented_control(
                title, list(by_letter), default=list(by_letter)[place], required=True, key=f"pair_{place + 1}",
                bind="query-params", help=" · ".join(f"{each.letter}: {each.entry.label}" for each in chosen),
            )
            for place, title in enumerate(("Hold", "against"))
        ]  # fmt: skip
    if pair[0] == pair[1]:
        st.info("Choose two different letters to see how the two runs differ.", icon=":material/compare_arrows:")
        return None
    return by_letter[pair[0]], by_letter[pair[1]]


def _wanted(current: Run, usable: dict[str, Run]) -> list[str]:
    """Names of runs that can be compared; notes what of the address cannot be."""
    if _PARAMETER not in st.query_params:
        st.session_state.pop(_LEFT_OUT, None)
        before = st.session_state.get(_KEY)
        others = [name for name in usable if name != current.name]
        wanted = before if before else [current.name, *others[:1]]
        return [name for name in wanted if name in usable]
    named = [name for text in st.query_params.get_all(_PARAMETER) for name in text.split(",") if name]
    wanted = list(dict.fromkeys(named))
    everything = {run.name: run for run in list_runs()}
    good: list[str] = []
    left_out: list[tuple[str, str]] = []
    for name in wanted:
        # Fewer than nine are looked at, however many an address names.
        if len(good) == MAX_RUNS:
            left_out.append(
                (":material/info:", f"At most {MAX_RUNS} runs are compared at once. The others are left out.")
            )
            break
        run = everything.get(name)
        damage = None if run is None else damage_of(run, thorough=True)
        if run is None:
            gone = f"The run “{escape_markdown(name[:80])}” is not there (any more)."
            left_out.append((":material/folder_off:", gone))
        elif damage is not None or name not in usable:
            left_out.append((":material/broken_image:", escape_markdown(f"{damage or name} It is left out.")))
        else:
            good.append(name)
    if left_out:
        st.session_state[_LEFT_OUT] = left_out
    return good


def _put_in_url() -> None:
    st.session_state.pop(_LEFT_OUT, None)
    put_in_address(_PARAMETER, ",".join(st.session_state[_KEY]))
