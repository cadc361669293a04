"""The workers of a cluster as the app knows them: which can be given a task, which are silent, which are gone."""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from recsys_core.jobs.cluster.order import About
from recsys_core.jobs.cluster.versions import differences
from recsys_core.jobs.cluster.view import WorkerView

MOST_LOST = 5
"""Lost workers that are still shown."""
LONGEST_STEP = 1.0
"""Seconds of silence that a worker is charged between two looks at most: if it took longer, it was not the worker that
was held up."""


@dataclass
class Worker:
    """One of them."""

    address: str
    name: str
    facts: Mapping[str, Any] = field(repr=False)
    """What the scheduler says of it: memory, CPU, …"""
    silence: float = 0.0
    """Seconds since its last sign of life, as far as they were watched."""
    about: About | None = None
    refusal: str = ""
    job_id: str = ""
    doing: str = ""
    is_lost: bool = False


class Roster:
    """All of them by address."""

    def __init__(self, versions: Mapping[str, str], silent_after: float) -> None:
        """versions: what a worker must have. silent_after: seconds without a sign of life."""
        self._versions = versions
        self._silent_after = silent_after
        self._workers: dict[str, Worker] = {}
        self._lost: deque[Worker] = deque(maxlen=MOST_LOST)
        self._looked_at = math.inf
        self._retired: set[str] = set()
        """Taken out here, and perhaps still on the scheduler's list."""

    def must_have(self, versions: Mapping[str, str]) -> None:
        """What workers are held to from now on."""
        self._versions = versions

    def update(self, found: Mapping[str, Mapping[str, Any]], now: float) -> tuple[list[Worker], list[Worker]]:
        """Take in what the scheduler says at `now`, in seconds. Returns those that are new and those that are gone."""
        new = []
        step, self._looked_at = min(max(now - self._looked_at, 0.0), LONGEST_STEP), now
        self._retired &= found.keys()
        for address, facts in found.items():
            if address in self._retired:
                continue
            known = self._workers.get(address)
            if known is None:
                known = self._workers[address] = Worker(address, str(facts.get("name", address)), facts)
                new.append(known)
            elif facts.get("last_seen") != known.facts.get("last_seen"):
                # By the scheduler's clock: that it has changed is all that is read of it.
                known.silence = 0.0
            else:
                known.silence += step
            known.facts = facts
        gone = [self._workers.pop(address) for address in [*self._workers] if address not in found]
        for worker in gone:
            self._lose(worker)
        return new, gone

    def introduce(self, address: str, about: About | None, problem: str = "") -> None:
        """What a worker says of itself, or why it cannot."""
        worker = self._workers.get(address)
        if worker is None:
            return
        worker.about = about
        if about is None:
            worker.refusal = problem
        elif about.n_threads != 1:
            worker.refusal = (
                f"A worker must have one thread, as TensorFlow has one owner: start it with --nthreads 1. "
                f"Received: {about.n_threads}."
            )
        else:
            differing = differences(self._versions, about.versions)
            worker.refusal = differing and f"A worker must have the versions of this app. Received: {differing}."

    def free(self) -> list[Worker]:
        """Those that can be given a task, the one with the least to do for others first."""
        ready = [each for each in self._workers.values() if self._is_usable(each) and not each.job_id]
        return sorted(ready, key=lambda each: each.facts.get("metrics", {}).get("executing", 0))

    def usable(self) -> list[Worker]:
        """Those that do tasks, whether they have one or not."""
        return [each for each in self._workers.values() if self._is_usable(each)]

    def assign(self, address: str, job_id: str, doing: str) -> None:
        """It does this job of the app; "" for none."""
        if address in self._workers:
            self._workers[address].job_id, self._workers[address].doing = job_id, doing

    def silent(self, seconds: float, starting_seconds: float) -> list[Worker]:
        """Those that were not heard of for so long: the second of these goes for those that are still starting."""
        return [
            each
            for each in self._workers.values()
            if each.silence > (seconds if each.about or each.refusal else starting_seconds)
        ]

    def take_out(self, address: str) -> None:
        """It is retired: as good as lost."""
        worker = self._workers.pop(address, None)
        if worker is not None:
            self._retired.add(address)
            self._lose(worker)

    def forget_all(self) -> None:
        """The scheduler is gone, and with it all that it knew."""
        for address in [*self._workers]:
            self.take_out(address)
        self._retired.clear()

    def names(self) -> dict[str, str]:
        return {address: worker.name for address, worker in self._workers.items()}

    def refusals(self) -> list[str]:
        """Why workers are refused, a line each."""
        return [f"{each.name}: {each.refusal}" for each in self._workers.values() if each.refusal]

    def views(self) -> tuple[WorkerView, ...]:
        there = sorted(self._workers.values(), key=lambda each: each.name)
        return tuple(self._view(each) for each in (*there, *reversed(self._lost)))

    def _is_usable(self, worker: Worker) -> bool:
        is_running = worker.facts.get("status", "running") == "running" and worker.silence <= self._silent_after
        return is_running and worker.about is not None and not worker.refusal

    def _lose(self, worker: Worker) -> None:
        self._lost.append(dataclasses.replace(worker, is_lost=True))

    def _view(self, worker: Worker) -> WorkerView:
        metrics = worker.facts.get("metrics", {})
        if worker.is_lost:
            state, message = "lost", "It ended, or does not answer any more."
        elif worker.refusal:
            state, message = "refused", worker.refusal
        elif worker.about is None:
            state, message = "starting", "It imports TensorFlow and says what versions it has."
        elif worker.silence > self._silent_after:
            state, message = "silent", f"Not heard of for {worker.silence:.0f} s."
        else:
            state, message = ("busy", "") if worker.job_id else ("ready", "")
        return WorkerView(
            worker.name,
            worker.address,
            state,
            message,
            doing="" if worker.is_lost else worker.doing,
            job_id="" if worker.is_lost else worker.job_id,
            memory_used=int(metrics.get("memory") or 0),
            memory_limit=int(worker.facts.get("memory_limit") or 0),
            cpu=float(metrics.get("cpu") or 0.0),
            n_threads=int(worker.facts.get("nthreads") or 1),
            versions=dict(worker.about.versions) if worker.about else {},
            silent_seconds=worker.silence,
        )
