"""Quality reports measured in the background: by themselves after a training, and for whoever asks.

One measurement of a run serves all who look at it. It runs on the thread of `worker.py` and gives way to trainings.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from recsys_core.errors import Cancelled, RecsysError
from recsys_core.jobs.worker import Urgency, when_idle
from recsys_core.quality.report import SEEDS, cached_report, can_train_again, quality_report
from recsys_core.runs.run import Run
from recsys_core.runs.store import open_run

CHEAP_SECONDS = 20.0
"""A run that took no longer to train is trained again for its stability without asking."""
_MAX_REMEMBERED = 50

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Measurement:
    """A measurement at one moment."""

    n_seeds: int
    """1 for all that needs no further training, more for the stability as well."""
    progress: float = 0.0
    """0 to 1."""
    message: str = "Waiting for its turn."
    """One sentence for people: what happens now."""
    error: str = ""
    """Why there is no report; the measurement is over then."""


def ensure_measured(run: Run) -> None:
    """Measure what is not known of `run` yet: all that needs no further training soon, the stability where it is cheap.

    Raises `RunError` if the run is deleted.
    """
    known = cached_report(run)
    if known is None:
        measure(run, 1, Urgency.SOON)
    lacks_stability = known is None or (known.has_neighbors and len(known.seeds) < SEEDS)
    if lacks_stability and is_cheap_to_train(run):
        measure(run, SEEDS)


def measure(run: Run, n_seeds: int, urgency: Urgency = Urgency.SOMETIME) -> None:
    """Measure `run` in the background, unless that is under way already or has failed. Raises `RunError`."""
    key = (*_identity(run), n_seeds)
    with _lock:
        if key in _measurements:
            return
        _measurements[key] = Measurement(n_seeds)
        while len(_measurements) > _MAX_REMEMBERED:
            _measurements.popitem(last=False)
    when_idle(lambda should_stop: _measure(key, should_stop), urgency)


def measurement(run: Run) -> Measurement | None:
    """What is being measured of `run`, else why that failed, else None. Raises `RunError` if the run is deleted."""
    identity = _identity(run)
    with _lock:
        found = [known for key, known in _measurements.items() if key[:2] == identity]
    return min(found, key=lambda known: bool(known.error), default=None)


def is_cheap_to_train(run: Run) -> bool:
    """Whether `run` can be trained again from other seeds in little time, without compiling another loop for each."""
    config = run.info.config
    same_shape = config.unseen == "zero" and config.n_ratings is None
    return can_train_again(run) and same_shape and training_seconds(run) <= CHEAP_SECONDS


def training_seconds(run: Run) -> float:
    """How long the run's epochs took."""
    return float(run.history["seconds"].sum())


_Key = tuple[str, int, int]
_lock = threading.Lock()
_measurements: OrderedDict[_Key, Measurement] = OrderedDict()
"""Those under way and those that failed; what came of the others is kept with their runs."""


def _measure(key: _Key, should_stop: Callable[[], bool]) -> None:
    path, _, n_seeds = key

    def tell(fraction: float, message: str) -> None:
        _update(key, progress=fraction, message=message)

    try:
        quality_report(open_run(path), n_seeds=n_seeds, on_progress=tell, should_stop=should_stop)
    except Cancelled:
        # A training came; `when_idle` begins again after it.
        tell(0.0, Measurement.message)
        raise
    except RecsysError as error:
        _update(key, error=str(error))
    except Exception as error:
        _log.exception("measuring %s failed", path)
        _update(key, error=f"Measuring failed unexpectedly ({type(error).__name__}).")
    else:
        with _lock:
            _measurements.pop(key, None)


def _update(key: _Key, **changes: Any) -> None:
    with _lock:
        if key in _measurements:
            _measurements[key] = replace(_measurements[key], **changes)


def _identity(run: Run) -> tuple[str, int]:
    return str(run.path), run.stamp
