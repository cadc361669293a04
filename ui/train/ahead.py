"""The training that the settings describe, made ready before anybody clicks, while nobody needs TensorFlow's thread."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from recsys_core.data.catalog import find_data_set
from recsys_core.data.library.folder import own_data_set
from recsys_core.errors import DataError
from recsys_core.jobs import background
from recsys_core.jobs.background import CLICKED
from recsys_core.jobs.messages import Task
from recsys_core.jobs.preparing import load_split
from recsys_core.jobs.threads.worker import Urgency
from recsys_core.jobs.work import Lane, ShouldStop, Tell, Work, works_ahead
from recsys_core.settings.scopes import data_key, model_key
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training import loop_cache
from recsys_core.training.compiling.ahead import prepare
from recsys_core.training.loop import is_charged

SETTLED_SECONDS = 0.7
"""How long settings stay as they are before anything is done for them: nobody is dragging them then."""
MOST_RATINGS = 2_000_000
"""Of more, reading and splitting alone would hold up the thread for longer than compiling does."""
_MOST_VISITORS = 100

_lock = threading.Lock()
_settling: OrderedDict[str, _Settling] = OrderedDict()


@dataclass(frozen=True)
class _Settling:
    key: Hashable
    timer: threading.Timer


def make_ready(config: TrainConfig, data_set: str, visitor: str, stays: Callable[[], bool]) -> None:
    """Have a training of `config` on this data set made ready once the visitor's settings stand. Returns at once.

    To be called at each run of the page: what was asked for before and is not wanted any more is given up then. And so
    is what was not begun when the visitor is gone, as `stays` tells: the page that is looked at then needs the machine.
    """
    if not works_ahead():
        return
    try:
        work = _making_ready(config, data_set)
    except DataError:
        # Training says so, where it is asked for.
        return
    if work is None or _is_ready(work.key):
        return
    with _lock:
        before = _settling.get(visitor)
        if before is not None and before.timer.is_alive():
            if before.key == work.key:
                return
            before.timer.cancel()
        timer = threading.Timer(SETTLED_SECONDS, _ask, (work, visitor, stays))
        timer.daemon = True
        _settling[visitor] = _Settling(work.key, timer)
        _settling.move_to_end(visitor)
        while len(_settling) > _MOST_VISITORS:
            _settling.popitem(last=False)
        timer.start()


def _ask(work: Work, visitor: str, stays: Callable[[], bool]) -> None:
    if stays():
        background.ask(work, visitor, CLICKED, again=True)


def _is_ready(key: Hashable) -> bool:
    known = background.look(key)
    if known is None or not known.is_over:
        return False
    # What failed fails again; a loop may have made room for others.
    return known.state == "failed" or loop_cache.is_kept(known.result)


def _making_ready(config: TrainConfig, data_set: str) -> Work | None:
    own = own_data_set(data_set)
    if own is not None and own.info.n_ratings > MOST_RATINGS:
        return None
    task = Task(config=config, data_set=data_set, fingerprint=find_data_set(data_set).fingerprint)

    def do(tell: Tell, should_stop: ShouldStop) -> Hashable:
        _, split = load_split(task, should_stop=should_stop)
        return prepare(split, config, should_stop)

    return Work(
        "ready",
        (data_set, task.fingerprint, model_key(config), is_charged(config), data_key(config), config.seed),
        "Getting a training ready",
        do,
        Lane.TENSORFLOW,
        Urgency.SOON,
        slot="ready",
    )
