"""What is seen of a training: the curve, the progress, the map that takes shape, and the figures at the end."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys_core.errors import JobError
from recsys_core.jobs import board
from recsys_core.jobs.messages import Progress
from recsys_core.jobs.status import JobStatus
from recsys_core.maps.live_map import LiveMap
from recsys_core.runs.run import Run
from recsys_core.settings.presets import PRESETS
from ui.charts import training
from ui.components.live_plot import live_plot
from ui.components.map import MapPoints, movie_map
from ui.shared.errors import friendly_errors
from ui.shared.format import escape_markdown, format_loss
from ui.shared.run_picker import choose_run, embeddings
from ui.train.chosen import continue_training, use_learning_rate, wish
from ui.train.quality_line import quality_line

_JOB = "train_job"
REFRESH_SECONDS = 0.5
START_SECONDS = 0.5
"""A training begins with looks in quick succession, until its first epoch is over: its first point is waited for."""
START_REFRESH_SECONDS = 0.1
_HEIGHT = 430


def watched_job() -> JobStatus | None:
    """This session's job; if it has none, the one that is running for somebody else or another tab."""
    job_id = st.session_state.get(_JOB)
    try:
        if job_id is not None:
            return board.status(job_id)
    except JobError:
        del st.session_state[_JOB]
    running = board.active()
    return running[0] if running else None


def watch(job_id: str) -> None:
    """Show this job from now on."""
    st.session_state[_JOB] = job_id


def job_panel(run: Run) -> None:
    """The curve and the map: of the watched job while there is one, else of `run`."""
    pace = _pace(watched_job())
    # A container of its own: what the fragment draws later may be more than what it draws now.
    with st.container():
        st.fragment(_panel, run_every=pace)(run, pace)


def _pace(job: JobStatus | None) -> float | None:
    """Seconds between two looks at the job."""
    if job is None or job.is_over:
        return None
    is_starting = job.queue_place == 0 and job.seconds < START_SECONDS and job.history.empty
    return START_REFRESH_SECONDS if is_starting else REFRESH_SECONDS


def _panel(run: Run, pace: float | None) -> None:
    job = watched_job()
    shown = st.session_state.setdefault("train_seen_over", set())
    if job is not None and job.is_over and job.job_id not in shown:
        # Once, when a job ends: the whole page runs again, so that the run picker has the new run.
        shown.add(job.job_id)
        if job.saved_as:
            choose_run(job.saved_as)
        st.rerun(scope="app")
    if job is not None and job.task.kind == "find_learning_rate":
        _sweep(job)
        return
    with friendly_errors():
        if job is None or job.is_over:
            _finished(run, job)
        else:
            _running(run, job)
    if pace == START_REFRESH_SECONDS != _pace(job):
        st.rerun(scope="app")


