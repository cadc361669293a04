"""Which compiled loop a training may use, and the loops that are kept for the next ones."""

from __future__ import annotations

import atexit
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from recsys_core.data.split import Split
from recsys_core.errors import Cancelled
from recsys_core.models.registry import find_architecture
from recsys_core.settings.scopes import loop_key
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.dot.loop import DotLoop, is_dot_loop
from recsys_core.training.loop import CompiledLoop, is_charged

MAX_LOOPS = 6
MAX_KEPT_BYTES = 256 * 2**20
MAX_SESSION_ROWS = 65_536
"""The most rows of a table of sittings: beyond, several share one, so that it does not grow with the ratings."""

_LOOKS_A_SECOND = 50
"""How often it is asked whether to stop while a loop is compiled ahead."""

_loops: OrderedDict[Hashable, CompiledLoop] = OrderedDict()
_compiling: dict[Hashable, threading.Thread] = {}
_log = logging.getLogger(__name__)


def loop_for(split: Split, config: TrainConfig) -> CompiledLoop:
    """A loop for this structure: one compiled before if its shapes are the same, else a new one.

    Loops are kept, the most recently used first, up to six and 256 MB of weights. One that is being compiled ahead is
    waited for. For the one worker thread only.
    """
    key = _key(split, config)
    if key in _compiling:
        _compiling.pop(key).join()
    if key not in _loops:
        loop = DotLoop if is_dot_loop(config) else CompiledLoop
        _loops[key] = loop(
            config, *(split.n_users, split.n_movies, split.rating_range), len(split.train), session_rows(split, config)
        )
    _loops.move_to_end(key)
    kept = sum(loop.n_bytes for loop in _loops.values())
    while len(_loops) > 1 and (len(_loops) > MAX_LOOPS or kept > MAX_KEPT_BYTES):
        kept -= _loops.popitem(last=False)[1].n_bytes
    return _loops[key]


def compile_ahead(split: Split, config: TrainConfig, should_stop: Callable[[], bool]) -> Hashable:
    """Have the loop compiled that `loop_for` will give, and return what `is_kept` knows it by.

    XLA cannot be told to stop. So it works on a thread of its own, and the one worker thread, which alone may call
    this, is free as soon as `should_stop` says so: it then raises `Cancelled`, and whoever asks for this very loop
    waits for what is left of its compiling alone.
    """
    key = _key(split, config)
    if key in _compiling:
        _join(_compiling[key], should_stop)
    loop = loop_for(split, config)
    loop.trace()
    thread = threading.Thread(target=_compile, args=(loop,), name="compiling-ahead", daemon=True)
    _compiling[key] = thread
    thread.start()
    _join(thread, should_stop)
    _compiling.pop(key, None)
    return key


def is_kept(key: Hashable) -> bool:
    """Whether the loop that `compile_ahead` compiled is still there. From any thread."""
    return key in _loops


def _join(thread: threading.Thread, should_stop: Callable[[], bool]) -> None:
    while thread.is_alive():
        if should_stop():
            raise Cancelled("A training was asked for while a loop was compiled ahead.")
        thread.join(1 / _LOOKS_A_SECOND)


@atexit.register
def _wait_for_compiling() -> None:
    """Python would end the thread amid XLA's code, which then ends the process with a message of its own."""
    for thread in [*_compiling.values()]:
        thread.join()


def _compile(loop: CompiledLoop) -> None:
    try:
        loop.compile_traced()
    except Exception:
        # Who trains with it compiles it again, and is told.
        _log.warning("compiling a loop ahead failed", exc_info=True)


def _key(split: Split, config: TrainConfig) -> Hashable:
    n_train = len(split.train)
    batch_size = min(config.batch_size or n_train, n_train)
    shape = (split.n_users, split.n_movies, split.rating_range)
    return (loop_key(config), is_charged(config), shape, batch_size, session_rows(split, config))


def session_rows(split: Split, config: TrainConfig) -> int:
    """How many rows the table of sittings has: a power of two, so that another seed seldom compiles another loop."""
    kinds = {kind for kind, _ in find_architecture(config.architecture).moment_tables.values()}
    moments = split.train_moments if "session" in kinds else None
    return 1 if moments is None else min(MAX_SESSION_ROWS, 1 << (moments.n_sessions - 1).bit_length())
