"""The folder of one's own data sets: what is in it, each by its id, read back as it was imported.

    <data folder>/<id>/info.json, ratings.parquet, movies.parquet, aggregates.json, report.json

It is the only folder of the server that the app reads ratings from. Files and zips that lie in it beside these folders
are the owner's, offered for import.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from recsys_core import resources
from recsys_core.data.importing.editions import TABLE_SUFFIXES
from recsys_core.data.importing.reading import Imported
from recsys_core.data.importing.report import ImportReport
from recsys_core.data.library.aggregates import Aggregates, aggregates_of, movies_of
from recsys_core.data.ratings import RATING_TYPES, Ratings
from recsys_core.errors import DataError, quoted

FORMAT = 1
"""Number of the format of these folders that is written; newer ones are refused."""
MAX_JSON_BYTES = 8 << 20
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_REMOVED = ".removed-"
_FIELDS = {"userId": "user_id", "movieId": "movie_id", "rating": "rating", "timestamp": "timestamp"}
_ROWS = 1 << 20
"""Of a group of rows in the file: read at once."""


class DataSetInfo(BaseModel):
    """What a data set says of itself in info.json."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: int = FORMAT
    name: str
    """For people."""
    fingerprint: str
    """A hash of the ratings and movies: 32 hexadecimal digits."""
    n_ratings: NonNegativeInt
    n_users: NonNegativeInt
    n_movies: NonNegativeInt
    added: datetime.datetime
    source: str
    """What it was made from, for people: a file's name."""
    license: str = ""
    """Whose it is and what may be done with it, where that is known."""


@dataclass(frozen=True)
class OwnDataSet:
    """One folder; its files are read and checked when first asked for."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @cached_property
    def info(self) -> DataSetInfo:
        """Raises `DataError` if it is damaged, or of a later version."""
        info = self._json(DataSetInfo, "info.json")
        if info.format > FORMAT:
            raise DataError(
                f"The data set {quoted(self.id)} must be of format {FORMAT} or older. Received: format {info.format}, "
                "made by a later version."
            )
        return info

    @cached_property
    def aggregates(self) -> Aggregates:
        return self._json(Aggregates, "aggregates.json")

    @cached_property
    def report(self) -> ImportReport:
        return self._json(ImportReport, "report.json")

    @cached_property
    def movies(self) -> pd.DataFrame:
        """The rated movies, the most rated first: movie_id, title, year, genres, n_ratings, mean_rating."""
        with _reading(self.path / "movies.parquet"):
            return pd.read_parquet(self.path / "movies.parquet")

    def ratings(self) -> Ratings:
        """All of them, read into arrays of their own. Raises `DataError`."""
        columns = {name: np.empty(self.info.n_ratings, kind) for name, kind in RATING_TYPES.items()}
        with _reading(self.path / "ratings.parquet") as path, pq.ParquetFile(path, memory_map=True) as file:
            if file.metadata.num_rows != self.info.n_ratings:
                raise DataError(
                    f"The data set {quoted(self.id)} must have {self.info.n_ratings:,} ratings. "
                    f"Received: {file.metadata.num_rows:,}: it is damaged; remove it and add it again."
                )
            sizes = [file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)]
            groups = list(enumerate(np.cumsum([0, *sizes])[:-1].tolist()))
            # By two: most of the time goes into memory that is touched for the first time.
            with ThreadPoolExecutor(2) as readers:
                list(readers.map(lambda some: _read_groups(path, some, columns), (groups[::2], groups[1::2])))
        movies = self.movies[["movie_id", "title", "year", "genres"]]
        if (
            not pd.Index(movies["movie_id"]).is_unique
            or not np.isin(columns["movieId"][:_ROWS], movies["movie_id"]).all()
        ):
            raise DataError(f"The data set {quoted(self.id)} must know the movies it rates. Received: others.")
        return Ratings(
            columns["userId"], columns["movieId"], columns["rating"], columns["timestamp"], movies, self.info.name,
            notices=self.report.notices,
        )  # fmt: skip

    def _json(self, kind: type, name: str):
        path = self.path / name
        with _reading(path):
            if path.stat().st_size > MAX_JSON_BYTES:
                raise ValueError("it is too large")
            try:
                return kind.model_validate_json(path.read_bytes())
            except ValidationError as error:
                raise ValueError(str(error).splitlines()[0]) from error


class _reading:
    """What goes wrong with a file of a data set becomes a `DataError`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Path:
        return self._path

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError | ValueError | KeyError | pa.ArrowException):
            raise DataError(
                f"The data set {quoted(self._path.parent.name)} must be complete. Received: a damaged or missing "
                f"{self._path.name} ({quoted(str(error)[:150])}); remove it and add it again."
            ) from error


def data_dir() -> Path:
    """Where data sets are kept: `$RECSYS_DATA_DIR`, else `datasets/` beside the folder of the runs."""
    given = os.environ.get("RECSYS_DATA_DIR")
    if given:
        return Path(given)
    runs = os.environ.get("RECSYS_RUNS_DIR")
    around = Path.cwd() if resources.IS_INSTALLED else resources.FOLDER
    return (Path(runs).absolute().parent if runs else around) / "datasets"


