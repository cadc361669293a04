"""The data sets there are, by id and fingerprint: the built-in one, those imported, and files given by their path.

A fingerprint is a hash of the content. So whoever remembers id and fingerprint either gets the very same ratings again,
or is told that the files have changed.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from recsys_core.data import movielens
from recsys_core.data.bounded.files import DataFiles, FileStamp, open_data_files
from recsys_core.data.layouts import LAYOUTS
from recsys_core.data.library.aggregates import Aggregates, aggregates_of
from recsys_core.data.library.folder import OwnDataSet, own_data_set
from recsys_core.data.ratings import Ratings
from recsys_core.errors import DataError, quoted

BUILT_IN = "ml-latest-small-2016"
PATH_PREFIX = "path:"
"""Begins the id of a file or folder; its absolute path follows."""
MAX_CACHED_RATINGS = 50_000_000
"""In all the data sets that are kept in memory, which is 1 GB. The one used last is always kept."""

_MAX_CACHED = 8
_MAX_FINGERPRINTS = 100
_SETTLED_NS = 2_000_000_000
"""A file changed less than this ago may change again without its times telling: some clocks tick that slowly."""


@dataclass(frozen=True)
class DataSet:
    """Ratings that can be loaded, and told from others."""

    id: str
    """`BUILT_IN`, the name of a folder in the data folder, or `PATH_PREFIX` and an absolute path."""
    name: str
    """For people."""
    fingerprint: str
    """32 hexadecimal digits; empty if nobody remembers it (runs of earlier versions): then any content will do."""


@dataclass(frozen=True)
class Contents:
    """What there is to know of a data set without reading all of it."""

    aggregates: Aggregates
    notices: tuple[str, ...]
    """What was noticed or put right while reading, a sentence each."""


def find_data_set(reference: str | Path | None = None) -> DataSet:
    """The data set that `reference` means: an id, or the path of a MovieLens folder or zip; None for the built-in one.

    Reads files given by path once to fingerprint them, again only after they have changed. Raises `DataError`.
    """
    own = own_data_set(str(reference))
    if own is not None:
        return DataSet(own.id, own.info.name, own.info.fingerprint)
    data_id = _id_of(reference)
    if data_id != BUILT_IN and _is_missing(data_id.removeprefix(PATH_PREFIX)):
        given = str(reference).removeprefix(PATH_PREFIX)
        raise DataError(
            "`data` must be a data set's id, or the path of a MovieLens folder or zip file. "
            f"Received: {quoted(given)}, which does not exist."
        )
    with _opened(data_id) as (data_id, name, files):
        return DataSet(data_id, name, _fingerprint(files))


def remembered(data_set: DataSet) -> DataSet:
    """`data_set` with its fingerprint, once its files are seen to be there and unchanged. Raises `DataError`."""
    if not data_set.id:
        raise DataError(
            f"The ratings must be the built-in ones or a file. Received: {quoted(data_set.name)}, made in memory: "
            "they cannot be read again."
        )
    if _is_imported(data_set):
        return replace(data_set, fingerprint=_imported(data_set).info.fingerprint)
    with _opened_again(data_set) as (_, files):
        return replace(data_set, fingerprint=_checked(files, data_set))


def is_there(data_set: DataSet) -> bool:
    """Whether its ratings can be read again, as far as a quick look tells: files given by their path are not opened."""
    if _is_imported(data_set):
        try:
            _imported(data_set)
        except DataError:
            return False
        return True
    return os.path.lexists(_place(data_set))


def contents_of(data_set: DataSet) -> Contents:
    """What is in `data_set`: as it was counted when it was imported, else counted now. Raises `DataError`."""
    data_set = remembered(data_set)
    if _is_imported(data_set):
        own = _imported(data_set)
        return Contents(own.aggregates, own.report.notices)
    ratings = load_ratings(data_set)
    return Contents(aggregates_of(ratings), ratings.notices)


def load_ratings(data_set: DataSet | str | Path | None = None) -> Ratings:
    """The ratings of `data_set`, from memory if they are there. They are shared, so nobody can write to them.

    In a notebook, what `find_data_set` takes will do too. Raises `DataError` if the files are not there any more, are
    not what they were, or cannot be used.
    """
    if not isinstance(data_set, DataSet):
        data_set = find_data_set(data_set)
    if not data_set.id or not data_set.fingerprint:
        data_set = remembered(data_set)
    with _cache.loading(data_set):
        loaded = _cache.get(data_set)
        if loaded is None:
            loaded = _read(data_set)
            _cache.put(data_set, loaded)
    return loaded


def known_size(data_set: DataSet) -> int | None:
    """How many ratings it has, if that is known without reading them: they are in memory, or were imported."""
    loaded = _cache.get(data_set)
    if loaded is not None:
        return loaded.n_ratings
    try:
        return _imported(data_set).info.n_ratings if _is_imported(data_set) else None
    except DataError:
        return None


def provide(ratings: Ratings) -> None:
    """Have `load_ratings` give these, which came from elsewhere, for their id and fingerprint, as long as they are in
    memory."""
    _cache.put(DataSet(ratings.id, ratings.name, ratings.fingerprint), _unwritable(ratings))


def _is_missing(path: str) -> bool:
    """Whether nothing is at `path`. What is wrong with it otherwise is told by whoever opens it."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        pass
    return False


