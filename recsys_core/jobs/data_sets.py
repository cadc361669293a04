"""Data sets added by people: read once, written whole or not at all, also in the background while a page goes on."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock

from recsys_core.data.catalog import BUILT_IN
from recsys_core.data.download.editions import LICENSE, DownloadableEdition, find_downloadable
from recsys_core.data.download.fetching import SILENT_SECONDS, WAIT_SECONDS, fetch, md5_of, published_md5
from recsys_core.data.importing.columns import ColumnNames
from recsys_core.data.importing.reading import Imported, read_source
from recsys_core.data.library.folder import OwnDataSet, data_dir, fill_folder, id_for, own_data_set
from recsys_core.errors import DataError, RunError
from recsys_core.jobs.work import Lane, ShouldStop, Tell, Work
from recsys_core.runs.atomic import check_room, replacing, write_folder

BYTES_A_RATING = 24
"""Of the data folder's disk that an import may take: 20 in the file and what goes with it."""
_FETCHING = 0.6
_READING = 0.8
"""Share of the time after which reading is over."""
_UPLOADS, _DOWNLOADS = ".uploads", ".downloads"
_OLD_SECONDS = 86_400


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


def adding_work(path: Path, columns: ColumnNames | None, name: str, number: int = 0) -> Work:
    """`add_data_set` in the background; its result is the id. With another `number`, it is added once more."""

    def do(tell: Tell, should_stop: ShouldStop) -> str:
        try:
            return add_data_set(path, columns, name=name, tell=tell, should_stop=should_stop).id
        except RunError as error:
            raise DataError(str(error)) from error

    stamp = path.stat().st_mtime_ns if path.exists() else 0
    return Work("add-data", (str(path), stamp, columns, name, number), f"Adding {name or path.name}", do, Lane.LONG)


def download_data_set(
    name: str,
    *,
    tell: Callable[..., None] = lambda share, message="": None,
    should_stop: ShouldStop = lambda: False,
    silent_seconds: float = SILENT_SECONDS,
    wait_seconds: float = WAIT_SECONDS,
) -> OwnDataSet:
    """Download a MovieLens edition and add it. What has come stays when it is stopped or breaks off, to go on with.

    Raises `DataError` if it cannot be had or is not what was published, `RunError` if there is no room, `Cancelled`.
    """
    edition = find_downloadable(name)
    root = data_dir()
    if own_data_set(name) is not None:
        raise DataError(f"A data set must be removed before it is downloaded again. Received: {name}, which is there.")
    check_room(root, 2 * edition.n_bytes + BYTES_A_RATING * (edition.n_ratings or 100_000))
    folder = root / _DOWNLOADS
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.zip"

    def tell_bytes(done: int, total: int | None) -> None:
        total = total or edition.n_bytes
        tell(_FETCHING * min(done / max(total, 1), 1.0), f"{done / 1e6:,.1f} of {total / 1e6:,.1f} MB")

    with FileLock(folder / f"{name}.lock"):
        fetch(
            edition.url, target, tell=tell_bytes, should_stop=should_stop, silent_seconds=silent_seconds,
            wait_seconds=wait_seconds,
        )  # fmt: skip
        tell(_FETCHING, "Checking what has come")
        try:
            expected = published_md5(edition.url, silent_seconds)
            if expected is not None:
                _check_md5(edition, target, expected, should_stop)
            imported = read_source(
                target, name=name, should_stop=should_stop,
                tell=lambda share: tell(_FETCHING + (_READING - _FETCHING) * share, "Reading"),
            )  # fmt: skip
            if edition.n_ratings not in (None, imported.ratings.n_ratings):
                raise DataError(
                    f"{name} must have {edition.n_ratings:,} ratings. Received: {imported.ratings.n_ratings:,}, from "
                    f"{edition.url}."
                )
        except DataError:
            # Nothing of it is of use: the next attempt begins anew.
            target.unlink(missing_ok=True)
            raise
        tell(_READING, "Looking at what is in it")
        added = store(imported, edition.url, license=LICENSE)
        target.unlink(missing_ok=True)
    return added


def downloading_work(name: str, number: int = 0) -> Work:
    """`download_data_set` in the background; its result is the id. Another `number` is another download of it."""

    def do(tell: Tell, should_stop: ShouldStop) -> str:
        try:
            return download_data_set(name, tell=tell, should_stop=should_stop).id
        except RunError as error:
            raise DataError(str(error)) from error

    return Work("download-data", (name, number), f"Downloading {name}", do, Lane.LONG)


def begun_bytes(name: str) -> int:
    """Bytes that are there of a download that was stopped or broke off."""
    target = data_dir() / _DOWNLOADS / f"{find_downloadable(name).name}.zip"
    return target.stat().st_size if target.exists() else 0


def _check_md5(edition: DownloadableEdition, target: Path, expected: str, should_stop: ShouldStop) -> None:
    found = md5_of(target, should_stop)
    if found != expected:
        raise DataError(
            f"{edition.name}.zip must have the md5 {expected} that is published with it. "
            f"Received: {found}, from {edition.url}: it was removed; download it again."
        )


def keep_upload(token: str, name: str, content: BinaryIO) -> Path:
    """Where an uploaded file lies until it is a data set: hidden in the data folder, under a harmless name.

    token: letters and digits that tell it from others. Raises `RunError` if there is no room.
    """
    harmless = re.sub(r"[^\w. -]+", "-", Path(name.replace("\\", "/")).name).lstrip(". ")[-80:] or "upload.csv"
    folder = data_dir() / _UPLOADS / token
    target = folder / harmless
    if target.exists():
        return target
    check_room(data_dir(), content.seek(0, os.SEEK_END))
    content.seek(0)
    _remove_old_uploads()
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(target) as temporary, temporary.open("wb") as file:
        shutil.copyfileobj(content, file, 1 << 20)
    return target


def discard_upload(path: Path) -> None:
    """Remove an uploaded file once it is a data set; a file of the owner's stays."""
    if path.parent.parent == data_dir() / _UPLOADS:
        shutil.rmtree(path.parent, ignore_errors=True)


def _remove_old_uploads() -> None:
    """Those that nobody has added within a day."""
    for folder in (data_dir() / _UPLOADS).glob("*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _OLD_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
