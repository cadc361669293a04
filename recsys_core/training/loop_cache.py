"""Which compiled loop a training may use, and the loops that are kept for the next ones."""

from __future__ import annotations

from collections import OrderedDict

from recsys_core.data.split import Split
from recsys_core.settings.scopes import loop_key
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.loop import CompiledLoop, has_decay

MAX_LOOPS = 6
MAX_KEPT_BYTES = 256 * 2**20

_loops: OrderedDict[tuple, CompiledLoop] = OrderedDict()


def loop_for(split: Split, config: TrainConfig) -> CompiledLoop:
    """A loop for this structure: one compiled before if its shapes are the same, else a new one.

    Loops are kept, the most recently used first, up to six and 256 MB of weights. For the one worker thread only.
    """
    n_train = len(split.train)
    batch_size = min(config.batch_size or n_train, n_train)
    is_charged = config.table_updates == "rows" and has_decay(config)
    key = (loop_key(config), is_charged, split.n_users, split.n_movies, split.rating_range, batch_size)
    if key not in _loops:
        _loops[key] = CompiledLoop(config, split.n_users, split.n_movies, split.rating_range, n_train)
    _loops.move_to_end(key)
    kept = sum(loop.n_bytes for loop in _loops.values())
    while len(_loops) > 1 and (len(_loops) > MAX_LOOPS or kept > MAX_KEPT_BYTES):
        kept -= _loops.popitem(last=False)[1].n_bytes
    return _loops[key]
