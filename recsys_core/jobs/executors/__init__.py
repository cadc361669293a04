"""Who does tasks: this machine, on the thread that owns TensorFlow and in child processes, or a cluster."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, cast

from recsys_core.jobs.cluster.address import SCHEDULER, given_address, scheduler_address
from recsys_core.jobs.cluster.view import ClusterView
from recsys_core.jobs.executors.executor import Executor
from recsys_core.jobs.executors.local import LocalExecutor
from recsys_core.jobs.task import RunsFolder

if TYPE_CHECKING:
    from recsys_core.jobs.cluster.executor import DaskExecutor


@cache
def executor() -> Executor:
    """The executor of this process, which the board of jobs and sweeps share: a cluster's if `$RECSYS_SCHEDULER` names
    one. That it names none that can be used is said by the first job."""
    address = given_address()
    if address is None:
        return LocalExecutor(RunsFolder())
    from recsys_core.jobs.cluster.executor import DaskExecutor

    return DaskExecutor(address, RunsFolder())


def use_scheduler(address: str | None) -> None:
    """Have `executor` be the cluster of this scheduler, for what is asked of it later; None leaves it as it is.

    Raises `ConfigError` for what is no address.
    """
    if address is not None:
        os.environ[SCHEDULER] = scheduler_address(address) or ""
        executor.cache_clear()


def cluster() -> ClusterView | None:
    """The cluster that does the tasks of this process; None where that is this process itself."""
    now = executor()
    return None if isinstance(now, LocalExecutor) else cast("DaskExecutor", now).cluster()
