"""What a training needs of the ratings: read, split and counted, when it begins or, if they are many, before."""

from __future__ import annotations

import threading
from collections.abc import Callable

from recsys_core.data.catalog import DataSet, find_data_set, load_ratings
from recsys_core.data.library.folder import own_data_set
from recsys_core.data.ratings import Ratings
from recsys_core.data.split import Split
from recsys_core.errors import Cancelled, DataError
from recsys_core.jobs.messages import Task
from recsys_core.jobs.work import Lane, ShouldStop, Tell, Work
from recsys_core.models.registry import find_architecture
from recsys_core.runs.splits import held, kept_split
from recsys_core.settings.scopes import data_key
from recsys_core.settings.train_config import TrainConfig

MANY = 1_000_000
"""Ratings from which on it is felt how long they take."""

_looking = threading.Lock()


def _say_nothing(share: float, text: str) -> None:
    pass


def load_split(
    task: Task,
    *,
    tell: Callable[[float, str], None] = _say_nothing,
    should_stop: ShouldStop = lambda: False,
) -> tuple[Ratings, Split]:
    """The ratings that `task` is about, and what its settings make of them, with all that a training asks of them.

    Both are shared, and kept in memory for the next one. tell: of many ratings, given the share that is done, 0 to 1,
    and a sentence on what is being done. Raises `DataError`, and `Cancelled` about a second after being told to stop.
    """
    if task.data_set is None or task.fingerprint is None:
        loaded = load_ratings(find_data_set(task.data_set))
    else:
        loaded = load_ratings(DataSet(task.data_set, task.data_set, task.fingerprint))
    if loaded.n_ratings < MANY:
        tell = _say_nothing
    tell(0.2, f"Splitting {loaded.n_ratings:,} ratings.")
    split = kept_split(loaded, task.config, should_stop=should_stop)
    for share, text, look in (
        (0.6, "Counting the ratings of users and movies.", lambda: (split.user_means, split.movie_eras)),
        (0.7, "Measuring what the simplest predictions reach.", lambda: split.baselines),
        (0.8, "Finding what was rated in one sitting.", lambda: _knows_sittings(task.config) and split.train_moments),
    ):
        if should_stop():
            raise Cancelled("It was stopped while the ratings were counted: nothing was kept.")
        tell(share, text)
        # Whoever wants the same meanwhile finds it known.
        with held(_looking, should_stop):
            look()
    return loaded, split


def preparing_work(config: TrainConfig, data_set: str) -> Work | None:
    """To have ready what `config` needs of the ratings of `data_set`; None where they are so few that nobody waits."""
    own = own_data_set(data_set)
    try:
        if own is None or own.info.n_ratings < MANY:
            return None
        n_ratings, fingerprint = own.info.n_ratings, own.info.fingerprint
    except DataError:
        # Training says so, where it is asked for.
        return None

    def do(tell: Tell, should_stop: ShouldStop) -> bool:
        load_split(Task(config=config, data_set=data_set, fingerprint=fingerprint), tell=tell, should_stop=should_stop)
        return True

    return Work(
        "prepare-ratings",
        (data_set, fingerprint, data_key(config), config.seed, _knows_sittings(config)),
        f"Getting {n_ratings:,} ratings ready",
        do,
        Lane.QUICK,
        slot="prepare-ratings",
    )


def _knows_sittings(config: TrainConfig) -> bool:
    return bool(find_architecture(config.architecture).moment_tables)