def list_data_sets(root: Path | None = None) -> list[OwnDataSet]:
    """The data sets in `root` (default `data_dir()`), by name; one may be damaged, which `info` says."""
    try:
        with os.scandir(root or data_dir()) as entries:
            names = [each.name for each in entries if _ID.fullmatch(each.name) and each.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    folders = [(root or data_dir()) / name for name in sorted(names, key=str.casefold)]
    return [OwnDataSet(folder) for folder in folders if (folder / "info.json").is_file()]


def own_data_set(data_id: str, root: Path | None = None) -> OwnDataSet | None:
    """The data set with this id, None if there is none; an id is never used as a path."""
    if not _ID.fullmatch(data_id):
        return None
    folder = (root or data_dir()) / data_id
    return OwnDataSet(folder) if (folder / "info.json").is_file() and not folder.is_symlink() else None


def files_of_the_owner(root: Path | None = None) -> list[Path]:
    """Zips and tables that lie in the data folder, by name; links are not followed."""
    try:
        with os.scandir(root or data_dir()) as entries:
            names = [
                entry.name
                for entry in entries
                if entry.name.lower().endswith((".zip", *TABLE_SUFFIXES))
                and not entry.name.startswith(".")
                and entry.is_file(follow_symlinks=False)
            ]
    except OSError:
        return []
    return [(root or data_dir()) / name for name in sorted(names, key=str.casefold)]


def id_for(name: str) -> str:
    """An id made of a name: letters, digits, dots, dashes and underscores."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("._-")[:60].lower() or "ratings"


def fill_folder(folder: Path, imported: Imported, source: str, license: str = "") -> None:
    """Write the files of a data set into `folder`, which is empty."""
    ratings = imported.ratings
    # Arrow writes without holding up Python, which counts meanwhile.
    with ThreadPoolExecutor(1) as beside:
        written = beside.submit(_write_ratings, ratings, folder / "ratings.parquet")
        movies = movies_of(ratings)
        fingerprint = fingerprint_of(ratings, movies)
        aggregates = aggregates_of(ratings, imported.users)
        written.result()
    movies.to_parquet(folder / "movies.parquet", index=False)
    info = DataSetInfo(
        name=ratings.name,
        fingerprint=fingerprint,
        n_ratings=ratings.n_ratings,
        n_users=aggregates.counts.n_users,
        n_movies=aggregates.counts.n_movies,
        added=datetime.datetime.now(datetime.UTC).replace(microsecond=0),
        source=source,
        license=license,
    )
    for name, part in (("aggregates", aggregates), ("report", imported.report), ("info", info)):
        (folder / f"{name}.json").write_text(part.model_dump_json(indent=1), encoding="utf-8")


def _read_groups(path: Path, groups: Sequence[tuple[int, int]], columns: Mapping[str, np.ndarray]) -> None:
    """Fill `columns` with groups of rows, each with the row that it begins at."""
    with pq.ParquetFile(path, memory_map=True) as file:
        for number, start in groups:
            table = file.read_row_group(number, columns=list(columns))
            for name, column in columns.items():
                column[start : start + len(table)] = table.column(name).to_numpy()


def _write_ratings(ratings: Ratings, path: Path) -> None:
    table = pa.table({name: getattr(ratings, field) for name, field in _FIELDS.items()})
    # Ids and times as they are: dictionaries of them take longer to build and to read than they save.
    dictionaries: Any = ["rating"]
    pq.write_table(
        table, path, compression="lz4", use_dictionary=dictionaries, row_group_size=_ROWS, write_statistics=False,
        write_page_checksum=True,
    )  # fmt: skip


def fingerprint_of(ratings: Ratings, movies: pd.DataFrame) -> str:
    """BLAKE2b over the ratings and what is known of the movies: 32 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=16)
    for field in _FIELDS.values():
        digest.update(np.ascontiguousarray(getattr(ratings, field)).data)
    for name in ("movie_id", "title", "year", "genres"):
        digest.update("\0".join(map(str, movies[name].tolist())).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def remove_data_set(data_id: str, root: Path | None = None) -> None:
    """Take the data set with this id away; runs that were trained on it stay. Raises `DataError` if there is none.

    The one removed last can be had back by `restore_data_set`; it takes room until the next one is removed.
    """
    root = root or data_dir()
    found = own_data_set(data_id, root)
    if found is None:
        raise DataError(f"`data` must be the id of a data set of one's own. Received: {quoted(data_id)}.")
    try:
        # Renamed first: nobody finds half of it.
        purge_removed(root)
        os.rename(found.path, root / f"{_REMOVED}{found.id}")
    except OSError as error:
        raise DataError(f"{found.path} must be a folder that can be removed. Received: {error.strerror}.") from error


def restore_data_set(data_id: str, root: Path | None = None) -> None:
    """Take back that a data set was removed. Raises `DataError` if that cannot be done any more."""
    root = root or data_dir()
    try:
        if not _ID.fullmatch(data_id) or (root / data_id).exists():
            raise FileExistsError(0, "there is another one of that id")
        os.rename(root / f"{_REMOVED}{data_id}", root / data_id)
    except OSError as error:
        raise DataError(f"A data set must still be there to be restored. Received: {error.strerror}.") from error


def purge_removed(root: Path | None = None) -> None:
    """Free the room of what was removed."""
    for folder in (root or data_dir()).glob(f"{_REMOVED}*"):
        shutil.rmtree(folder, ignore_errors=True)
