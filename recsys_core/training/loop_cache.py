"""Which compiled loop a training may use, and the loops that are kept for the next ones."""

from __future__ import annotations

from collections import OrderedDict

from recsys_core.data.split import Split
from recsys_core.models.registry import find_architecture
from recsys_core.settings.scopes import loop_key
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.loop import CompiledLoop, has_decay

MAX_LOOPS = 6
MAX_KEPT_BYTES = 256 * 2**20
MAX_SESSION_ROWS = 65_536
"""The most rows of a table of sittings: beyond, several share one, so that it does not grow with the ratings."""

_loops: OrderedDict[tuple, CompiledLoop] = OrderedDict()


def loop_for(split: Split, config: TrainConfig) -> CompiledLoop:
    """A loop for this structure: one compiled before if its shapes are the same, else a new one.

    Loops are kept, the most recently used first, up to six and 256 MB of weights. For the one worker thread only.
    """
    n_train = len(split.train)
    batch_size = min(config.batch_size or n_train, n_train)
    is_charged = config.table_updates == "rows" and has_decay(config)
    shape = (split.n_users, split.n_movies, split.rating_range)
    n_session_rows = session_rows(split, config)
    key = (loop_key(config), is_charged, shape, batch_size, n_session_rows)
    if key not in _loops:
        _loops[key] = CompiledLoop(config, *shape, n_train, n_session_rows)
    _loops.move_to_end(key)
    kept = sum(loop.n_bytes for loop in _loops.values())
    while len(_loops) > 1 and (len(_loops) > MAX_LOOPS or kept > MAX_KEPT_BYTES):
        kept -= _loops.popitem(last=False)[1].n_bytes
    return _loops[key]


def session_rows(split: Split, config: TrainConfig) -> int:
    """How many rows the table of sittings has: a power of two, so that another seed seldom compiles another loop."""
    kinds = {kind for kind, _ in find_architecture(config.architecture).moment_tables.values()}
    moments = split.train_moments if "session" in kinds else None
    return 1 if moments is None else min(MAX_SESSION_ROWS, 1 << (moments.n_sessions - 1).bit_length())
