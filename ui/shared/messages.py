"""What a page says about what went wrong or was done: the one place where an error of recsys_core becomes a message."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from recsys_core.errors import RecsysError
from recsys_core.settings.own import all_own_settings
from recsys_core.settings.train_config import SETTINGS, SHORTHANDS
from ui.shared.format import escape_markdown

_ERROR, _SAID = "message_error", "message_said"
_NAME = re.compile(r"`(\w+)`")
_OF_SWEEPS = {
    "n_trials": "Trials", "minutes": "Minutes", "seeds": "Seeds a trial", "split_seed": "Seed of the split",
    "holdout_fraction": "Second holdout",
}  # fmt: skip


@contextmanager
def friendly_errors() -> Iterator[None]:
    """Show a `RecsysError` of the block as a message and end the page there; anything else is a defect and goes on."""
    try:
        yield
    except RecsysError as error:
        show_error(error)
        st.stop()


def attempt(action: Callable[..., None], *values: object) -> None:
    """For a callback: do it, and say on the page what goes wrong."""
    try:
        action(*values)
    except RecsysError as error:
        complain(error)
        # A fragment's own run would not come to where it is shown.
        st.rerun()


def complain(error: RecsysError) -> None:
    """Say on the page what went wrong, where it calls `show_said`."""
    st.session_state[_ERROR] = str(error)


def say(text: str, *, out_of_sight: bool = False) -> None:
    """Say on the page what was done, where it calls `show_said`. `text` is plain text.

    out_of_sight: whether that place may be. It is said in the corner of the window too then: what is not seen is done
    again.
    """
    st.session_state[_SAID] = text, out_of_sight


def show_said() -> None:
    """Draw what there is to say, once."""
    if _SAID in st.session_state:
        said, out_of_sight = st.session_state.pop(_SAID)
        st.markdown(f":material/check: {escape_markdown(said)}")
        if out_of_sight:
            st.toast(escape_markdown(said), icon=":material/check:")
    if _ERROR in st.session_state:
        show_error(st.session_state.pop(_ERROR))


def show_error(error: RecsysError | str, icon: str = ":material/error:") -> None:
    """Draw an error, or its text, as a message."""
    st.error(error_text(error), icon=icon)


def error_text(error: RecsysError | str) -> str:
    """Markdown of an error. Settings are called as pages call them, by the core as the command line does."""
    labels = _labels()
    return escape_markdown(_NAME.sub(lambda name: labels.get(name[1], name[0]), str(error)))


def _labels() -> dict[str, str]:
    known = {**SETTINGS, **SHORTHANDS, **all_own_settings()}
    return {name: setting.label for name, setting in known.items()} | _OF_SWEEPS
