"""Train a model on a split: epochs, schedules, early stopping, and what is told about it on the way."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from recsys_core.data.baselines import errors
from recsys_core.data.split import Examples, Split
from recsys_core.errors import Cancelled
from recsys_core.models.registry import MOVIE_EMBEDDING, check_settings
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.events import EpochEnd, Event, Progress, Started, history_of
from recsys_core.training.loop import CompiledLoop
from recsys_core.training.loop_cache import loop_for
from recsys_core.training.memory import check_memory
from recsys_core.training.shuffling import epoch_order, one_ahead
from recsys_core.training.stock_model import initial_weights
from recsys_core.training.trained import Trained, find_divergence

CALL_SECONDS = 0.12
"""How long one call of the compiled loop should take: the wait for Stop, and the pace of progress."""
SAFE_SECONDS = 1.0
"""How often at most the weights of an epoch's end are set aside, in case the next ones are not finite."""
MAX_SNAPSHOT_BYTES = 64 * 2**20
FIRST_PICTURE_SECONDS = 0.5
"""Of training, after which an epoch that goes on shows its movies for the first time."""
PICTURE_SECONDS = 3.0
"""Between two such pictures, at least."""
PICTURE_SHARE = 0.05
"""Of the time of a training that its pictures may take."""
_LOOKED_AT = 10_000
"""Training ratings on which the loss before the first step is taken."""


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
    as the last one. A training whose loss leaves the range of numbers ends there, and is kept with `Trained.divergence`
    and the last finite weights that were set aside. Raises `Cancelled` if asked to stop before the first step,
    `ConfigError` if the settings do not fit together or memory.
    """
    check_settings(config)
    check_memory(config, split)

    def give_up_if_asked(when: str = "before it began") -> None:
        if should_stop():
            raise Cancelled(f"The training was stopped {when}: nothing was kept.")

    give_up_if_asked()
    loop = loop_for(split, config)
    reference = split.baselines
    last_epoch = first_epoch + config.epochs - 1
    n_train, n_validation = len(split.train), len(split.validation)
    on_event(Started(loop.n_parameters, n_train, n_validation, split.n_dropped, reference, first_epoch, last_epoch))
    loop.trace()
    # What is drawn for large tables is there by the time that the loop is compiled.
    with ThreadPoolExecutor(1) as beside:
        beside.submit(loop.compile_traced)
        # Held by the keeper alone, which lets go of them.
        keeper = _Keeper(config, initial_weights(split, config) | dict(weights or {}), first_epoch - 1)
    # Nothing is left of it, unless it went wrong.
    loop.compile()
    give_up_if_asked("while its loop was compiled")
    loop.start(split, config, keeper.weights)
    give_up_if_asked()

    rates = learning_rates(config, math.ceil(n_train / loop.batch_size))
    pacer, pictures = _Pacer(loop.steps_per_call), _Pictures()
    order = np.arange(n_train, dtype=np.int32)
    shuffler = np.random.default_rng((config.seed, 3, first_epoch))
    wanted = _snapshot_epochs(config, split.n_movies)
    snapshots = {first_epoch - 1: _half(loop)} if wanted else {}
    worst_start = _worst_start(split, loop)
    ends: list[EpochEnd] = []
    stopped = False
    for number, epoch in enumerate(range(first_epoch, last_epoch + 1)):
        begun = time.perf_counter()
        blocks = epoch_order(order, split, loop, shuffler, should_stop)
        done = squared = absolute = 0.0
        calls = _calls(blocks, loop.batch_size, rates[number], pacer)
        for (examples, moments), rate in one_ahead((loop.gathered(split, rows), rate) for rows, rate in calls):
            called = time.perf_counter()
            totals = loop.run(examples.user, examples.movie, examples.rating, rate, config.seed, moments)
            done += totals.n_ratings
            squared += totals.squared_error
            absolute += totals.absolute_error
            if not math.isfinite(squared):
                break
            seconds = time.perf_counter() - called
            if pacer.record(totals.n_ratings, len(rate), seconds):
                fraction = (number + done / n_train) / config.epochs
                with pictures.taken_if_due() as is_due:
                    vectors = _half(loop) if is_due and wanted else None
                    on_event(
                        Progress(epoch, fraction, pacer.ratings_per_second, squared / done, absolute / done, vectors)
                    )
            stopped = should_stop()
            if stopped:
                break
        is_lost = not math.isfinite(squared)
        val_mse = val_mae = math.nan
        if not is_lost:
            loop.describe_users(split.train)
            val_mse, val_mae = errors(loop.predict_validation(split), split.validation.rating)
            # The last step of an epoch is in no training loss yet: predictions show what it did.
            is_lost = n_validation > 0 and not math.isfinite(val_mse)
        if is_lost:
            squared = absolute = math.inf
            val_mse, val_mae = (math.inf, math.inf) if n_validation else (math.nan, math.nan)
        elif epoch - first_epoch + 1 in wanted or stopped:
            snapshots[epoch] = _half(loop)
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
        with pictures.taken():
            on_event(end)
        if is_lost:
            break
        keeper.look(loop, epoch, val_mse)
        if stopped or keeper.is_patience_over(epoch):
            break
    kept_epoch, kept_weights = keeper.keep(loop, ends[-1])
    history = history_of(ends)
    return Trained(
        config=config,
        split=split,
        weights=kept_weights,
        n_parameters=loop.n_parameters,
        history=history,
        baselines=reference,
        kept_epoch=kept_epoch,
        stopped=stopped,
        snapshots=snapshots,
        divergence=find_divergence(history, worst_start, config),
    )


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


def _worst_start(split: Split, loop: CompiledLoop) -> float:
    """The larger of the MSE of the mean rating and that of the loop's weights, on some of the training ratings."""
    some = slice(None, None, math.ceil(len(split.train) / _LOOKED_AT))
    looked_at = Examples(split.train.user[some], split.train.movie[some], split.train.rating[some])
    mse, _ = errors(loop.predict(looked_at), looked_at.rating)
    return max(mse, float(looked_at.rating.var(dtype=np.float64)))


