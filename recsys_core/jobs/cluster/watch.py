"""The watch over a cluster: the connection is kept up; workers are met, looked after, retired if they do not answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from recsys_core.errors import JobError, RecsysError
from recsys_core.jobs.cluster.actor import Actor, line
from recsys_core.jobs.cluster.connection import Connection
from recsys_core.jobs.cluster.order import About
from recsys_core.jobs.cluster.roster import Roster, Worker
from recsys_core.jobs.cluster.versions import own_versions
from recsys_core.jobs.cluster.view import ClusterView

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Patience:
    """Seconds."""

    look: float = 0.5
    """Between two looks at the workers."""
    connect: float = 15.0
    """For a scheduler's first answer."""
    again: float = 1.0
    """Between two tries to reach it."""
    answer: float = 15.0
    """For any later answer, before it is given up as gone."""
    silent: float = 8.0
    """Without a sign of life, before a worker gets no more tasks."""
    lost: float = 30.0
    """The same, before it is retired and its task given to another."""
    start: float = 300.0
    """The same for a worker that has not said yet what it is: while it imports TensorFlow, nothing else gets a turn."""
    stop: float = 10.0
    """From asking a worker to stop until it is retired because it did not hear."""


class Watch:
    """All of it is touched by the actor's thread alone."""

    def __init__(
        self,
        address: str,
        patience: Patience,
        actor: Actor,
        *,
        topic: str,
        on_text: Callable[[str], None],
        on_lost: Callable[[Worker], None],
        on_gone: Callable[[str], None],
    ) -> None:
        """on_text: given what workers tell under `topic`. on_lost: given a worker that is gone. on_gone: called when
        the scheduler is, with why."""
        self._address = address
        self._patience = patience
        self._actor = actor
        self._topic = topic
        self._on_text = on_text
        self._on_lost = on_lost
        self._on_gone = on_gone
        self._roster = Roster({}, patience.silent)
        self._is_connecting = False
        self._next_try = 0.0
        self._asked_at: float | None = None
        self.connection: Connection | None = None
        """None while there is none."""
        self.problem = f"Connecting to {address}."
        """Why there is none, in a sentence or two."""

    def look(self, *, is_wanted: bool) -> None:
        """See how things stand; connect if that `is_wanted`."""
        now = time.monotonic()
        if self.connection is None:
            if is_wanted and now >= self._next_try and not self._is_connecting:
                self._connect()
            return
        if not self.connection.is_up:
            self._lose(f"The scheduler at {self._address} is gone.")
        elif self._asked_at is None:
            if is_wanted:
                self._asked_at, connection = now, self.connection
                self._actor.aside(connection.workers, lambda found, problem: self._seen(connection, found))
        elif now - self._asked_at > self._patience.answer:
            self._lose(f"The scheduler at {self._address} does not answer.")
        for worker in self._roster.silent(self._patience.lost, self._patience.start):
            self.retire(worker.address)
            self._on_lost(worker)

    @property
    def is_up(self) -> bool:
        """Whether there is a connection that is not known to be broken."""
        return self.connection is not None and self.connection.is_up

    def free(self) -> list[Worker]:
        """Workers that can be given a task now."""
        return self._roster.free() if self.is_up else []

    def assign(self, address: str, job_id: str = "", doing: str = "") -> None:
        """The worker there does this job; none without one."""
        self._roster.assign(address, job_id, doing)

    def name(self, address: str) -> str:
        """What the worker there is called."""
        return self._roster.names().get(address, address)

    def why_nobody(self) -> str:
        """Why there is nobody to give a task to, in a sentence or two; empty if all are busy."""
        if self.connection is None:
            return self.problem
        if self._roster.usable():
            return ""
        refusals = self._roster.refusals()
        return f"No worker can be used. {refusals[0]}" if refusals else f"Waiting for a worker of {self._address}."

    def retire(self, address: str) -> None:
        """Have the scheduler take out a worker that does not answer."""
        self._roster.take_out(address)
        if self.connection is not None:
            connection = self.connection
            self._actor.aside(lambda: connection.retire(address))

    def view(self, n_waiting: int) -> ClusterView:
        """As it stands."""
        if self.connection is None:
            return ClusterView(self._address, False, self.problem, (), n_waiting)
        workers, n_usable = self._roster.views(), len(self._roster.usable())
        n_others = sum(each.is_there for each in workers) - n_usable
        others = f", and {n_others} that cannot be used now" if n_others else ""
        message = f"{n_usable} worker{'' if n_usable == 1 else 's'} of {self._address}{others}."
        return ClusterView(self._address, True, message, workers, n_waiting)

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()

    def _connect(self) -> None:
        self._is_connecting = True

        def connect() -> tuple[Connection, dict[str, str]]:
            versions = own_versions()
            connection = Connection(self._address, self._patience.connect)
            connection.subscribe(self._topic, lambda text: self._actor.act(lambda: self._on_text(text)))
            return connection, versions

        def connected(made: Any, problem: Exception | None) -> None:
            self._is_connecting = False
            if problem is None:
                self.connection, versions = made
                self._roster.must_have(versions)
                return
            self._next_try = time.monotonic() + self._patience.again
            if not isinstance(problem, RecsysError):
                _log.error("connecting to %s failed", self._address, exc_info=problem)
                problem = JobError(f"The scheduler at {self._address} could not be used ({line(problem)}).")
            self.problem = f"{problem} Trying again."

        self._actor.aside(connect, connected)

    def _lose(self, problem: str) -> None:
        connection, self.connection = self.connection, None
        self.problem = f"{problem} Trying to reach it again."
        self._next_try, self._asked_at = 0.0, None
        if connection is not None:
            self._actor.aside(connection.close)
        self._roster.forget_all()
        self._on_gone(self.problem)

    def _seen(self, connection: Connection, found: dict[str, Any] | None) -> None:
        if connection is not self.connection:
            return
        self._asked_at = None
        if found is None or not connection.is_up:
            # It broke: the next look says so.
            return
        new, gone = self._roster.update(found, time.monotonic())
        for worker in new:
            self._meet(connection, worker.address)
        for worker in gone:
            self._on_lost(worker)

    def _meet(self, connection: Connection, address: str) -> None:
        def met(text: Any, problem: Exception | None) -> None:
            if problem is None:
                self._roster.introduce(address, About.model_validate_json(text))
            else:
                self._roster.introduce(address, None, f"It could not say what it is: {line(problem)}.")

        self._actor.aside(lambda: connection.ask_about(address), met)