def _running(run: Run, job: JobStatus) -> None:
    curve, picture = _side_by_side()
    with curve:
        _curve(
            job.history,
            job.started.baselines if job.started else None,
            job.task.config.preset,
            title=f"Training {job.run_name}",
            n_epochs=job.n_epochs,
            so_far=job.so_far,
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.progress(min(job.progress, 1.0), text=_progress_text(job))
            st.button(
                "Stop",
                icon=":material/stop_circle:",
                on_click=board.stop,
                args=(job.job_id,),
                help="What has been learned until now is kept as a run.",
            )
    with picture:
        if job.live_map is None:
            # The map on screen stays: taking it away and bringing another one in its place would cost a second.
            _map(_final_map(run), f"The movies of {run.label}, until the first epoch is over")
        else:
            _map(job.live_map, f"Its movies after epoch {job.live_map.epoch}", is_moving=True)


def _finished(run: Run, job: JobStatus | None) -> None:
    if job is not None and job.state == "failed":
        st.error(escape_markdown(job.message), icon=":material/error:")
    elif job is not None and job.state == "stopped":
        st.warning(escape_markdown(job.message), icon=":material/stop_circle:")
    info = run.info
    curve, picture = _side_by_side()
    with curve:
        _curve(
            run.history,
            info.baselines.model_dump(),
            info.config.preset,
            title=run.label,
            kept_epoch=info.kept_epoch,
        )
        _figures(run)
        quality_line(run)
    with picture:
        _map(_final_map(run), "Its movies, by PCA")
        with st.container(horizontal=True, vertical_alignment="center"):
            for page, label, icon in (
                ("map", "Map", ":material/scatter_plot:"),
                ("neighbors", "Neighbors", ":material/hub:"),
                ("biases", "Biases", ":material/bar_chart:"),
                ("quality", "Quality", ":material/verified:"),
            ):
                st.page_link(f"pages/{page}.py", label=label, icon=icon, query_params={"run": run.name})
            st.button(
                "Continue",
                icon=":material/resume:",
                type="tertiary",
                on_click=wish,
                args=(continue_training, run.name),
                help="Fill in this run's settings, to go on training it with other learning rates.",
            )


def _side_by_side() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Places for the curve and the map; one under the other where there is little width."""
    grid = st.grid(2, min_column_width=290, gap="medium")
    return grid.cell(), grid.cell()


def _curve(
    history: pd.DataFrame,
    baselines: dict[str, float] | None,
    preset: str,
    *,
    title: str,
    kept_epoch: int | None = None,
    n_epochs: int | None = None,
    so_far: Progress | None = None,
) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{escape_markdown(title)}**")
        metric = st.segmented_control(
            "Loss",
            ["mse", "mae"],
            default="mse",
            required=True,
            format_func=str.upper,
            key="train_metric",
            label_visibility="collapsed",
            persist_state="session",
        )
        log = st.toggle("Log scale", key="train_log", help="Logarithmic loss axis.", persist_state="session")
    about = PRESETS.get(preset)
    figure = training.loss_curve(
        history,
        baselines,
        notebook=about.printed_mse if about and metric == "mse" else None,
        metric=metric,
        log=log,
        kept_epoch=kept_epoch,
        n_epochs=n_epochs,
        so_far=so_far and (so_far.epoch, so_far.train_mse if metric == "mse" else so_far.train_mae),
    )
    live_plot(figure, key="train_curve", height=_HEIGHT - 60, description=f"{title}: loss by epoch")


def _progress_text(job: JobStatus) -> str:
    if job.state == "queued" and job.queue_place:
        before = "one job is" if job.queue_place == 1 else f"{job.queue_place} jobs are"
        return f"Waiting: {before} before this one."
    if job.state != "running":
        return job.message
    left = "" if math.isnan(job.seconds_left) else f" · {_duration(job.seconds_left)} left"
    return f"Epoch {job.epoch} of {job.n_epochs} · {_rate(job.ratings_per_second)}{left}"


def _rate(per_second: float) -> str:
    return f"{per_second / 1e6:.1f} M ratings/s" if per_second >= 1e5 else f"{per_second / 1e3:.1f} k ratings/s"


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 100 else f"{max(1, math.ceil(seconds)):.0f} s"


def _figures(run: Run) -> None:
    history, info = run.history, run.info
    kept = history[history["epoch"] == info.kept_epoch].iloc[-1]
    bias_mse = info.baselines.bias_mse
    gain = 1 - kept["val_mse"] / bias_mse
    with st.container(horizontal=True):
        st.metric(
            "Validation MSE",
            format_loss(kept["val_mse"]),
            None if math.isnan(gain) else f"{abs(gain):.1%} {'below' if gain >= 0 else 'above'} biases",
            delta_color="off",
            delta_arrow="off",
            help=f"Of the kept epoch {info.kept_epoch}. Damped biases alone reach {format_loss(bias_mse)}.",
        )
        st.metric("Validation MAE", format_loss(kept["val_mae"]), help="Mean absolute error, in stars.")
        st.metric("Parameters", _short(info.n_parameters), help="Numbers that training adjusts.")
        st.metric("Training", f"{history['seconds'].sum():.1f} s", help=f"{len(history)} epochs, compiling included.")


def _short(count: int) -> str:
    return f"{count / 1e6:.1f} M" if count >= 1e6 else f"{count / 1e3:.0f} k" if count >= 1e4 else f"{count:,}"


def _map(live: LiveMap, caption: str, *, is_moving: bool = False) -> None:
    st.markdown(f"**{escape_markdown(caption)}**")
    movie_map(
        MapPoints(live.movies.assign(bias=live.movies.get("bias", np.nan)), live.coordinates),
        key="train_map",
        controls=False,
        titles=True,
        extent=[(-2.6, 2.6), (-2.6, 2.6)] if is_moving else None,
        height=_HEIGHT,
    )


def _final_map(run: Run) -> LiveMap:
    loaded = embeddings(run)
    return _aligned(str(run.path), run.info.kept_epoch, loaded.movies, loaded.vectors)


@st.cache_data(max_entries=8, show_spinner=False)
def _aligned(path: str, epoch: int, _movies: pd.DataFrame, _vectors: np.ndarray) -> LiveMap:
    return LiveMap.before_training(_movies).moved(epoch, _vectors)


def _sweep(job: JobStatus) -> None:
    st.markdown("**Learning-rate finder**")
    if job.found is None:
        if job.is_over:
            st.error(escape_markdown(job.message), icon=":material/error:")
        else:
            st.progress(job.progress, text=job.message)
            st.button("Stop", icon=":material/stop_circle:", on_click=board.stop, args=(job.job_id,))
        return
    suggested = job.found.suggested
    sweep = pd.DataFrame({"learning_rate": job.found.learning_rates, "mse": job.found.mse})
    st.plotly_chart(
        training.learning_rate_sweep(sweep, suggested),
        key="train_sweep",
        height=_HEIGHT,
        config={"displayModeBar": False},
    )
    st.caption(
        "Loss over one pass while the rate rises. Good rates lie where it falls steeply, well before it turns upwards."
    )
    st.button(
        f"Use {suggested:.2g}",
        type="primary",
        icon=":material/check:",
        on_click=wish,
        args=(use_learning_rate, suggested),
    )
