"""What a Dask worker does: an order, in one thread, its events told as they come; and stopping it.

Dask calls these functions by their names. What they get and give is text and bytes, so nothing of this project is
pickled.
"""

from __future__ import annotations

import io
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from recsys_core.data.catalog import DataSet
from recsys_core.jobs.cluster.data_there import is_there
from recsys_core.jobs.cluster.order import About, Order, Outcome, Told
from recsys_core.jobs.cluster.versions import own_versions
from recsys_core.jobs.messages import LAST_EVENTS, Event, Failed, Saved, SaveFailed
from recsys_core.jobs.task import RunsFolder, run_task
from recsys_core.jobs.threads import worker as threads
from recsys_core.runs.keeping.archive import export_runs, import_run
from recsys_core.runs.store import find_run

_MOST_STOPS = 100

_stops: OrderedDict[str, threading.Event] = OrderedDict()
"""By key of an order, also of such as have not begun yet."""
_stops_lock = threading.Lock()


def about() -> str:
    """`About` this worker. Imports TensorFlow too, on the thread that will own it: the first task need not wait."""
    from distributed import get_worker

    from recsys_core.training.backend import tensorflow

    threads.call(tensorflow).result()
    return About(versions=own_versions(), n_threads=get_worker().state.nthreads).to_json()


def stop(key: str) -> None:
    """Make `should_stop` true for the order with this key. Called beside the task, on the worker's event loop."""
    _stop_of(key).set()


def do(order_text: str, brought_run: bytes | None, brought_data: bytes | None) -> tuple[str, bytes]:
    """Do an `Order`. Returns its `Outcome` and the archive of the run that it left, empty if there is none.

    brought_run: the archive of the run that it goes on from. brought_data: a pack of the ratings.
    """
    from distributed import get_worker

    order = Order.model_validate_json(order_text)
    # Whatever the number of Dask's threads, one alone owns TensorFlow.
    outcome, archive = threads.call(_do, order, brought_run, brought_data, get_worker()).result()
    return outcome.to_json(), archive


def _do(order: Order, brought_run: bytes | None, brought_data: bytes | None, dask: Any) -> tuple[Outcome, bytes]:
    task, stop = order.task, _stop_of(order.key)
    data_set = DataSet(task.data_set or "", order.data_name, task.fingerprint or "")
    if not is_there(data_set, brought_data):
        return Outcome(event=None, lacks="data"), b""
    tell = _Teller(order, dask)
    with tempfile.TemporaryDirectory(prefix="runs-", dir=dask.local_directory) as folder:
        store = RunsFolder(Path(folder))
        if brought_run is not None:
            import_run(io.BytesIO(brought_run), Path(folder) / (task.continue_run or task.start_from or ""))
        run_task(task, tell, lambda: stop.is_set() or _is_given_up(order, dask), store)
        with _stops_lock:
            _stops.pop(order.key, None)
        end = tell.last
        if isinstance(end, SaveFailed):
            return Outcome(event=Failed(message=f"{end.message} This was on the worker {dask.name}.")), b""
        return Outcome(event=end), _archive(find_run(end.run_name, store.root)) if isinstance(end, Saved) else b""


def _archive(run: Any) -> bytes:
    file = io.BytesIO()
    export_runs([run], file)
    return file.getvalue()


def _is_given_up(order: Order, dask: Any) -> bool:
    """Whether nobody waits for it any more: the app is gone or has given it to another worker, or this one closes."""
    known = dask.state.tasks.get(order.key)
    return known is None or known.state == "cancelled" or dask.status.name not in ("running", "paused")


def _stop_of(key: str) -> threading.Event:
    with _stops_lock:
        stop = _stops.setdefault(key, threading.Event())
        while len(_stops) > _MOST_STOPS:
            _stops.popitem(last=False)
    return stop


class _Teller:
    """Tells the events of an order, all but the last one, which is its outcome."""

    def __init__(self, order: Order, dask: Any) -> None:
        self._order = order
        self._dask = dask
        self._number = 0
        self.last: Any = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, LAST_EVENTS):
            self.last = event
            return
        told = Told(job_id=self._order.job_id, attempt=self._order.attempt, number=self._number, event=event)
        self._number += 1
        self._dask.log_event(self._order.topic, told.to_json())
