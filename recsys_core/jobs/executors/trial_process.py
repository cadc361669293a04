"""A process that does trials for the one that started it: `python -m recsys_core.jobs.executors.trial_process`.

It reads orders from standard input, a line each, `do NUMBER TASK` and `stop NUMBER`, and writes to standard output
`ready` once it has TensorFlow, then `NUMBER EVENT` for all that it has to tell. Tasks and events are JSON. Numbers
grow. It owns nothing but what it computes, so it ends at any moment without harm: at once when standard input ends,
which it does however the other process has ended.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from typing import TextIO

from recsys_core.errors import RecsysError
from recsys_core.jobs.executors.trial_child import READY
from recsys_core.jobs.messages import Event, Failed, read_task
from recsys_core.jobs.task import RunsFolder, run_task
from recsys_core.training.backend import tensorflow

NICENESS = 10
"""Pages of the app, and trainings that are waited for, have the processor first."""


class Orders:
    """What standard input says, read on a thread of its own, so that a stop is heard while a trial goes on."""

    def __init__(self, lines: TextIO) -> None:
        self.waiting: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
        """Numbers and tasks, as text."""
        self.stopped = -1
        """The trials up to this number are to stop."""
        self._lines = lines
        threading.Thread(target=self._read, name="orders", daemon=True).start()

    def _read(self) -> None:
        try:
            for line in self._lines:
                what, number, *rest = line.split(" ", 2)
                if what == "do":
                    self.waiting.put((int(number), rest[0]))
                else:
                    self.stopped = int(number)
        finally:
            # Nobody waits for anything any more. XLA could not be told to stop, and Python would wait for it.
            os._exit(0)


def main() -> None:
    """Do trials until standard input ends."""
    told, lines = _own_pipes()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    # Ctrl+C in a terminal is meant for whoever started this, who will say what is to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    orders = Orders(lines)
    tensorflow(n_threads=1)
    _write(told, READY)
    while True:
        number, text = orders.waiting.get()
        _do(number, text, orders, told)


def _own_pipes() -> tuple[TextIO, TextIO]:
    """Where to write and where to read. Nobody else does: whatever some library prints goes to standard error."""
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    lines = os.fdopen(os.dup(0), encoding="utf-8")
    sys.stdout.flush()
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return told, lines


def _do(number: int, text: str, orders: Orders, told: TextIO) -> None:
    def tell(event: Event) -> None:
        _write(told, f"{number} {event.to_json()}")

    try:
        task = read_task(text)
    except RecsysError as error:
        tell(Failed(message=str(error)))
        return
    run_task(task, tell, lambda: orders.stopped >= number, RunsFolder())


def _write(told: TextIO, line: str) -> None:
    try:
        told.write(f"{line}\n")
        told.flush()
    except OSError:
        # Nobody reads it any more.
        os._exit(0)


if __name__ == "__main__":
    main()
