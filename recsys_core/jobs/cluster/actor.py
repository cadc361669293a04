"""One thread that owns what it is about, and threads of their own for whatever may have to wait for an answer."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

_log = logging.getLogger(__name__)


class Actor:
    """Does acts one after the other, and between them, every so often, what `tick` does. Begun by the first act."""

    def __init__(self, name: str, tick: Callable[[], None], seconds: float) -> None:
        self._name = name
        self._tick = tick
        self._seconds = seconds
        self._acts: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def act(self, act: Callable[[], None]) -> None:
        """Have `act` done on the thread, after what was asked before. Returns at once."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
        self._acts.put(act)

    def aside(self, do: Callable[[], Any], then: Callable[[Any, Exception | None], None] | None = None) -> None:
        """Do what may wait for an answer on a thread of its own; then go on here with its result, or its error."""

        def run() -> None:
            result, problem = None, None
            try:
                result = do()
            except Exception as error:
                problem = error
            if then is not None:
                self.act(partial(then, result, problem))
            elif problem is not None:
                _log.info("%s: %s", self._name, problem)

        threading.Thread(target=run, name=f"{self._name}-aside", daemon=True).start()

    def close(self) -> None:
        """End the thread after what was asked before."""
        self._acts.put(None)

    def _work(self) -> None:
        due = time.monotonic()
        while True:
            try:
                act = self._acts.get(timeout=max(0.0, due - time.monotonic()))
                if act is None:
                    return
                self._do(act)
            except queue.Empty:
                pass
            if time.monotonic() >= due:
                self._do(self._tick)
                due = time.monotonic() + self._seconds

    def _do(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:
            # The thread must outlive whatever goes wrong; the log has the traceback.
            _log.exception("%s failed", self._name)


def line(error: BaseException | None) -> str:
    """An error that was not raised for people, in one line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:150]}" if lines else type(error).__name__