def _id_of(reference: str | Path | None) -> str:
    if reference is None or reference == BUILT_IN:
        return BUILT_IN
    path = str(reference).removeprefix(PATH_PREFIX)
    try:
        path.encode("utf-8")
        # Links are followed: where one leads tomorrow is another data set.
        return PATH_PREFIX + os.path.realpath(path)
    except (ValueError, OSError) as error:
        raise DataError(
            f"`data` must be a data set's id or a path without odd characters. Received: {quoted(str(reference))}."
        ) from error


def _is_imported(data_set: DataSet) -> bool:
    return data_set.id != BUILT_IN and not data_set.id.startswith(PATH_PREFIX)


def _imported(data_set: DataSet) -> OwnDataSet:
    """A data set of the data folder that was there once. Raises `DataError` if it is gone or another one by now."""
    own = own_data_set(data_set.id)
    if own is None:
        raise DataError(
            f"The ratings must be those of {quoted(data_set.name)} as they were. "
            f"Received: the data set {quoted(data_set.id)}, which is not there any more: add it again."
        )
    if data_set.fingerprint not in ("", own.info.fingerprint):
        raise DataError(
            f"The ratings must be those of {quoted(data_set.name)} as they were (fingerprint {data_set.fingerprint}). "
            f"Received: the data set {quoted(data_set.id)}, which has changed since."
        )
    return own


@contextmanager
def _opened(data_id: str) -> Iterator[tuple[str, str, DataFiles]]:
    """Id, name and open files of a data set."""
    if data_id == BUILT_IN:
        with open_data_files(movielens.BUILT_IN_DIR, [movielens.BUILT_IN_FILES]) as files:
            yield data_id, movielens.BUILT_IN_NAME, files
        return
    path = Path(data_id.removeprefix(PATH_PREFIX))
    with open_data_files(path, list(LAYOUTS)) as files:
        yield data_id, (path.stem if path.suffix.lower() == ".zip" else path.name) or str(path), files


@contextmanager
def _opened_again(data_set: DataSet) -> Iterator[tuple[str, DataFiles]]:
    """Name and open files of a data set that was there once."""
    if not os.path.lexists(_place(data_set)):
        raise DataError(
            f"The ratings must be those of {quoted(data_set.name)} as they were. "
            f"Received: {quoted(_place(data_set))}, which does not exist any more."
        )
    with _opened(data_set.id) as (_, name, files):
        yield name, files


