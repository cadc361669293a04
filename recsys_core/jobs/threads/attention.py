"""Whether somebody waits for a page: work that nobody waits for lets it through first.

Pages and work share the processor's cores. A page needs them for some tenths of a second, and is waited for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LINGER_SECONDS = 0.5
"""After a page has been answered its browser draws it, on the same machine where one looks at one's own."""
MOST_SECONDS = 1.0
"""That one step of the work waits: where somebody always looks, it goes on slowly rather than not at all."""
_LOOK_SECONDS = 0.05


class Attention:
    """Counts the pages that are being answered. All methods may be called from any thread."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """`clock` gives seconds."""
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._n_answering = 0
        self._answered = -LINGER_SECONDS

    @contextmanager
    def answering(self) -> Iterator[None]:
        """A page is being answered."""
        with self._lock:
            self._n_answering += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_answering -= 1
                self._answered = self._clock()

    def is_wanted(self) -> bool:
        """Whether a page is being answered, or was just now."""
        with self._lock:
            return self._n_answering > 0 or self._clock() - self._answered < LINGER_SECONDS

    def let_through(self, should_stop: Callable[[], bool]) -> None:
        """Wait until no page is wanted, or `should_stop`, for `MOST_SECONDS` at most."""
        until = self._clock() + MOST_SECONDS
        while self.is_wanted() and self._clock() < until and not should_stop():
            self._sleep(_LOOK_SECONDS)


_attention = Attention()
answering = _attention.answering
is_wanted = _attention.is_wanted
let_through = _attention.let_through
