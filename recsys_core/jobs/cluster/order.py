"""What goes between the app and a worker beside a task and its events: JSON text, read strictly by whoever gets it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from recsys_core.jobs.messages import Event, Task


class _Text(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings", arbitrary_types_allowed=True)

    def to_json(self) -> str:
        return self.model_dump_json()


class Order(_Text):
    """A task for a worker, this time: when its worker is lost, another one gets it with a higher attempt."""

    job_id: str
    attempt: int
    topic: str
    """Where its events are told."""
    task: Task
    data_name: str
    """What its ratings are called, where they have to be brought."""

    @property
    def key(self) -> str:
        """Of this attempt alone, in the whole cluster."""
        return f"{self.topic}-{self.job_id}-{self.attempt}"


class Told(_Text):
    """An event on its way, with its place: those of an attempt that was given up are told from those that count."""

    job_id: str
    attempt: int
    number: int
    """From 0, without a gap."""
    event: Event


class Outcome(_Text):
    """What came of an order, beside the archive of a run."""

    event: Event | None
    """The last one; None where it was not begun."""
    lacks: Literal["", "data"] = ""
    """What has to be brought before it can be begun."""


class About(_Text):
    """What a worker says of itself."""

    versions: dict[str, str]
    n_threads: int
