"""A setting's widget, made from its declaration, and what the widget holds.

Number fields have no limits of their own: a browser keeps what is outside them to itself, and the page would go on with
the number before. What is wrong is said by the declaration's own check.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from recsys_core.settings.declaration import Setting

GENRE_FILTERS = ("exact_genres", "any_genres", "all_genres")
"""Settings that hold genres."""


def is_wide(setting: Setting) -> bool:
    """Whether what its widget holds is long."""
    return setting.kind in ("text_list", "other_list")


def to_widget(setting: Setting, value: Any) -> Any:
    """What the widget holds for `value`."""
    if setting.kind == "text_list":
        return list(value)
    if setting.kind in ("whole_list", "other_list"):
        return setting.show(value)
    return setting.none if setting.suggestions and value is None else value


def from_widget(setting: Setting, held: Any) -> Any:
    """The value for what the widget holds. Raises `ConfigError`."""
    if isinstance(held, str) and setting.kind not in ("text", "choice"):
        return setting.parse(held)
    return setting.check(held)


def draw(
    setting: Setting,
    key: str,
    *,
    label: str,
    offered: Sequence[str] = (),
    disabled: bool = False,
    on_change: Any = "rerun",
) -> None:
    """Draw the widget; `key` is its place in the session's state. offered: items for a list of texts; others can be
    typed."""
    about: Any = {
        "key": key,
        "help": setting.help,
        "disabled": disabled,
        "on_change": on_change,
        "persist_state": "session",
    }
    if setting.kind == "switch":
        st.toggle(label, **about)
    elif setting.kind == "choice":
        st.selectbox(label, setting.choices, format_func=setting.title, **about)
    elif setting.suggestions:
        st.selectbox(label, [*setting.suggestions, *_none_of(setting)], accept_new_options=True, **about)
    elif setting.kind == "whole":
        st.number_input(label, step=int(setting.step or 1), **_empty(setting), **about)
    elif setting.kind == "number":
        st.number_input(label, step=setting.step or 0.01, format="%g", **_empty(setting), **about)
    elif setting.kind == "text_list":
        st.multiselect(label, offered, accept_new_options=True, placeholder="all", **about)
    else:
        st.text_input(label, **about)


def _empty(setting: Setting) -> Any:
    """What a number field shows for None, where that is accepted."""
    return {"value": None, "placeholder": setting.none} if setting.accepts_none else {}


def _none_of(setting: Setting) -> list[str]:
    return [setting.none] if setting.accepts_none else []
