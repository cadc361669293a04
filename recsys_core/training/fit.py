"""Train a model on a split: epochs, schedules, early stopping, and what is told about it on the way."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from recsys_core.data.baselines import baselines, errors
from recsys_core.data.split import Split
from recsys_core.errors import Cancelled, ConfigError, TrainingError
from recsys_core.models.rated_movies import order_by_user
from recsys_core.models.registry import (
    MOVIE_BIAS,
    MOVIE_EMBEDDING,
    OFFSET,
    USER_BIAS,
    USER_EMBEDDING,
    check_settings,
    find_architecture,
)
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.loop import Program, program_for
from recsys_core.training.row_optimizers import FORMULAS
from recsys_core.training.shuffling import shuffled_blocks

CALL_SECONDS = 0.12
"""How long one call of the compiled loop should take: the wait for Stop, and the pace of progress."""
_PAIR_BYTES = 24
"""For each pair of a batch, where an architecture compares them: the scores, their gradient and what lies between."""
MAX_SNAPSHOT_BYTES = 64 * 2**20
HISTORY_COLUMNS = ("epoch", "learning_rate", "train_mse", "train_mae", "val_mse", "val_mae", "seconds")


@dataclass(frozen=True)
class Started:
    """The model is built and compiling begins."""

    n_parameters: int
    n_train: int
    n_validation: int
    n_dropped: int
    baselines: dict[str, float]
    first_epoch: int
    last_epoch: int


@dataclass(frozen=True)
class Progress:
    """Inside an epoch, at most ten times a second."""

    epoch: int
    fraction: float
    """Share of the whole training that is done, 0 to 1."""
    ratings_per_second: float
    train_mse: float
    """Over the epoch so far, in stars squared."""
    train_mae: float
    """Over the epoch so far, in stars."""


@dataclass(frozen=True)
class EpochEnd:
    """An epoch is over. MSE in stars squared, MAE in stars; NaN without validation rows."""

    epoch: int
    learning_rate: float
    train_mse: float
    train_mae: float
    val_mse: float
    val_mae: float
    seconds: float
    """Since the epoch began, validation included."""
    movie_vectors: np.ndarray | None = field(default=None, repr=False, compare=False)
    """float16 `(n_movies, size)`, where this epoch is one of the snapshots."""


Event = Started | Progress | EpochEnd


@dataclass(frozen=True)
class Trained:
    """What training leaves behind, in memory; `saving.save_run` makes a folder of it."""

    config: TrainConfig
    split: Split = field(repr=False)
    program: Program = field(repr=False)
    """Holds the kept weights until the next training of the same structure."""
    history: pd.DataFrame = field(repr=False)
    baselines: dict[str, float]
    kept_epoch: int
    stopped: bool
    snapshots: dict[int, np.ndarray] = field(repr=False)
    """Epoch -> float16 `(n_movies, size)`; epoch 0 is before the first step."""

    @property
    def movie_vectors(self) -> np.ndarray:
        vectors = self.program.table(MOVIE_EMBEDDING)
        assert vectors is not None
        return vectors

    @property
    def user_vectors(self) -> np.ndarray:
        vectors = self.program.table(USER_EMBEDDING)
        assert vectors is not None
        return vectors

    @property
    def movie_bias(self) -> np.ndarray | None:
        return _flat(self.program.table(MOVIE_BIAS))

    @property
    def user_bias(self) -> np.ndarray | None:
        return _flat(self.program.table(USER_BIAS))

    @property
    def offset(self) -> float:
        table = self.program.table(OFFSET)
        return 0.0 if table is None else float(table[0, 0])


def fit(
    split: Split,
    config: TrainConfig,
    *,
    on_event: Callable[[Event], None] = lambda event: None,
    should_stop: Callable[[], bool] = lambda: False,
    weights: Mapping[str, np.ndarray] | None = None,
    first_epoch: int = 1,
) -> Trained:
    """Train `config`'s model on `split`, telling `on_event` what happens.

    `weights` (variable path -> array) replaces initial weights; `first_epoch` numbers the epochs when training goes on.
    `should_stop` is asked several times a second: what was learned until then is kept, with the epoch under way counted
    as the last one. Raises `Cancelled` if it says so before the first step, `TrainingError` if the loss is not finite,
    `ConfigError` if the settings do not fit together or memory.
    """
    check_settings(config)
    check_memory(config, split)

    def give_up_if_asked(when: str = "before it began") -> None:
        if should_stop():
            raise Cancelled(f"The training was stopped {when}: nothing was kept.")

    give_up_if_asked()
    program = program_for(split, config)
    program.start(split, config, dict(weights) if weights else None)
    give_up_if_asked()
    reference = baselines(split)
    rates = learning_rates(config, math.ceil(len(split.train) / program.batch_size))
    last_epoch = first_epoch + config.epochs - 1
    n_train, n_validation = len(split.train), len(split.validation)
    on_event(Started(program.n_parameters, n_train, n_validation, split.n_dropped, reference, first_epoch, last_epoch))
    program.compile()
    give_up_if_asked("while its loop was compiled")

    pacer = _Pacer(program.steps_per_call)
    order = np.arange(n_train, dtype=np.int32)
    shuffler = np.random.default_rng((config.seed, 3, first_epoch))
    wanted = _snapshot_epochs(config, split.n_movies)
    snapshots = {first_epoch - 1: _half(program)} if wanted else {}
    ends: list[EpochEnd] = []
    best_mse, best_epoch, best_weights = math.inf, 0, None
    stopped = False
    for number, epoch in enumerate(range(first_epoch, last_epoch + 1)):
        begun = time.perf_counter()
        blocks = _epoch_order(order, split, program, shuffler, should_stop)
        done = squared = absolute = 0.0
        for batch_rows, rate in _calls(blocks, program.batch_size, rates[number], pacer):
            called = time.perf_counter()
            totals = program.run(
                split.train.user[batch_rows], split.train.movie[batch_rows], split.train.rating[batch_rows],
                rate, config.seed,
            )  # fmt: skip
            done += totals.n_ratings
            squared += totals.squared_error
            absolute += totals.absolute_error
            if not math.isfinite(squared):
                raise _diverged(epoch, float(rate[0]), config)
            seconds = time.perf_counter() - called
            if pacer.record(totals.n_ratings, len(rate), seconds):
                fraction = (number + done / n_train) / config.epochs
                on_event(Progress(epoch, fraction, pacer.ratings_per_second, squared / done, absolute / done))
            stopped = should_stop()
            if stopped:
                break
        program.describe_users(split.train)
        val_mse, val_mae = errors(program.predict(split.validation), split.validation.rating)
        if n_validation and not math.isfinite(val_mse):
            raise _diverged(epoch, float(rates[number][-1]), config)
        if epoch - first_epoch + 1 in wanted or stopped:
            snapshots[epoch] = _half(program)
        end = EpochEnd(
            epoch=epoch,
            learning_rate=float(f"{rates[number].max():.6g}"),
            train_mse=squared / done,
            train_mae=absolute / done,
            val_mse=val_mse,
            val_mae=val_mae,
            seconds=time.perf_counter() - begun,
            movie_vectors=snapshots.get(epoch),
        )
        ends.append(end)
        on_event(end)
        if (config.keep == "best" or config.patience) and val_mse < best_mse:
            best_mse, best_epoch, best_weights = val_mse, epoch, program.weights()
        if stopped or (config.patience and epoch - best_epoch >= config.patience):
            break
    if best_weights is not None:
        program.set_weights(best_weights)
    history = history_of(ends)
    kept_epoch = best_epoch if best_weights is not None else int(history["epoch"].iloc[-1])
    return Trained(config, split, program, history, reference, kept_epoch, stopped, snapshots)


def history_of(ends: Sequence[EpochEnd]) -> pd.DataFrame:
    """The table of history.csv: `HISTORY_COLUMNS`, a row an epoch."""
    rows = [[getattr(end, name) for name in HISTORY_COLUMNS] for end in ends]
    return pd.DataFrame(rows, columns=pd.Index(HISTORY_COLUMNS))


def learning_rates(config: TrainConfig, steps_per_epoch: int) -> list[np.ndarray]:
    """The learning rate of every step, one float32 array `(steps_per_epoch,)` an epoch.

    "one_cycle": cosine from a 25th of the first phase's rate up to it over the first quarter, then cosine down to a
    100,000th: Smith 2018, with fastai's defaults.
    """
    if config.schedule == "phases":
        return [
            np.full(steps_per_epoch, phase.learning_rate, np.float32)
            for phase in config.phases
            for _ in range(phase.epochs)
        ]
    peak = config.phases[0].learning_rate
    place = (np.arange(config.epochs * steps_per_epoch) + 0.5) / (config.epochs * steps_per_epoch)
    up = 0.5 - 0.5 * np.cos(np.pi * np.minimum(place / 0.25, 1))
    down = 0.5 + 0.5 * np.cos(np.pi * np.clip((place - 0.25) / 0.75, 0, 1))
    rates = np.where(place < 0.25, peak / 25 + (peak - peak / 25) * up, peak / 1e5 + (peak - peak / 1e5) * down)
    return list(rates.astype(np.float32).reshape(config.epochs, steps_per_epoch))


def find_learning_rate(
    split: Split,
    config: TrainConfig,
    *,
    lowest: float = 1e-5,
    highest: float = 10.0,
    on_progress: Callable[[float], None] = lambda fraction: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[pd.DataFrame, float]:
    """Sweep the learning rate upwards over one pass: columns learning_rate, mse (smoothed), and a suggested rate.

    After Smith 2017, "Cyclical Learning Rates". The suggestion is a tenth of the rate at which the smoothed loss is
    lowest, as fastai's `minimum`; the sweep ends early where the loss is four times its lowest. Raises `Cancelled`,
    `ConfigError`.
    """
    check_settings(config)
    program = program_for(split, config)
    program.start(split, config)
    order = np.arange(len(split.train), dtype=np.int32)
    shuffler = np.random.default_rng((config.seed, 4))
    order = np.concatenate(list(_epoch_order(order, split, program, shuffler, should_stop)))
    n_points = min(100, math.ceil(len(order) / program.batch_size))
    rows: list[tuple[float, float]] = []
    smoothed, lowest_mse = 0.0, math.inf
    for i, part in enumerate(np.array_split(order, n_points)):
        if should_stop():
            raise Cancelled("The learning-rate sweep was stopped.")
        rate = lowest * (highest / lowest) ** (i / max(1, n_points - 1))
        squared = 0.0
        for start in range(0, len(part), program.steps_per_call * program.batch_size):
            rows_now = part[start : start + program.steps_per_call * program.batch_size]
            rates = np.full(math.ceil(len(rows_now) / program.batch_size), rate, np.float32)
            examples = split.train
            squared += program.run(
                examples.user[rows_now], examples.movie[rows_now], examples.rating[rows_now], rates, config.seed
            ).squared_error
        mse = squared / len(part)
        if not math.isfinite(mse):
            break
        smoothed = 0.8 * smoothed + 0.2 * mse
        rows.append((rate, smoothed / (1 - 0.8 ** (i + 1))))
        lowest_mse = min(lowest_mse, rows[-1][1])
        on_progress((i + 1) / n_points)
        if rows[-1][1] > 4 * lowest_mse:
            break
    sweep = pd.DataFrame(rows, columns=pd.Index(["learning_rate", "mse"]))
    return sweep, float(sweep["learning_rate"].iloc[int(sweep["mse"].argmin())]) / 10


def check_memory(config: TrainConfig, split: Split) -> None:
    """Raise `ConfigError` if tables, optimizer slots and the batch would not fit in the memory that is free."""
    n_users, n_movies = split.n_users, split.n_movies
    # Weights in Keras, in the loop and of the best epoch, and the optimizer's slots.
    copies = 3 + len(FORMULAS[config.optimizer].initial)
    tables = 4 * copies * (n_users * (config.user_embedding_size + 1) + n_movies * (config.movie_embedding_size + 1))
    batch = min(config.batch_size or len(split.train), len(split.train))
    pairs = _PAIR_BYTES * batch**2 if find_architecture(config.architecture).compares_pairs else 0
    free = free_memory()
    if tables + pairs > free:
        about_pairs = f", and {pairs / 2**30:.1f} GB to compare the {batch:,} ratings of a batch" if pairs else ""
        raise ConfigError(
            f"Embedding tables, optimizer slots and batch must fit in memory. The tables need {tables / 2**30:.1f} GB "
            f"({n_users:,} users and {n_movies:,} movies){about_pairs}; {free / 2**30:.1f} GB are free. "
            f"Try smaller embeddings{' or a smaller batch' if pairs else ''}."
        )


def free_memory() -> int:
    """Bytes of memory that can be had, as far as the system tells; physical memory otherwise."""
    names = os.sysconf_names if hasattr(os, "sysconf_names") else {}
    if "SC_PAGE_SIZE" not in names or "SC_PHYS_PAGES" not in names:
        return 2**63 - 1
    pages = os.sysconf("SC_AVPHYS_PAGES" if "SC_AVPHYS_PAGES" in names else "SC_PHYS_PAGES")
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            available = next(line for line in file if line.startswith("MemAvailable:"))
        return int(available.split()[1]) * 1024
    except (OSError, StopIteration):
        return pages * os.sysconf("SC_PAGE_SIZE")


class _Pacer:
    """Chooses how many steps the next call takes, so that each call lasts about `CALL_SECONDS`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.steps = min(most, 32)
        self.ratings_per_second = 0.0
        """A running mean over calls."""
        self._told = 0.0

    def record(self, n_ratings: int, steps: int, seconds: float) -> bool:
        """Learn from a call; True if it is time to tell of progress."""
        self.steps = int(np.clip(steps * np.clip(CALL_SECONDS / seconds, 0.2, 8), 1, self._most))
        rate = n_ratings / seconds
        self.ratings_per_second += (rate - self.ratings_per_second) * (0.3 if self.ratings_per_second else 1.0)
        now = time.perf_counter()
        due = now - self._told >= 0.1
        if due:
            self._told = now
        return due


