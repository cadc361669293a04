"""What a training will need of memory, and what there is: a training that cannot fit is refused before it begins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from recsys_core.data.split import Split
from recsys_core.errors import ConfigError
from recsys_core.models.registry import BIAS_SETTINGS, Architecture, find_architecture
from recsys_core.models.watching import parts_of
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.dot.loop import is_dot_loop
from recsys_core.training.loop_cache import MAX_SESSION_ROWS
from recsys_core.training.row_optimizers import FORMULAS

COPIES = 5
"""Of all weights, beside those in the loop: the stock model, the weights that training began with or those of the best
epoch, a snapshot being taken, those handed over at the end, and what is being copied from one to another."""
COMPILING = 256 * 2**20
"""What TensorFlow takes to compile a loop and to run it for the first time, whatever its size."""
LOADING = 96 * 2**20
"""What a `DotLoop` takes for that, most of it where nothing that was compiled before is found on disk."""
PAIR_BYTES = 24
"""For each pair that is compared, where an architecture does: the scores, their gradient and what lies between."""
BATCH_COPIES = 8
"""Of a batch's vectors and hidden layers: themselves, their gradients and what lies between."""
RATING_COPIES = 3
"""Of each rating of a batch, where a `DotLoop` has nothing else for it: gathered, as it is passed on, and by row."""


@dataclass(frozen=True)
class MemoryNeeds:
    """Bytes that a training takes beside the ratings."""

    weights: int
    """Tables, hidden layers and optimizer slots, in all their copies."""
    batch: int
    """Looked-up vectors and hidden layers of one batch."""
    pairs: int
    """What an architecture that compares every pair of a batch holds of them."""
    code: int
    """What compiling or loading the loop takes, whatever its size."""

    @property
    def total(self) -> int:
        return self.code + self.weights + self.batch + self.pairs


def memory_needs(config: TrainConfig, n_users: int, n_movies: int, n_train: int) -> MemoryNeeds:
    """An estimate from above, without building anything."""
    chosen = find_architecture(config.architecture)
    batch = min(config.batch_size or n_train, n_train)
    layers = _layer_sizes(config, chosen)
    tables = len(chosen.user_tables) * n_users * config.user_embedding_size + n_movies * config.movie_embedding_size
    biases = n_users + n_movies if chosen.settings >= BIAS_SETTINGS else 0
    hidden = sum((inputs + 1) * outputs for inputs, outputs in pairwise([*layers, 1]))
    in_loop = 1 + len(FORMULAS[config.optimizer].initial) + (config.table_updates == "dense")
    n_rows = {"movie": n_movies, "session": min(2 * n_train, MAX_SESSION_ROWS)}
    moments = sum(n_rows[kind] * (size or config.movie_embedding_size) for kind, size in chosen.moment_tables.values())
    return MemoryNeeds(
        weights=4 * ((COPIES + in_loop) * (tables + biases + hidden) + (1 + in_loop) * moments),
        batch=_of_dot_batch(config, chosen, batch, n_users, n_movies)
        if is_dot_loop(config)
        else 4 * BATCH_COPIES * batch * sum(layers),
        pairs=_pairs(batch) if chosen.compares_pairs else 0,
        code=LOADING if is_dot_loop(config) else COMPILING,
    )


def _of_dot_batch(config: TrainConfig, chosen: Architecture, batch: int, n_users: int, n_movies: int) -> int:
    """Bytes for a batch of a `DotLoop`: its ratings, and a gradient for each row that they look up."""
    of_user = (len(chosen.user_tables) * config.user_embedding_size + 1) * min(batch, n_users)
    of_movie = (config.movie_embedding_size + 1) * min(batch, n_movies)
    numbers_of_rating = 5 * RATING_COPIES * batch
    return 4 * (numbers_of_rating + of_user + of_movie)


def _pairs(batch: int) -> int:
    """Bytes for the pairs within the parts of a batch.

    A `DotLoop` has one part at a time. But a step of so many takes so long that Stop is not heard.
    """
    return PAIR_BYTES * parts_of(batch) * math.ceil(batch / parts_of(batch)) ** 2


def check_memory(config: TrainConfig, split: Split) -> None:
    """Raise `ConfigError` if weights, optimizer slots and the batch would not fit in the memory that is free."""
    needs, free = memory_needs(config, split.n_users, split.n_movies, len(split.train)), free_memory()
    if needs.total <= free:
        return
    batch = min(config.batch_size or len(split.train), len(split.train))
    about_pairs = f", and {_gb(needs.pairs)} to compare the {batch:,} ratings of a batch" if needs.pairs else ""
    smaller = "smaller embeddings" if needs.weights > needs.pairs + needs.batch else "a smaller batch"
    raise ConfigError(
        f"Embedding tables, optimizer slots and batch must fit in memory. The tables need {_gb(needs.weights)} "
        f"({split.n_users:,} users and {split.n_movies:,} movies), a batch {_gb(needs.batch)}{about_pairs}; "
        f"{_gb(free)} are free. Try {smaller}."
    )


def free_memory() -> int:
    """Bytes that can be had: what the system calls available, within what the process' control groups allow."""
    import psutil

    return min(psutil.virtual_memory().available, cgroup_free(Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")))


def cgroup_free(root: Path, membership: Path) -> int:
    """Bytes that the control groups (v1 or v2) of `membership`, mounted at `root`, leave; very many without a limit.

    A container often sees its own group as the root, and a limit may stand at any group above one's own.
    """
    free = [2**63 - 1]
    for line in _read(membership).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top = root / "memory" if controllers else root
        group = top / path.lstrip("/")
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file") if controllers else (
            "memory.max", "memory.current", "inactive_file")  # fmt: skip
        for folder in (group, *group.parents):
            limit, used = _read(folder / names[0]).strip(), _read(folder / names[1]).strip()
            if limit.isdigit() and used.isdigit():
                cached = [line.split()[1] for line in _read(folder / "memory.stat").splitlines()
                          if line.startswith(f"{names[2]} ")]  # fmt: skip
                free.append(int(limit) - int(used) + int(cached[0] if cached else 0))
            if folder == top:
                break
    return max(0, min(free))


def _layer_sizes(config: TrainConfig, chosen: Architecture) -> list[int]:
    """Numbers that each layer holds of one rating: the vectors, then the hidden layers."""
    vectors = len(chosen.user_tables) * config.user_embedding_size + config.movie_embedding_size
    return [vectors, *(config.hidden_layers if "hidden_layers" in chosen.settings else ())]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _gb(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:.1f} GB"
