"""Data sets added by people: read once, written whole or not at all, also in the background while a page goes on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from recsys_core.data.catalog import BUILT_IN
from recsys_core.data.importing.columns import ColumnNames
from recsys_core.data.importing.reading import Imported, read_source
from recsys_core.data.library.folder import OwnDataSet, data_dir, fill_folder, id_for
from recsys_core.errors import DataError, RunError
from recsys_core.jobs.work import Lane, ShouldStop, Tell, Work
from recsys_core.runs.atomic import check_room, write_folder

BYTES_A_RATING = 24
"""Of the data folder's disk that an import may take: 20 in the file and what goes with it."""
_READING, _WRITING = 0.8, 0.9
"""Shares of the time after which reading is over, and writing begins."""


def add_data_set(
    path: Path,
    columns: ColumnNames | None = None,
    *,
    name: str = "",
    license: str = "",
    tell: Callable[..., None] = lambda share, message="": None,
    should_stop: ShouldStop = lambda: False,
) -> OwnDataSet:
    """Import what is at `path` into the data folder: a data set with an id made of `name`, by default the file's.

    Raises `DataError` for what cannot be used, `RunError` if it cannot be written, `Cancelled` when told to stop: in
    either case nothing is left.
    """
    imported = read_source(
        path, columns, name=name, tell=lambda share: tell(_READING * share, "Reading"), should_stop=should_stop
    )
    tell(_READING, "Looking at what is in it")
    return store(imported, path.name, license=license)


def store(imported: Imported, source: str, *, license: str = "") -> OwnDataSet:
    """Write `imported` into the data folder. Raises `RunError` if it cannot be written."""
    root = data_dir()
    check_room(root, BYTES_A_RATING * imported.ratings.n_ratings)
    wanted = id_for(imported.ratings.name)
    if wanted == BUILT_IN:
        wanted = f"{wanted}-2"
    folder = write_folder(
        root / wanted, lambda folder: fill_folder(folder, imported, source, license), what="A data set"
    )
    return OwnDataSet(folder)


def adding_work(path: Path, columns: ColumnNames | None, name: str, *, removes: bool, token: str) -> Work:
    """`add_data_set` in the background; its result is the id. `removes`: the file is a copy, gone afterwards."""

    def do(tell: Tell, should_stop: ShouldStop) -> str:
        try:
            return add_data_set(path, columns, name=name, tell=tell, should_stop=should_stop).id
        except RunError as error:
            raise DataError(str(error)) from error
        finally:
            if removes:
                path.unlink(missing_ok=True)

    return Work("add-data", (token,), f"Adding {name or path.name}", do, Lane.LONG)


def upload_path(token: str, name: str) -> Path:
    """Where an uploaded file lies while it is imported: hidden in the data folder, whatever its name says."""
    suffix = "".join(character for character in Path(name).suffix.lower()[:10] if character.isalnum())
    folder = data_dir() / ".uploads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{token}-{os.getpid()}.{suffix or 'csv'}"