def _epoch_order(
    order: np.ndarray, split: Split, program: Program, rng: np.random.Generator, should_stop: Callable[[], bool]
) -> Iterator[np.ndarray]:
    """The order of an epoch's ratings in blocks, from that of the last one `(n,)` int32, which may be changed."""
    if program.architecture.reads_ratings:
        yield order_by_user(split.train.user, rng)
    elif program.batch_size >= len(order):
        yield order
    else:
        yield from shuffled_blocks(order, rng, batch_size=program.batch_size, should_stop=should_stop)


def _calls(
    blocks: Iterable[np.ndarray], batch_size: int, rates: np.ndarray, pacer: _Pacer
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Cut an epoch into calls: positions of the ratings, and the learning rate of each step."""
    step = 0
    for block in blocks:
        place = 0
        while place < len(block):
            rows = block[place : place + pacer.steps * batch_size]
            steps = math.ceil(len(rows) / batch_size)
            yield rows, rates[step : step + steps]
            place += len(rows)
            step += steps


def _snapshot_epochs(config: TrainConfig, n_movies: int) -> set[int]:
    """Which epochs, counted from 1, are kept for the replay: evenly spread, within the number and bytes allowed."""
    affordable = MAX_SNAPSHOT_BYTES // (2 * n_movies * config.movie_embedding_size)
    n_kept = min(config.snapshots, config.epochs, max(0, affordable - 2))
    return set(np.linspace(config.epochs, 1, n_kept).round().astype(int).tolist()) if n_kept else set()


def _half(program: Program) -> np.ndarray:
    vectors = program.table(MOVIE_EMBEDDING)
    assert vectors is not None
    return np.clip(vectors, -65_504, 65_504).astype(np.float16)


def _diverged(epoch: int, rate: float, config: TrainConfig) -> TrainingError:
    return TrainingError(
        f"The loss must stay finite. In epoch {epoch}, at learning rate {rate:g} with {config.optimizer}, it did not. "
        f"Nothing was kept. Try a learning rate of {rate / 10:g}, or the stretched sigmoid, which bounds predictions."
    )


def _flat(table: np.ndarray | None) -> np.ndarray | None:
    return None if table is None else table[:, 0]
