"""What comes before the first step of a training, done ahead of it, so that whoever then calls `fit` waits for none."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from recsys_core.data.split import Split
from recsys_core.errors import Cancelled
from recsys_core.models.registry import check_settings
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.loop_cache import compile_ahead, loop_for
from recsys_core.training.memory import check_memory
from recsys_core.training.stock_model import initial_weights


def prepare(split: Split, config: TrainConfig, should_stop: Callable[[], bool] = lambda: False) -> Hashable:
    """Build the models of `config` and compile its loop; returns what `loop_cache.is_kept` knows the loop by.

    For the thread that owns TensorFlow, which is free again as soon as `should_stop` says so. Raises `Cancelled` then,
    and `ConfigError` if the settings do not fit together or memory, as `fit` would.
    """
    check_settings(config)
    check_memory(config, split)

    def give_way_if_asked() -> None:
        if should_stop():
            raise Cancelled("Something more urgent came while a training was prepared.")

    weights = initial_weights(split, config)
    give_way_if_asked()
    key = compile_ahead(split, config, should_stop)
    loop = loop_for(split, config)
    give_way_if_asked()
    # What is called for the first time takes ten times as long.
    loop.start(split, config, weights)
    loop.predict_validation(split)
    return key
