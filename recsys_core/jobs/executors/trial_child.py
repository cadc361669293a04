"""A process that does trials, as the one that started it sees it; and how many of them there are to be.

What goes between the two is said in `trial_process.py`: lines of text through pipes, so that no port is open, and
nothing of the starting process is imported again.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from recsys_core.errors import ConfigError, JobError, quoted
from recsys_core.jobs.messages import LAST_EVENTS, Event, Task, read_event
from recsys_core.jobs.task import Emit
from recsys_core.training.compiling.programs import flags_for_a_child
from recsys_core.training.memory import free_memory

VARIABLE = "RECSYS_TRIAL_PROCESSES"
"""The variable that may say how many processes do trials."""
MOST_ASKED = 64
MOST_PROCESSES = 8
"""If nobody asks for more."""
PROCESS_BYTES = 1.2 * 2**30
"""Of memory that a process with TensorFlow, ratings and a few compiled loops is reckoned with."""
SPARE_BYTES = 2**30
"""Of memory that is left free."""
DEAF_SECONDS = 30.0
"""After which a process that was told to stop, and has not, is killed."""
END_SECONDS = 2.0
"""That the end of a process that was killed is waited for, at most."""
READY = "ready"

_PACKAGE = "recsys_core"
_MAIN = f"{_PACKAGE}.jobs.executors.trial_process"
_ROOT = Path(__file__).resolve().parents[3]


def asked_processes() -> int | None:
    """How many processes `$RECSYS_TRIAL_PROCESSES` asks for, 0 and 1 meaning none beside this one; None if it is not
    set. Raises `ConfigError` for what is no such number."""
    given = os.environ.get(VARIABLE, "").strip()
    if not given:
        return None
    if not re.fullmatch("[0-9]{1,3}", given) or int(given) > MOST_ASKED:
        raise ConfigError(f"`{VARIABLE}` must be a whole number from 0 to {MOST_ASKED}. Received: {quoted(given)}.")
    return int(given)


def wanted_processes(n_now: int = 0) -> int:
    """How many processes are to do trials where there are `n_now`: as many as are asked for, else as many as there are
    cores and room for. Raises `ConfigError` if what is asked for is no number."""
    asked = asked_processes()
    if asked is not None:
        return asked
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    n_more = max(0, int((free_memory() - SPARE_BYTES) / PROCESS_BYTES))
    return min(MOST_PROCESSES, n_cores, n_now + n_more)


class TrialChild:
    """A process that does one trial at a time. It is at its end when this process is, however that comes about."""

    def __init__(self) -> None:
        """Starts it. Raises `OSError` where the system does not let it."""
        self._process = subprocess.Popen(
            # Of the working directory nothing is imported.
            [sys.executable, "-P", "-m", _MAIN],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=_environment(),
            # Ctrl+C in a terminal reaches this process alone. Not in a session of its own: Linux may share the
            # processor out among those first, and a child would have as much of it as all of the app.
            process_group=0,
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders, self._told = self._process.stdin, self._process.stdout
        self._writing = threading.Lock()
        self._number: int | None = None
        self._deaf: threading.Timer | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until_ready(self) -> bool:
        """Until it has TensorFlow: then it can do trials. False if it has ended before."""
        # Something that Python loads before our own module may have said something.
        return any(line.strip() == READY for line in self._told)

    def do(self, number: int, task: Task, emit: Emit) -> Event | None:
        """Have `task` done under a number above all those before, and all events but the last one given to `emit`.

        Returns the last one, or None if the process has ended before it.
        """
        self._number = number
        self._order(f"do {number} {task.to_json()}")
        last = None
        with suppress(JobError):
            for line in self._told:
                about, _, text = line.partition(" ")
                if about != str(number):
                    continue
                # By the clock of this process, as all that is said of a job.
                event = read_event(text).model_copy(update={"at": time.time()})
                if isinstance(event, LAST_EVENTS):
                    last = event
                    break
                emit(event)
        self._number = None
        if self._deaf is not None:
            self._deaf.cancel()
        return last

    def stop(self, number: int) -> None:
        """Have what has this number stopped, which ends `do` within a batch. Returns at once."""
        self._order(f"stop {number}")
        if self._deaf is not None:
            self._deaf.cancel()
        self._deaf = threading.Timer(DEAF_SECONDS, self._kill_if_at, (number,))
        self._deaf.daemon = True
        self._deaf.start()

    def kill(self) -> None:
        """End it now: it has nothing to lose. Returns at once; nothing happens if it has ended."""
        self._process.kill()

    def wait(self) -> int | None:
        """Until it has ended, after `kill`: its exit code, None if it takes too long."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        return self._process.returncode

    def end(self) -> int | None:
        """End it and let go of it. For the thread that calls `do`. Returns the exit code."""
        self.kill()
        for pipe in (self._orders, self._told):
            with suppress(OSError):
                pipe.close()
        return self.wait()

    def _order(self, line: str) -> None:
        # If it is gone, whoever reads what it tells will see that.
        with self._writing, suppress(OSError, ValueError):
            self._orders.write(f"{line}\n")
            self._orders.flush()

    def _kill_if_at(self, number: int) -> None:
        if self._number == number:
            self.kill()


def _environment() -> dict[str, str]:
    """That of this process, with the way to this package; and other libraries keep to one thread, too."""
    path = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*path, str(_ROOT)]),
        "TF_XLA_FLAGS": flags_for_a_child(),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
