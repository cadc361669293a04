"""Learning, replayed: the map after each epoch, with a slider, play, and the loss curve beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys_core.jobs.work import Lane, Work
from recsys_core.maps.projection import ProjectionSpec
from recsys_core.maps.replay import has_snapshots, replay_run
from recsys_core.runs.run import Run
from ui.charts.palette import NO_GENRE_COLOR, TRAINING_COLOR, VALIDATION_COLOR
from ui.components.plot import plot
from ui.shared.maps.ordering import orderings_of, show_ordering
from ui.shared.waiting import offered, result_of

_STEP, _NEXT, _PLAYING, _TICKING = "replay_step", "replay_next", "replay_playing", "replay_ticking"
_FRAME_SECONDS = 0.9
_METHODS = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}


@dataclass(frozen=True, eq=False)
class Frame:
    """The map after one epoch."""

    epoch: int
    coordinates: np.ndarray
    rows: np.ndarray
    extent: list[tuple[float, float]]
    """The lowest and highest coordinate of all epochs, an axis each: the scale stays while the movies move."""
    step: int
    """Which one of `pictures` it is."""
    pictures: np.ndarray
    """The maps of all epochs, float32 `(n_epochs, n, 2 or 3)`."""
    key: tuple
    """All that they depend on."""


def choose_frame(run: Run, run_key: tuple, shown: ProjectionSpec) -> Frame | None:
    """The panel's controls and the frame they choose, of the movies and dimensions of the map `shown`.

    None if there is nothing to replay (yet).
    """
    if not has_snapshots(run):
        st.markdown("This run kept no embeddings from its epochs. Train one on the **Train** page to watch it learn.")
        return None
    method = st.segmented_control(
        "Replay by", _METHODS, format_func=_METHODS.__getitem__, default="pca", key="replay_method", required=True,
        help="PCA is instant, on the axes of the last epoch, so that movement is movement in the embedding. UMAP and "
        "t-SNE start each epoch from the one before, and each picture is turned to lie on the last.",
    )  # fmt: skip
    if method == "tsne" and shown.n_components == 3:
        st.caption("t-SNE draws two dimensions only: choose 2-D in the settings to replay by it.")
        return None
    spec = ProjectionSpec(method=method, n_components=shown.n_components, min_ratings=shown.min_ratings, era=shown.era)
    replayed = _replayed(run, run_key, spec)
    if replayed is None:
        return None
    epochs, coordinates, rows = replayed
    step = _choose_step(epochs.tolist())
    plot(
        _loss_curve(run, int(epochs[step])), key="replay_loss", height=210,
        alt=f"Loss by epoch, up to epoch {epochs[step]}",
    )  # fmt: skip
    if epochs[step] == 0:
        st.caption("Epoch 0 is before training: small random numbers, drawn to the same scale as all the others.")
    # Of the bulk of all epochs, as the map frames it; one movie far out would make all others small.
    extent = np.quantile(coordinates, (0.01, 0.99), axis=(0, 1)).T.tolist()
    return Frame(int(epochs[step]), coordinates[step], rows, extent, step, coordinates, (*run_key, spec.key()))


def show_frame_ordering(frame: Frame, movies: pd.DataFrame) -> None:
    """A line under the map on what it is ordered by after this epoch, of all the run's `movies` those that it shows."""
    shown = movies.iloc[frame.rows]
    orderings = orderings_of(frame.key, [(places, shown) for places in frame.pictures])
    if orderings is not None:
        show_ordering(
            orderings[frame.step], f"the map after epoch {frame.epoch}" if frame.epoch else "the map before training"
        )


def _replayed(run: Run, run_key: tuple, spec: ProjectionSpec) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """What `replay_run` draws: PCA at once, the others when they are asked for; None until then."""
    name, is_instant = _METHODS[spec.method], spec.method == "pca"
    work = Work(
        "replay",
        (*run_key, spec.key()),
        f"Drawing each epoch by {name}",
        lambda tell, should_stop: replay_run(run, spec, on_progress=tell, should_stop=should_stop),
        Lane.QUICK if is_instant else Lane.LONG,
    )
    if is_instant:
        return result_of(work)
    return offered(
        work,
        f"Draw each epoch by {name}",
        key="compute_replay",
        help="Takes a few seconds an epoch; t-SNE longer. Until it is done the map stays as it is.",
    )


def _choose_step(epochs: list[int]) -> int:
    last = len(epochs) - 1
    state = st.session_state
    state[_STEP] = min(state.pop(_NEXT, state.get(_STEP, 0)), last)
    if last:
        st.select_slider("Epoch", range(last + 1), key=_STEP, format_func=lambda step: str(epochs[step]))
        playing = state.get(_PLAYING, False)
        label, icon = ("Pause", "pause") if playing else ("Play", "play_arrow")
        st.button(label, icon=f":material/{icon}:", key="replay_play", width="stretch", on_click=_toggle, args=(last,))
        if playing:
            state[_TICKING] = False
            _tick(last)
    return state[_STEP]


def _toggle(last: int) -> None:
    state = st.session_state
    state[_PLAYING] = not state.get(_PLAYING, False)
    if state[_PLAYING] and state[_STEP] == last:
        state[_NEXT] = 0


@st.fragment(run_every=_FRAME_SECONDS)
def _tick(last: int) -> None:
    """Goes one epoch on when its clock strikes; its first call, together with the page, only starts the clock."""
    state = st.session_state
    if not state[_TICKING]:
        state[_TICKING] = True
        return
    state[_NEXT] = min(state[_STEP] + 1, last)
    state[_PLAYING] = state[_NEXT] < last
    st.rerun()


def _loss_curve(run: Run, epoch: int) -> go.Figure:
    history = run.history
    figure = go.Figure()
    for column, name, color in (
        ("train_mse", "Training", TRAINING_COLOR),
        ("val_mse", "Validation", VALIDATION_COLOR),
    ):
        figure.add_scatter(x=history["epoch"], y=history[column], name=name, mode="lines", line={"color": color})
    figure.add_vline(x=epoch, line={"width": 2, "dash": "dot", "color": NO_GENRE_COLOR})
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 28, "b": 0},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"},
    )
    figure.update_xaxes(title="Epoch", showgrid=False)
    figure.update_yaxes(title="MSE", nticks=4)
    return figure
