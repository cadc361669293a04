"""Who does tasks: the thread of this process that owns TensorFlow, or others. One executor for the whole process."""

from __future__ import annotations

from functools import cache

from recsys_core.jobs.executors.executor import Executor
from recsys_core.jobs.executors.local import LocalExecutor
from recsys_core.jobs.task import RunsFolder


@cache
def executor() -> Executor:
    """The executor of this process, which the board of jobs and sweeps share."""
    return LocalExecutor(RunsFolder())
