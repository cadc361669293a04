"""The table of runs, or of groups of them: what is chosen in it is what the buttons above it are about."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from recsys_core.quality.facts import RunFacts
from recsys_core.quality.overview import Group, grouped
from recsys_core.settings.numbers import show_number
from recsys_core.settings.shown import title_of
from ui.shared.run_picker import labels_of

MOST_ROWS_IN_SIGHT = 14
_ROW_PX = 35
_LEAST_NAME_PX, _MOST_NAME_PX, _LETTER_PX = 160, 400, 6.8
_STAR_KEY = "runs_star"
_KEY = "runs_table"
_NUMBER = st.column_config.NumberColumn

_FIGURES = {
    "MSE": ("val_mse", _NUMBER(format="%.4f", help="Validation MSE of the epoch that was kept, in stars².")),
    "MAE": ("val_mae", _NUMBER(format="%.4f", help="Validation MAE of the same epoch, in stars.")),
    "vs biases": (
        "against_biases",
        _NUMBER(format="%+.1f%%", help="Validation MSE against that of damped biases alone: below zero is better."),
    ),
    "Genre overlap": (
        "genre_overlap",
        _NUMBER(format="%.3f", help="How many of their genres a movie and its ten neighbors share, once measured."),
    ),
    "Stays": (
        "stability",
        _NUMBER(format="%.0f%%", help="Share of the ten neighbors that stay from another seed, once measured."),
    ),
}

_FIRST_FIGURES = ("MSE", "vs biases")


def runs_table(runs: Sequence[RunFacts], columns: Sequence[str], *, on_star: Callable[[str], None]) -> list[RunFacts]:
    """Draw a row for each of `runs`, with a column for each setting of `columns`, and return those that are chosen.

    on_star: called with the name of the run whose star is clicked.
    """
    names = [run.name for run in runs]

    def star() -> None:
        on_star(names[st.session_state[_STAR_KEY]["row"]])

    frame = pd.DataFrame({"★": ["★" if run.is_starred else "☆" for run in runs]})
    labels = labels_of(runs)
    frame["Name"] = [labels[run.name] for run in runs]
    frame["Loss"] = [list(run.curve) for run in runs]
    config: dict[str, Any] = {
        "★": st.column_config.ButtonColumn("★", type="tertiary", width=40, pinned=True, key=_STAR_KEY, on_click=star),
        "Name": st.column_config.TextColumn(pinned=True, width=_width_of(frame["Name"])),
        "Loss": st.column_config.LineChartColumn(
            width=90, help="Validation MSE by epoch; that of training where nothing is validated."
        ),
    }
    # How good it is stands in sight, before what it was made of.
    for title in _FIRST_FIGURES:
        frame[title] = [_scale(title) * getattr(run, _FIGURES[title][0]) for run in runs]
    for name in columns:
        frame[title_of(name)] = _column([run.settings.get(name) for run in runs])
    for title, (figure, about) in _FIGURES.items():
        frame[title] = [_scale(title) * getattr(run, figure) for run in runs]
        config[title] = about
    frame["Parameters"] = [float(run.n_parameters) or math.nan for run in runs]
    frame["Seconds"] = [run.seconds for run in runs]
    frame["When"] = pd.to_datetime([run.created or None for run in runs], unit="s", utc=True)
    frame["State"] = [_state(run) for run in runs]
    frame["MB"] = [run.n_bytes / 1e6 for run in runs]
    frame["Data"] = [run.data for run in runs]
    frame["Note"] = [run.note for run in runs]
    config |= {
        "Parameters": _NUMBER(format="compact"),
        "Seconds": _NUMBER(format="%.1f", help="Of all epochs with their validation."),
        "When": st.column_config.DatetimeColumn(format="D MMM, HH:mm", timezone=_timezone()),
        "State": st.column_config.TextColumn(width=90),
        "MB": _NUMBER(format="%.1f", help="On disk."),
        "Note": st.column_config.TextColumn(width=200),
    }
    return [runs[row] for row in _draw(frame, config, names, "Saved runs")]


def groups_table(runs: Sequence[RunFacts], by: str) -> list[RunFacts]:
    """Draw a row for each group of `runs` by the setting `by`, with means and spreads, and return the runs chosen."""
    groups = grouped(runs, by)
    frame = pd.DataFrame({"Group": [group.label for group in groups], "Runs": [len(group.runs) for group in groups]})
    config: dict[str, Any] = {"Group": st.column_config.TextColumn(pinned=True, width=230)}
    for title, (figure, about) in _FIGURES.items():
        spread = f"± {title}"
        frame[title] = [_scale(title) * group.mean(figure) for group in groups]
        frame[spread] = [_scale(title) * group.spread(figure) for group in groups]
        config |= {title: about, spread: _spread_like(title)}
    frame["Seconds"] = [group.mean("seconds") for group in groups]
    frame["Best run"] = [group.best.label for group in groups]
    config |= {
        "Seconds": _NUMBER(format="%.1f", help="Mean of the runs."),
        "Best run": st.column_config.TextColumn(width=200, help="The one with the lowest validation MSE."),
    }
    keys = [run.name for group in groups for run in group.runs]
    return _runs_of([groups[row] for row in _draw(frame, config, [by, *keys], "Groups of runs")])


def _draw(frame: pd.DataFrame, config: dict[str, Any], keys: Sequence[str], alt: str) -> list[int]:
    """Numbers of the rows that are chosen. With other rows, by `keys`, it is another table and nothing is chosen:
    what is chosen goes by place, and must never mean another run than the one that was clicked."""
    height = _ROW_PX * (min(len(frame), MOST_ROWS_IN_SIGHT) + 1) + 2
    event = st.dataframe(
        frame, key=f"{_KEY}_{hash(tuple(keys))}", column_config=config, hide_index=True, height=height,
        row_height=_ROW_PX, on_select="rerun", selection_mode="multi-row", placeholder="–", alt=alt, lazy=False,
    )  # fmt: skip
    return [row for row in event.selection.rows if row < len(frame)]


def _state(run: RunFacts) -> str:
    if not run.is_read:
        return "not read yet"
    return f"damaged: {run.damage}" if run.is_damaged else run.status


def _column(values: list[Any]) -> list[Any]:
    """Numbers where all of them are, else words: a column has one kind."""
    if all(value is None or isinstance(value, int | float) for value in values):
        return [math.nan if value is None else value for value in values]
    return [value if value is None or isinstance(value, str) else show_number(value) for value in values]


def _width_of(texts: pd.Series) -> int:
    """px in which the longest of `texts` is read whole, as far as there is room for it."""
    return min(max(_LEAST_NAME_PX, 16 + round(_LETTER_PX * int(texts.str.len().max()))), _MOST_NAME_PX)


def _scale(title: str) -> int:
    """What a figure is multiplied by to be shown: shares are percentages."""
    return 100 if title in ("vs biases", "Stays") else 1


def _spread_like(title: str) -> Any:
    return _NUMBER(
        "±",
        format="%.1f%%" if _scale(title) == 100 else "%.4f",
        help=f"Standard deviation of {title} between the runs.",
    )


def _runs_of(groups: Sequence[Group]) -> list[RunFacts]:
    return [run for group in groups for run in group.runs]


def _timezone() -> str | None:
    return st.context.timezone
