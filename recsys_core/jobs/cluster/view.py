"""A cluster at one moment, as plain data for pages and commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

WorkerState = Literal["starting", "ready", "busy", "refused", "silent", "lost"]


@dataclass(frozen=True)
class WorkerView:
    """One process that does tasks."""

    name: str
    address: str
    state: WorkerState
    message: str = ""
    """Why it is refused, silent or lost, in a sentence."""
    doing: str = ""
    """The label of the job that it does, as its run or trial is called; empty where it does none of this app's."""
    job_id: str = ""
    memory_used: int = 0
    """Bytes."""
    memory_limit: int = 0
    """Bytes; 0 for none."""
    cpu: float = 0.0
    """Percent of one core."""
    n_threads: int = 1
    versions: dict[str, str] = field(default_factory=dict)
    silent_seconds: float = 0.0
    """Since it was last heard of."""

    @property
    def is_there(self) -> bool:
        return self.state != "lost"


@dataclass(frozen=True)
class ClusterView:
    """The scheduler and its workers, lost ones last."""

    address: str
    is_connected: bool
    message: str
    """One sentence: how many workers there are, or why there is no connection."""
    workers: tuple[WorkerView, ...] = ()
    n_waiting: int = 0
    """Jobs of this app that no worker has yet."""