def _read(data_set: DataSet) -> Ratings:
    loaded = _imported(data_set).ratings() if _is_imported(data_set) else _read_files(data_set)
    return replace(_unwritable(loaded), id=data_set.id, fingerprint=data_set.fingerprint)


def _unwritable(ratings: Ratings) -> Ratings:
    for column in (ratings.user_id, ratings.movie_id, ratings.rating, ratings.timestamp):
        column.flags.writeable = False
    return ratings


def _read_files(data_set: DataSet) -> Ratings:
    with _opened_again(data_set) as (name, files):
        _checked(files, data_set)
        loaded = movielens.read_built_in() if data_set.id == BUILT_IN else LAYOUTS[files.layout](files, name)
        if files.has_changed():
            raise DataError(
                f"The ratings must stay as they are while they are read. Received: {quoted(_place(data_set))}, "
                "which somebody wrote to: try again."
            )
    return loaded


def _checked(files: DataFiles, data_set: DataSet) -> str:
    """The fingerprint of `files`. Raises `DataError` unless it is the one remembered, if one is."""
    fingerprint = _fingerprint(files)
    if data_set.fingerprint not in ("", fingerprint):
        raise DataError(
            f"The ratings must be those of {quoted(data_set.name)} as they were (fingerprint {data_set.fingerprint}). "
            f"Received: {quoted(_place(data_set))}, which has changed since."
        )
    return fingerprint


def _place(data_set: DataSet) -> str:
    return str(movielens.BUILT_IN_DIR) if data_set.id == BUILT_IN else data_set.id.removeprefix(PATH_PREFIX)


_fingerprints: OrderedDict[tuple[FileStamp, ...], str] = OrderedDict()
_fingerprints_lock = threading.Lock()


def _fingerprint(files: DataFiles) -> str:
    """As `files.fingerprint()`, which need not read files again whose size and times are those of last time."""
    with _fingerprints_lock:
        if files.stamp in _fingerprints:
            _fingerprints.move_to_end(files.stamp)
            return _fingerprints[files.stamp]
    fingerprint = files.fingerprint()
    last_change = max(max(each.modified_ns, each.changed_ns) for each in files.stamp)
    if time.time_ns() - last_change > _SETTLED_NS and not files.has_changed():
        with _fingerprints_lock:
            _fingerprints[files.stamp] = fingerprint
            while len(_fingerprints) > _MAX_FINGERPRINTS:
                _fingerprints.popitem(last=False)
    return fingerprint


class _Cache:
    """Loaded ratings by id and fingerprint, the latest ones, bounded by their number of ratings in all."""

    def __init__(self, max_ratings: int) -> None:
        self._max_ratings = max_ratings
        self._lock = threading.Lock()
        self._loaded: OrderedDict[tuple[str, str], Ratings] = OrderedDict()
        self._reading = [threading.Lock() for _ in range(16)]

    @contextmanager
    def loading(self, data_set: DataSet) -> Iterator[None]:
        """Whoever else wants the same data set meanwhile waits, and finds it loaded; others hardly ever wait."""
        with self._reading[hash((data_set.id, data_set.fingerprint)) % len(self._reading)]:
            yield

    def get(self, data_set: DataSet) -> Ratings | None:
        key = (data_set.id, data_set.fingerprint)
        with self._lock:
            if key in self._loaded:
                self._loaded.move_to_end(key)
            return self._loaded.get(key)

    def put(self, data_set: DataSet, loaded: Ratings) -> None:
        with self._lock:
            self._loaded[data_set.id, data_set.fingerprint] = loaded
            while len(self._loaded) > 1 and self._is_full():
                self._loaded.popitem(last=False)

    def _is_full(self) -> bool:
        n_ratings = sum(each.n_ratings for each in self._loaded.values())
        return n_ratings > self._max_ratings or len(self._loaded) > _MAX_CACHED


_cache = _Cache(MAX_CACHED_RATINGS)
