"""The settings column of the Train page: presets, the three common settings, and all others behind "More settings"."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys_core.errors import ConfigError
from recsys_core.models.registry import ARCHITECTURES
from recsys_core.runs.presets import all_presets, find_any_preset
from recsys_core.settings.declaration import GROUPS, Setting
from ui.shared.format import escape_markdown, shorten
from ui.shared.messages import error_text
from ui.shared.ratings import chosen_data_set, genres_of
from ui.shared.run_picker import picker_labels, usable_runs
from ui.train.address import keep_in_address, take_from_address
from ui.train.chosen import (
    FRESH,
    Chosen,
    epochs_to_phases,
    fill_missing,
    fit_to_architecture,
    forget_wish,
    grant_wish,
    is_continuing,
    key_of,
    label_of,
    phases_to_epochs,
    problem_with,
    read_settings,
    same_user_size,
    setting,
    shown_settings,
    take_preset,
    take_start,
)
from ui.train.widgets import GENRE_FILTERS, draw, is_wide

_ON_CHANGE = {"movie_embedding_size": same_user_size, "epochs": epochs_to_phases, "phases": phases_to_epochs}


@dataclass(frozen=True)
class Places:
    """Where the buttons go: under the common settings, above the others. And what filters leave: under them."""

    message: DeltaGenerator
    train: DeltaGenerator
    find: DeltaGenerator
    filtered: DeltaGenerator


def settings_column() -> tuple[Chosen | None, Places]:
    """Draw the settings and read them; None, with a message, while they do not make a valid configuration."""
    grant_wish()
    take_from_address()
    fill_missing()
    model, formula, size, epochs = _cells(4)
    shown = shown_settings()
    with model:
        st.selectbox(
            "Preset",
            list(all_presets()),
            key=key_of("preset"),
            on_change=take_preset,
            persist_state="session",
            help=shown["preset"].help,
        )
        st.caption(escape_markdown(find_any_preset(setting("preset")).about))
    architecture = ARCHITECTURES[setting("architecture")]
    with formula:
        st.selectbox(
            "Architecture",
            list(ARCHITECTURES),
            key=key_of("architecture"),
            format_func=lambda name: ARCHITECTURES[name].title,
            on_change=fit_to_architecture,
            persist_state="session",
            help=shown["architecture"].help,
            disabled=is_continuing(),
        )
        st.caption(escape_markdown(architecture.formula))
    with size:
        _field(shown["movie_embedding_size"])
    with epochs:
        _field(shown["epochs"])
    message = st.container()
    train, find = _cells(2)
    st.caption(f"**{escape_markdown(architecture.title)}.** {escape_markdown(architecture.explain)}")
    # Forty widgets: while closed they cost the browser nothing, and their values are the session's.
    more = st.expander("More settings", icon=":material/tune:", key="train_more", on_change="rerun")
    starts = _starts()
    if more.open:
        with more:
            _start(starts)
            for group, title in GROUPS.items():
                if group != "front":
                    _group(title, [each for each in shown.values() if each.group == group])
    # Right below the filters, which come last.
    filtered = st.container()
    forget_wish()
    places = Places(message, train, find, filtered)
    try:
        chosen = read_settings()
    except ConfigError as error:
        message.error(error_text(error), icon=":material/error:")
        return None, places
    keep_in_address(chosen)
    return chosen, places


def _group(title: str, settings: list[Setting]) -> None:
    st.markdown(f"**{title}**")
    grid = st.grid(2, min_column_width=120)
    for each in settings:
        with grid.cell(column_span=2 if is_wide(each) else 1):
            _field(each)


def _field(shown: Setting) -> None:
    """The widget, and under it what is wrong with what it holds."""
    draw(
        shown,
        key_of(shown.name),
        label=label_of(shown),
        offered=genres_of(chosen_data_set()) if shown.name in GENRE_FILTERS else (),
        disabled=is_continuing() and shown.lasting,
        on_change=_ON_CHANGE.get(shown.name, "rerun"),
    )
    problem = problem_with(shown)
    if problem is not None:
        # As the message above the settings, which names the field and what it holds.
        rule = problem.partition(" must ")[2].partition(". Received")[0]
        st.markdown(f":small[:red[Must {escape_markdown(rule)}.]]")


def _starts() -> dict[str, str]:
    """What training can start from, and how that is called. A choice that is gone is given up."""
    runs = {name: shorten(label, 80) for name, label in picker_labels(usable_runs()).items()}
    starts = {FRESH: FRESH}
    starts |= {f"continue:{name}": f"continue {label}" for name, label in runs.items()}
    starts |= {f"embeddings:{name}": f"from the embeddings of {label}" for name, label in runs.items()}
    if setting("start") not in starts:
        st.session_state[key_of("start")] = FRESH
    return starts


def _start(starts: dict[str, str]) -> None:
    st.selectbox(
        "Start",
        list(starts),
        key=key_of("start"),
        format_func=starts.__getitem__,
        on_change=take_start,
        persist_state="session",
        help="Continue goes on training a run's model with these learning rates. Its embeddings can also start another "
        "architecture of the same embedding size.",
    )


def _cells(n: int) -> list[DeltaGenerator]:
    """Places one under the other in a column, and two by two where the settings have the page's width."""
    grid = st.grid(2, min_column_width=190)
    return [grid.cell() for _ in range(n)]
