"""What an executor is: whoever does tasks, in this process or elsewhere, and sends back events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from recsys_core.jobs.messages import Event, Task


class Executor(Protocol):
    """Does tasks, here or elsewhere: trainings in the order in which they come, and trials when no training waits.

    A trial that gives way to a training says `Queued` again and later begins anew, with `Preparing`. One whose worker
    was lost does the same.
    """

    def start(self, job_id: str, task: Task, emit: Callable[[Event], None]) -> None:
        """Have `task.run_task` done, now or later, and every event given to `emit` in order. Returns at once."""

    def stop(self, job_id: str) -> None:
        """Make `should_stop` of that task true. Returns at once; nothing happens if it is over.

        Of what had not begun, the last event is `Stopped` as well.
        """

    def slots(self) -> int:
        """How many tasks it can do at once, now: 1 or more; it may change while machines or processes come and go."""
        ...

    def keeps(self, job_id: str) -> bool:
        """Whether the trained model of a job that could not be saved is still there."""
        ...

    def save_again(self, job_id: str, emit: Callable[[Event], None]) -> None:
        """Try to save it once more, telling `Saving` and what follows. Returns at once."""
