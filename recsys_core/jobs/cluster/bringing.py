"""What is brought to a worker before a task and brought home after it: runs as archives, ratings as packs."""

from __future__ import annotations

import io

from recsys_core.data.catalog import DataSet, find_data_set, load_ratings
from recsys_core.errors import RecsysError
from recsys_core.jobs.cluster.data_there import pack
from recsys_core.jobs.messages import Saved, Task
from recsys_core.jobs.task import Store, Unsaved
from recsys_core.runs.keeping.archive import export_runs


def run_for(task: Task, store: Store) -> bytes | None:
    """The archive of the run that `task` goes on from; None if there is none. Raises `RunError`."""
    name = task.continue_run or task.start_from
    if name is None:
        return None
    file = io.BytesIO()
    export_runs([store.find(name)], file)
    return file.getvalue()


def data_for(task: Task) -> bytes:
    """A pack of the ratings of `task`. Raises `DataError`."""
    return pack(load_ratings(DataSet(task.data_set or "", data_name(task), task.fingerprint or "")))


def data_name(task: Task) -> str:
    """What the data set of `task` is called."""
    try:
        return find_data_set(task.data_set).name
    except RecsysError:
        return task.data_set or ""


def brought_home(task: Task, saved: Saved, archive: bytes) -> Unsaved:
    """The run in `archive`, which a worker saved for itself, to be saved by the app."""

    def save(store: Store) -> Saved:
        run = store.take_in(io.BytesIO(archive), task)
        return saved.model_copy(update={"run_name": run.name, "path": str(run.path)})

    return Unsaved(task, save)
