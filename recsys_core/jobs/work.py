"""What can be asked of the background: the work, the lane it runs in, and where it stands. Plain data."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, Protocol

from recsys_core.jobs.threads.worker import Urgency
from recsys_core.runs.run import Run

State = Literal["waiting", "running", "done", "failed"]


class Lane(Enum):
    """Where work runs: each lane has threads of its own."""

    QUICK = "quick"
    """Two things at a time: NumPy for a second or so."""
    PROJECTIONS = "projections"
    """One at a time, for each takes every core."""
    LONG = "long"
    """One at a time: minutes."""
    TENSORFLOW = "tensorflow"
    """The thread that owns TensorFlow; what is not urgent gives way to trainings, and begins again after them."""


class Tell(Protocol):
    """Takes the share done, 0 to 1, and what is going on in a sentence; without one, the last sentence stays."""

    def __call__(self, fraction: float, message: str = "", /) -> None: ...


ShouldStop = Callable[[], bool]


@dataclass(frozen=True)
class Work:
    """Something to be done once for all who ask for it."""

    kind: str
    of: tuple[Hashable, ...]
    """With `kind`, the key: it spells out all that the result depends on. See `identity` for that of a run."""
    title: str
    """What is done, in words that can be followed by " failed": "Finding clusters"."""
    do: Callable[[Tell, ShouldStop], Any] = field(repr=False, compare=False)
    """Does it, on another thread. Returns anything but None; raises `Cancelled` soon after it is told to stop."""
    lane: Lane = Lane.QUICK
    urgency: Urgency = Urgency.NOW
    slot: str = ""
    """Of works with the same slot a visitor wants the one asked for last: the wishes for the others are withdrawn."""
    is_kept: bool = True
    """Whether the result is kept here; False for work that keeps its result elsewhere, such as with the run."""

    @property
    def key(self) -> tuple[Hashable, ...]:
        return (self.kind, *self.of)


@dataclass(frozen=True)
class Status:
    """Where work stands at one moment."""

    state: State = "waiting"
    fraction: float | None = None
    """Share done, 0 to 1; None while nothing is known of it."""
    message: str = "Waiting for its turn."
    """One sentence for people: what happens now, or what went wrong. Empty where the work's title says it all."""
    result: Any = field(default=None, repr=False)
    """What it came to, once it is done."""
    is_own: bool = False
    """Whether who asks has a wish for it."""

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed")


def works_ahead() -> bool:
    """Whether work is done before anybody asks for it, such as measuring a run once it is trained.

    Not where `$RECSYS_WORK_AHEAD` is "no", for machines that have enough to do: then all of it waits until it is asked
    for.
    """
    return os.environ.get("RECSYS_WORK_AHEAD") != "no"


def identity(run: Run) -> tuple[str, int]:
    """A run's part of a key, which tells it from one written later under the same name. Raises `RunError`."""
    return str(run.path), run.stamp
