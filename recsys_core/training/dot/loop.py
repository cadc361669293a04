"""The training loop of dot products by Adam, on one thread and without XLA."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from recsys_core.data.moments import N_ERAS, Moments
from recsys_core.data.split import Examples, Split
from recsys_core.models.registry import (
    MOVIE_BIAS,
    MOVIE_EMBEDDING,
    MOVIE_ERA,
    OFFSET,
    SESSION_BIAS,
    SESSION_EMBEDDING,
    USER_BIAS,
    USER_EMBEDDING,
    USER_WATCH_EMBEDDING,
    find_architecture,
)
from recsys_core.models.scoring import output_range, to_stars
from recsys_core.models.watching import parts_of, watching_loss
from recsys_core.models.watching_in_time import watching_in_time_loss
from recsys_core.settings.scopes import told_to_loop
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.dot.table import ArrayTable
from recsys_core.training.loop import PREDICTED_AT_ONCE, CompiledLoop

if TYPE_CHECKING:
    from recsys_core.training.dot.steps import Columns

_OF_WATCHING = ("watch_weight", "liking", "popularity_correction")
_KNOWN_LOSSES = (None, watching_loss, watching_in_time_loss)


def is_dot_loop(config: TrainConfig) -> bool:
    """Whether a `DotLoop` does what `config` asks for: the arithmetic of a `CompiledLoop`, in less time."""
    architecture = find_architecture(config.architecture)
    return (
        architecture.is_dot
        and not architecture.reads_ratings
        and architecture.auxiliary in _KNOWN_LOSSES
        and config.optimizer == "adam"
    )


class DotLoop(CompiledLoop):
    """As a `CompiledLoop`, with its tables in arrays. What is compiled is the same for all structures and sizes."""

    _row_tables: dict[str, ArrayTable]

    def start(self, split: Split, config: TrainConfig, weights: Mapping[str, np.ndarray]) -> None:
        super().start(split, config, weights)
        self._known = self._user_mean.numpy(), self._log_popularity.numpy()
        if self._is_charged:
            for kind, table in self._row_tables.items():
                table.charge(self._mean_steps_between(split, kind))
        offset = self.table(OFFSET)
        self._offset = np.float32(0 if offset is None else offset[0, 0])

    def trace(self) -> None:
        """Nothing: TensorFlow has no part in it."""

    def compile_traced(self) -> None:
        from recsys_core.training.dot import steps

        steps.load()

    def _sums(self, examples: Examples, rates: np.ndarray, seed: int, moments: Moments | None) -> tuple[float, float]:
        from recsys_core.training.dot.steps import Model, Ratings, Told, run_steps

        settings, used = told_to_loop(self.config), self.architecture.settings
        if moments is None or not self.architecture.moment_tables:
            session, era = np.full(len(examples), -1, np.int32), np.zeros(len(examples), np.int32)
        else:
            session, era = moments.session % self._n_session_rows, moments.era
        ratings = Ratings(
            _ints(examples.user), _ints(examples.movie), np.ascontiguousarray(examples.rating, np.float32),
            _ints(session), _ints(era),
            *self._known,
        )  # fmt: skip
        low, high = output_range(self.config, self._shape[2])
        told = Told(
            self.config.stretched_sigmoid, np.float32(low), np.float32(high), self._offset,
            *(np.float32(settings[name] if name in used else 0) for name in _OF_WATCHING),
        )  # fmt: skip
        penalties = {
            name: settings[self.architecture.penalties.get(name, "row_penalty")] for name in self._table_shapes
        }
        decays = {name: self._table_decay(name, settings) for name in self._table_shapes}
        nothing = ArrayTable({}, 1)
        users, movies, sessions = (
            self._row_tables.get(kind, nothing).for_steps(penalties, decays) for kind in ("user", "movie", "session")
        )
        # Threads of the matrix products wait for each other by turning, and take the pages' processor.
        with _threads().limit(limits=1, user_api="blas"):
            return run_steps(
                ratings, np.ascontiguousarray(rates, np.float32), self._step, self.batch_size,
                parts_of(self.batch_size), Model(users, movies, sessions, self._at), told,
            )  # fmt: skip

    def predict(self, examples: Examples) -> np.ndarray:
        stretched = output_range(self.config, self._shape[2]) if self.config.stretched_sigmoid else None
        said = np.empty(len(examples), np.float32)
        for start in range(0, len(examples), PREDICTED_AT_ONCE):
            block = slice(start, start + PREDICTED_AT_ONCE)
            users = self._row_tables["user"].rows(examples.user[block])
            movies = self._row_tables["movie"].rows(examples.movie[block])
            score = self._offset + np.einsum("ij,ij->i", users[USER_EMBEDDING], movies[MOVIE_EMBEDDING])
            for rows, name in ((users, USER_BIAS), (movies, MOVIE_BIAS)):
                if name in rows:
                    score += rows[name][:, 0]
            said[block] = to_stars(score, stretched)
        return said

    def _keeps_tables_by_row(self) -> bool:
        return True

    def _new_row_table(self, sizes: Mapping[str, int], kind: str) -> ArrayTable:
        return ArrayTable(sizes, self._n_rows(kind), all_step=self.config.table_updates == "dense")

    @cached_property
    def _at(self) -> Columns:
        from recsys_core.training.dot.steps import Columns

        def column(kind: str, name: str) -> int:
            return self._row_tables[kind].column(name) if kind in self._row_tables else -1

        return Columns(
            user=column("user", USER_EMBEDDING),
            user_watch=column("user", USER_WATCH_EMBEDDING),
            user_bias=column("user", USER_BIAS),
            movie=column("movie", MOVIE_EMBEDDING),
            movie_bias=column("movie", MOVIE_BIAS),
            movie_era=column("movie", MOVIE_ERA),
            session=column("session", SESSION_EMBEDDING),
            session_bias=column("session", SESSION_BIAS),
            size=self.config.movie_embedding_size,
            n_eras=N_ERAS if MOVIE_ERA in self._table_shapes else 0,
        )


def _ints(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, np.int32)


@cache
def _threads() -> Any:
    from threadpoolctl import ThreadpoolController

    # What Numba multiplies matrices with, which it loads when it first does, must be there to be limited.
    importlib.import_module("scipy.linalg.cython_blas")
    return ThreadpoolController()
