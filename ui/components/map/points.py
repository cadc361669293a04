"""What a map shows: movies with their places, and how they are painted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa

_TEXT = ("title", "genres")
_NUMBERS = ("year", "n_ratings", "mean_rating", "bias")


@dataclass(frozen=True)
class Table:
    """Columns for the browser, with an id that says what is in them."""

    columns: pa.Table
    id: str

    @classmethod
    def of(cls, columns: dict[str, pa.Array]) -> Table:
        table = pa.table(columns).combine_chunks()
        digest = hashlib.blake2b(digest_size=10)
        for name, column in columns.items():
            digest.update(name.encode())
            for buffer in column.buffers():
                if buffer is not None:
                    digest.update(buffer)
        return cls(table, digest.hexdigest())


@dataclass(frozen=True, eq=False)
class MapPoints:
    """Movies and where they lie. Row i of `coordinates` is row i of `movies`.

    Raises `ValueError` unless there is a place, in two or three dimensions, for each movie.
    """

    movies: pd.DataFrame = field(repr=False)
    """movie_id, title, year, genres, n_ratings, mean_rating, bias: `Run.movies`, or some of its rows."""
    coordinates: np.ndarray = field(repr=False)
    """float `(n_movies, 2 or 3)`; any scale, the map fits them in."""

    def __post_init__(self) -> None:
        shape = np.shape(self.coordinates)
        if len(shape) != 2 or shape[1] not in (2, 3) or shape[0] != len(self.movies):
            raise ValueError(
                f"`coordinates` must have shape (n_movies, 2 or 3). Received: {shape} for {len(self.movies):,} movies."
            )

    @property
    def dims(self) -> int:
        return self.coordinates.shape[1]

    @cached_property
    def movie_table(self) -> Table:
        columns = {"movie_id": pa.array(self.movies["movie_id"].to_numpy(np.int32))}
        for name in _TEXT:
            columns[name] = pa.array(self.movies[name].astype(str).tolist(), pa.string())
        for name in _NUMBERS:
            columns[name] = pa.array(self.movies[name].to_numpy(np.float32, na_value=np.nan))
        return Table.of(columns)

    @cached_property
    def coordinate_table(self) -> Table:
        axes = np.asarray(self.coordinates, np.float32).T
        return Table.of(dict(zip("xyz", map(_column, axes), strict=False)))

    def at(self, coordinates: np.ndarray) -> MapPoints:
        """The same movies elsewhere: the browser is sent the coordinates alone."""
        moved = MapPoints(self.movies, coordinates)
        moved.__dict__["movie_table"] = self.movie_table
        return moved


@dataclass(frozen=True, eq=False)
class ColorBy:
    """What a movie's color says. Use `genre`, `amount`, `difference` or `category`."""

    kind: Literal["genre", "sequential", "diverging", "category"]
    title: str
    values: np.ndarray | None = field(default=None, repr=False)
    names: tuple[str, ...] = ()
    none: str = "None"
    log: bool = False
    decimals: int = 0
    grouping: bool = True

    @classmethod
    def genre(cls) -> ColorBy:
        """The genre that says most of a movie (`labels.TELLING`), or of those that are chosen in the legend."""
        return cls("genre", "Genre")

    @classmethod
    def amount(
        cls, title: str, values: np.ndarray, *, log: bool = False, decimals: int = 0, grouping: bool = True
    ) -> ColorBy:
        """A number per movie on the sequential scale; NaN is painted gray."""
        return cls("sequential", title, values, log=log, decimals=decimals, grouping=grouping)

    @classmethod
    def difference(cls, title: str, values: np.ndarray, *, decimals: int = 1) -> ColorBy:
        """A number per movie on the diverging scale with its neutral at zero; NaN is painted gray."""
        return cls("diverging", title, values, decimals=decimals)

    @classmethod
    def category(cls, title: str, codes: np.ndarray, names: Sequence[str], none: str = "None") -> ColorBy:
        """A code per movie: a place in `names`, or -1 for `none`."""
        return cls("category", title, codes, tuple(names), none)

    def spec(self) -> dict:
        """What the browser needs to know beside the values."""
        return {
            "kind": self.kind,
            "title": self.title,
            "names": list(self.names),
            "none": self.none,
            "log": self.log,
            "decimals": self.decimals,
            "grouping": self.grouping,
        }


def style_table(color: ColorBy, size: np.ndarray | None) -> Table | None:
    """The color values and marker diameters (px) of all movies; `None` if neither is set."""
    columns = {}
    if color.values is not None:
        columns["color"] = _column(color.values)
    if size is not None:
        columns["size"] = _column(size)
    return Table.of(columns) if columns else None


def sizes_by(amounts: np.ndarray) -> np.ndarray:
    """Marker diameters in px whose areas grow with `amounts` (`(n,)`, not negative): float32 `(n,)`."""
    amounts = np.nan_to_num(np.asarray(amounts, np.float64)).clip(0)
    n = max(len(amounts), 1)
    smallest = float(np.clip(5.2 - 0.75 * np.log10(n), 1.8, 5))
    largest = float(np.clip(30 - 3.2 * np.log10(n), 12, 24))
    share = np.sqrt(amounts / max(float(amounts.max(initial=0.0)), 1e-12))
    return (smallest + (largest - smallest) * share).astype(np.float32)


def _column(values: np.ndarray) -> pa.Array:
    return pa.array(np.ascontiguousarray(values, np.float32), from_pandas=False)
