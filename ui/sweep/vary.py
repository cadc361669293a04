"""Which settings a sweep varies, and over what: chosen from what their declarations allow, ranges narrowed at will."""

from __future__ import annotations

from typing import Any

import streamlit as st

from recsys_core.errors import ConfigError
from recsys_core.models.registry import ARCHITECTURES, settings_of
from recsys_core.settings.declaration import Setting
from recsys_core.settings.sweep_space import Dimension, chosen, narrowed, sweep_space
from recsys_core.settings.train_config import SHORTHANDS, TrainConfig
from recsys_core.sweeps.plan import value_of
from ui.shared.format import escape_markdown
from ui.shared.messages import error_text

_PENALTIES = "losses"


def read_varied(base: TrainConfig) -> tuple[Dimension, ...]:
    """What is varied of the settings `base`, as the controls say now. Raises `ConfigError` for a range that is none."""
    space = _space(base)
    picked = st.session_state.get(_key(base), preselected(base, space))
    # In the order of the declarations, not of the clicks.
    return tuple(_read(f"{_key(base)}_{name}", space[name]) for name in space if name in picked)


def vary(base: TrainConfig) -> None:
    """Draw what may be varied of the settings `base`, and over what."""
    space = _space(base)
    known = {**SHORTHANDS, **settings_of(ARCHITECTURES[base.architecture])}
    picked = st.pills(
        "Vary",
        list(space),
        selection_mode="multi",
        default=preselected(base, space),
        format_func=lambda name: space[name].label,
        key=_key(base),
        persist_state="session",
        help="Chosen at first: size, learning rate, and the penalties and weights that these settings use. A few say "
        "more than all of them: each more needs more trials.",
    )
    grid = st.grid(4, min_column_width=200, gap="small")
    for name in (each for each in space if each in picked):
        with grid.cell(), st.container(border=True):
            key = f"{_key(base)}_{name}"
            _range(key, space[name], known[name], base)
            try:
                _read(key, space[name])
            except ConfigError as error:
                st.markdown(f":small[:red[{error_text(error)}]]")


def preselected(base: TrainConfig, space: dict[str, Dimension]) -> list[str]:
    """What it makes sense to vary: the size, the learning rate, and what weighs in the loss of `base`."""
    always = ["embedding_size", "movie_embedding_size", "learning_rate"]
    weights = [
        name
        for name, setting in settings_of(ARCHITECTURES[base.architecture]).items()
        if setting.group == _PENALTIES and name in space and base.value(name)
    ]
    return [name for name in space if name in {*always, *weights}]


def _space(base: TrainConfig) -> dict[str, Dimension]:
    return {each.name: each for each in sweep_space(settings_of(ARCHITECTURES[base.architecture]))}


def _key(base: TrainConfig) -> str:
    return f"sweep_vary_{base.preset}_{base.architecture}"


def _read(key: str, dimension: Dimension) -> Dimension:
    held = st.session_state
    if dimension.kind == "choice":
        return chosen(dimension, tuple(held.get(f"{key}_choices", dimension.choices)))
    whole = dimension.kind == "whole"
    low, high = (held.get(f"{key}_{end}", _as(whole, getattr(dimension, end))) for end in ("low", "high"))
    return narrowed(dimension, low, high)


def _range(key: str, dimension: Dimension, setting: Setting, base: TrainConfig) -> None:
    now = setting.show(value_of(base, dimension.name))
    compiles = " Each value compiles anew, so that few are tried." if setting.scope == "structure" else ""
    st.markdown(
        f"**{escape_markdown(dimension.label)}**  \n:small[:gray[now {escape_markdown(now)}]]",
        help=f"{setting.help}{compiles}",
    )
    if dimension.kind == "choice":
        st.multiselect(
            "Choices", dimension.choices, default=dimension.choices, format_func=setting.show, key=f"{key}_choices",
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
        return
    whole = dimension.kind == "whole"
    about: Any = {"step": 1} if whole else {"step": setting.step or 0.01, "format": "%g"}
    to = "To (log)" if dimension.log else "To"
    for place, (label, end) in zip(st.columns(2, gap="small"), (("From", "low"), (to, "high")), strict=True):
        with place:
            st.number_input(
                label, value=_as(whole, getattr(dimension, end)), key=f"{key}_{end}", persist_state="session", **about
            )


def _as(whole: bool, bound: float | None) -> Any:
    return int(bound or 0) if whole else float(bound or 0.0)