class _Keeper:
    """Decides which epoch's weights a training leaves behind, and holds them where they are not the last one's."""

    def __init__(self, config: TrainConfig, begun_with: Mapping[str, np.ndarray], epoch: int) -> None:
        self._config = config
        self._wants_best = config.keep == "best" or config.patience > 0
        self._best_mse = math.inf
        self.epoch, self.weights = epoch, begun_with
        self._since = time.perf_counter()

    def look(self, loop: CompiledLoop, epoch: int, val_mse: float) -> None:
        """Set the weights of an epoch's end aside: where it is the best one, or in case the next ones are lost."""
        is_due = time.perf_counter() - self._since > SAFE_SECONDS
        if val_mse < self._best_mse if self._wants_best else is_due:
            self._best_mse, self.epoch, self.weights = val_mse, epoch, loop.weights()
            self._since = time.perf_counter()

    def is_patience_over(self, epoch: int) -> bool:
        return self._config.patience > 0 and epoch - self.epoch >= self._config.patience

    def keep(self, loop: CompiledLoop, last: EpochEnd) -> tuple[int, Mapping[str, np.ndarray]]:
        """The epoch and its weights, copies that the loop does not change any more."""
        has_best = self._wants_best and math.isfinite(self._best_mse)
        if has_best or math.isinf(last.train_mse):
            return self.epoch, self.weights
        return last.epoch, loop.weights()


class _Pictures:
    """Decides when an epoch that goes on shows its movies: soon, and then so seldom that it costs next to nothing."""

    def __init__(self) -> None:
        self._next = time.perf_counter() + FIRST_PICTURE_SECONDS

    @contextmanager
    def taken_if_due(self) -> Iterator[bool]:
        """Whether a picture is to be taken inside."""
        if time.perf_counter() < self._next:
            yield False
            return
        with self.taken():
            yield True

    @contextmanager
    def taken(self) -> Iterator[None]:
        """A picture is taken inside: the next one is due the later the longer that takes."""
        begun = time.perf_counter()
        yield
        now = time.perf_counter()
        self._next = now + max(PICTURE_SECONDS, (now - begun) / PICTURE_SHARE)


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


def _half(loop: CompiledLoop) -> np.ndarray:
    vectors = loop.table(MOVIE_EMBEDDING)
    assert vectors is not None
    return np.clip(vectors, -65_504, 65_504).astype(np.float16)
