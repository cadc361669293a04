"""A trained run: its curve, its figures, its map, and the ways on."""

from __future__ import annotations

import math

import streamlit as st

from recsys_core.errors import RunError
from recsys_core.runs.run import Run, divergence_of
from recsys_core.settings.numbers import show_number
from ui.shared.format import escape_markdown, format_against, format_loss
from ui.shared.messages import error_text
from ui.train.chosen import change_settings, continue_training, use_learning_rate
from ui.train.job.pictures import curve, final_map, small_map
from ui.train.layout import curve_and_map

_PAGES = (
    ("map", "Map", ":material/scatter_plot:"),
    ("neighbors", "Neighbors", ":material/hub:"),
    ("biases", "Biases", ":material/bar_chart:"),
    ("quality", "Quality", ":material/verified:"),
)


def run_view(run: Run) -> None:
    """Draw the chosen run. Raises `RunError`."""
    info = run.info
    curve_place, map_place = curve_and_map()
    with curve_place:
        curve(
            run.history,
            info.baselines.model_dump(),
            info.config.preset,
            title=run.label if info.status == "finished" else f"{run.label} ({info.status})",
            kept_epoch=info.kept_epoch,
            run=run,
        )
        _figures(run)
    with map_place:
        _map(run)
        with st.container(horizontal=True, vertical_alignment="center"):
            for page, label, icon in _PAGES:
                st.page_link(f"pages/{page}.py", label=label, icon=icon, query_params={"run": run.name})
            st.button(
                "Continue",
                icon=":material/resume:",
                type="tertiary",
                on_click=change_settings,
                args=(continue_training, run.name),
                help="Fill in this run's settings, to go on training it with other learning rates. The optimizer "
                "begins afresh, as in the notebooks: take a lower rate than the last one.",
            )


def _map(run: Run) -> None:
    try:
        live = final_map(run)
    except RunError as error:
        if run.info.status != "diverged":
            raise
        # The curve says how it came to this, and is worth seeing.
        st.info(error_text(error), icon=":material/wrong_location:")
        return
    small_map(live, "Its movies, by PCA")


def divergence(run: Run) -> None:
    """Say of a run that diverged that it did, at which learning rate, and which one to try. Raises `RunError`."""
    where, mean = divergence_of(run), run.info.baselines.mean_mse
    if where is None:
        return
    is_number = math.isfinite(where.train_mse)
    grew = f"{format_loss(where.train_mse)} stars²" if is_number else "more than a number can hold"
    held_against = f" (predicting the mean has {format_loss(mean)})" if math.isfinite(mean) else ""
    rate, rate_to_try = show_number(where.learning_rate), show_number(where.rate_to_try)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(
            f"**“{escape_markdown(run.label)}” diverged** in epoch {where.epoch}, at learning rate "
            f"{rate} with {where.optimizer}: its training MSE grew to {grew}{held_against}, as each step overshot. Try "
            f"a learning rate of {rate_to_try}, or the stretched sigmoid, which bounds predictions.",
            icon=":material/trending_up:",
        )
        st.button(
            f"Use {rate_to_try}",
            key="use_lower_rate",
            icon=":material/check:",
            on_click=use_learning_rate,
            args=(where.rate_to_try,),
        )


def _figures(run: Run) -> None:
    history, info = run.history, run.info
    # A training that diverged at once keeps the weights it began with, of epoch 0, which nobody measured.
    kept = history.set_index("epoch").reindex([info.kept_epoch]).iloc[0]
    bias_mse = info.baselines.bias_mse
    verdict = format_against(kept["val_mse"], bias_mse, decimals=1)
    with st.container(horizontal=True):
        st.metric(
            "Validation MSE",
            format_loss(kept["val_mse"]),
            f"{verdict} {'that of biases' if 'times' in verdict else 'biases'}" if verdict else None,
            delta_color="off",
            delta_arrow="off",
            help=f"Of the kept epoch {info.kept_epoch}. Damped biases alone reach {format_loss(bias_mse)}.",
        )
        st.metric("Validation MAE", format_loss(kept["val_mae"]), help="Mean absolute error, in stars.")
        st.metric("Parameters", _short(info.n_parameters), help="Numbers that training adjusts.")
        st.metric(
            "Training",
            f"{history['seconds'].sum():.1f} s",
            help=f"{len(history)} epochs with their validation; building and compiling the loop are not counted.",
        )


def _short(count: int) -> str:
    return f"{count / 1e6:.1f} M" if count >= 1e6 else f"{count / 1e3:.0f} k" if count >= 1e4 else f"{count:,}"
