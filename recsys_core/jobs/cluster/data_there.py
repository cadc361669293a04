"""Ratings where the work is done: there already under the same path, or brought once and kept by their fingerprint.

A pack is a zip of two Parquet files and what is known beside them. Whoever keeps one keeps it on disk, so that neither
another task nor another process of that machine needs it brought again.
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from recsys_core.data.catalog import DataSet, load_ratings, provide
from recsys_core.data.library.folder import data_dir
from recsys_core.data.ratings import Ratings
from recsys_core.errors import DataError
from recsys_core.runs.atomic import replacing

FOLDER_NAME = ".brought"
MOST_KEPT = 8
"""Packs kept by a machine; those not used for longest go first."""

_COLUMNS = ("user_id", "movie_id", "rating", "timestamp")
_FINGERPRINT = re.compile(r"[0-9a-f]{8,64}")


def pack(ratings: Ratings) -> bytes:
    """All that `unpack` needs to make the same `Ratings` of it."""
    columns = pd.DataFrame({name: getattr(ratings, name) for name in _COLUMNS}, copy=False)
    about = {"id": ratings.id, "fingerprint": ratings.fingerprint, "name": ratings.name, "notices": ratings.notices}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("about.json", json.dumps(about))
        archive.writestr("ratings.parquet", columns.to_parquet(index=False, compression="zstd"))
        archive.writestr("movies.parquet", ratings.movies.to_parquet(compression="zstd"))
    return packed.getvalue()


def unpack(packed: bytes) -> Ratings:
    """Raises `DataError` for what `pack` has not made, or what was damaged since."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            about = json.loads(archive.read("about.json"))
            columns = pd.read_parquet(io.BytesIO(archive.read("ratings.parquet")))
            movies = pd.read_parquet(io.BytesIO(archive.read("movies.parquet")))
        arrays = {name: np.array(columns[name]) for name in _COLUMNS}
        return Ratings(
            **arrays, movies=movies, name=about["name"], id=about["id"], fingerprint=about["fingerprint"],
            notices=tuple(about["notices"]),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, pa.ArrowException) as error:
        raise DataError(f"Ratings must arrive as they were sent. Received: a damaged pack ({error}).") from error


def is_there(data_set: DataSet, brought: bytes | None = None) -> bool:
    """Whether `load_ratings(data_set)` has the ratings here now, after looking for them in every place.

    brought: a pack of them; it is kept for the next who ask. The data set's fingerprint must be known, and its name is
    what ratings that were brought are called.
    """
    try:
        load_ratings(data_set)
    except DataError:
        pass
    else:
        return True
    if brought is None:
        brought = _kept(data_set.fingerprint)
    else:
        _keep(data_set.fingerprint, brought)
    if brought is None:
        return False
    try:
        ratings = unpack(brought)
    except DataError:
        _path(data_set.fingerprint).unlink(missing_ok=True)
        return False
    # The same content may have come under another name.
    provide(dataclasses.replace(ratings, id=data_set.id, name=data_set.name))
    return True


def _path(fingerprint: str) -> Path:
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise DataError(f"A fingerprint must be hexadecimal digits. Received: {fingerprint[:200]!r}.")
    return data_dir() / FOLDER_NAME / f"{fingerprint}.zip"


def _kept(fingerprint: str) -> bytes | None:
    path = _path(fingerprint)
    try:
        packed = path.read_bytes()
        os.utime(path)
    except OSError:
        return None
    return packed


def _keep(fingerprint: str, packed: bytes) -> None:
    """On a full disk they are not kept, and have to be brought again."""
    path = _path(fingerprint)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_bytes(packed)
        kept = sorted(path.parent.glob("*.zip"), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in kept[MOST_KEPT:]:
            file.unlink(missing_ok=True)
    except OSError:
        return
