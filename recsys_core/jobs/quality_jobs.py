"""What is measured of a run in the background: by itself after a training, and for whoever asks.

It runs on the thread that owns TensorFlow and gives way to trainings; the report is kept with the run.
"""

from __future__ import annotations

import dataclasses

from recsys_core.jobs import background
from recsys_core.jobs.background import FOR_GOOD
from recsys_core.jobs.threads.worker import Urgency
from recsys_core.jobs.work import Lane, ShouldStop, Status, Tell, Work, identity
from recsys_core.quality.facts import read_all
from recsys_core.quality.measuring import quality_report
from recsys_core.quality.report import SEEDS, cached_report, can_train_again
from recsys_core.runs.run import Run
from recsys_core.runs.store import open_run, runs_dir

APP = "jobs"
"""Who wishes for what is measured without anybody asking."""
CHEAP_SECONDS = 20.0
"""A run that took no longer to train is trained again for its stability without asking."""


def ensure_measured(run: Run, owner: str = APP, patience: float = FOR_GOOD) -> None:
    """Measure what is not known of `run` yet: all that needs no further training soon, the stability where it is cheap.

    In the name of `owner`, whose wish lapses after `patience` seconds. Raises `RunError` if the run is deleted.
    """
    known = cached_report(run)
    if known is None:
        background.ask(quality_work(run), owner, patience)
    lacks_stability = known is None or (known.has_neighbors and len(known.seeds) < SEEDS)
    if lacks_stability and is_cheap_to_train(run):
        background.ask(stability_work(run), owner, patience)


def facts_work() -> Work:
    """To read what is not known yet of the runs there are, for lists that did not wait for it."""
    root = runs_dir()
    return Work(
        "facts", (str(root),), "Looking at the runs", lambda tell, should_stop: read_all(root, tell, should_stop),
        Lane.QUICK, Urgency.SOON, is_kept=False,
    )  # fmt: skip


def quality_work(run: Run) -> Work:
    """To measure all that needs no further training. Raises `RunError` if the run is deleted."""
    return _measuring("quality", run, 1, "Measuring the quality", Urgency.SOON)


def stability_work(run: Run) -> Work:
    """To train `run` again from other seeds, and see which neighbors stay. Raises `RunError` if the run is deleted."""
    return _measuring("stability", run, SEEDS, "Measuring how far the neighbors stay", Urgency.SOMETIME)


def wanted_soon(work: Work) -> Work:
    """The same, for somebody who waits for it."""
    return dataclasses.replace(work, urgency=min(work.urgency, Urgency.SOON))


def measurement(run: Run) -> Status | None:
    """Where it stands if something is being measured of `run`, else why that failed, else None. Raises `RunError`."""
    found = [background.look(work.key) for work in (quality_work(run), stability_work(run))]
    return min((status for status in found if status is not None), key=lambda status: status.is_over, default=None)


def is_cheap_to_train(run: Run) -> bool:
    """Whether `run` can be trained again from other seeds in little time, without compiling another loop for each."""
    config = run.info.config
    same_shape = config.unseen == "zero" and config.n_ratings is None
    return can_train_again(run) and same_shape and training_seconds(run) <= CHEAP_SECONDS


def training_seconds(run: Run) -> float:
    """How long the run's epochs took."""
    return float(run.history["seconds"].sum())


def _measuring(kind: str, run: Run, n_seeds: int, title: str, urgency: Urgency) -> Work:
    path = run.path

    def measure(tell: Tell, should_stop: ShouldStop) -> object:
        return quality_report(open_run(path), n_seeds=n_seeds, on_progress=tell, should_stop=should_stop)

    return Work(kind, (*identity(run), n_seeds), title, measure, Lane.TENSORFLOW, urgency, is_kept=False)
