"""Runs taken away as a zip, and brought back from one that anybody may have made: bounded, checked, complete or absent.

A folder a run: what training wrote, what people say of it, and what was measured. Names in a zip are only compared and
never used as paths; what is no file of a run is passed over.
"""

from __future__ import annotations

import itertools
import re
import shutil
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from recsys_core.data.bounded.files import MAX_RATIO, MAX_ZIP_ENTRIES, RATIO_FREE_BYTES
from recsys_core.data.bounded.streams import ZIP_ERRORS, DirectoryGuard
from recsys_core.errors import DataError, RunError, quoted
from recsys_core.runs.atomic import check_room, write_folder
from recsys_core.runs.damage import damage_of
from recsys_core.runs.keeping.naming import label_of
from recsys_core.runs.marks import MARKS_FILE, MAX_LABEL
from recsys_core.runs.run import CACHE_DIR_NAME, REQUIRED_FILES, Run
from recsys_core.runs.store import EXAMPLE_RUN_DIR, MAX_RUN_NAME, list_runs, new_run_name, run_path, runs_dir

FILES = (
    *REQUIRED_FILES, "users.parquet", "movie_taste.npy", "movie_eras.npy", "snapshots.npy", "snapshot_epochs.npy",
    MARKS_FILE,
    f"{CACHE_DIR_NAME}/quality.json", f"{CACHE_DIR_NAME}/neighbor_lists.npy",
)  # fmt: skip
MAX_RUNS = 100
"""Of one zip."""
MAX_FILE_BYTES = 2 << 30
"""Of a run's file, unpacked: tables of 512 numbers for a million users take as much."""
MAX_BYTES = 8 << 30
"""Of all runs of a zip, unpacked."""
MAX_BYTES_IN_MEMORY = 1 << 30
"""Of a zip that is made in memory, for a browser to download."""

_BLOCK = 1 << 20
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_Packed = dict[str, zipfile.ZipInfo]
"""Files of a run by their names."""


def export_runs(runs: Iterable[Run], file: IO[bytes]) -> None:
    """Write a zip of `runs` into `file`: whole, also where one is damaged. Raises `RunError` if one is gone."""
    # Numbers that were learned hardly get smaller: stored, they are written as fast as they are read.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for run in runs:
            there = [name for name in FILES if run.has(name)]
            if not there:
                raise RunError(f"A run must be there to be taken away. Received: {quoted(run.name)}, which is gone.")
            for name in there:
                with run.reading(name) as path:
                    archive.write(path, f"{run.name}/{name}")


def import_runs(file: IO[bytes], root: Path | None = None, *, name: str = "") -> list[Run]:
    """Bring back the runs of a zip into `root` (default `runs_dir()`), all or none, and return them.

    name: what the zip is called. A run whose folder is taken gets a suffix, and one that is called as another there is
    called "… (imported)". Raises `RunError` for what is no zip of runs, for damaged runs, for what is too much, and for
    a disk that refuses.
    """
    root = root or runs_dir()
    shown = quoted(name or "a file")
    with _opened(file, name, shown) as archive:
        packed = _runs_in(archive, shown)
        check_room(root, _checked_total(packed.values()))
        back: list[Run] = []
        labels = {label_of(run) for run in list_runs(root)}
        try:
            for folder, files in packed.items():
                path = run_path(_run_name(folder, Path(name).stem), root)
                back.append(_unpack(archive, files, path, shown, labels))
                labels.add(back[-1].label)
        except BaseException:
            for run in back:
                shutil.rmtree(run.path, ignore_errors=True)
            raise
    return back


def import_run(file: IO[bytes], path: Path) -> Run:
    """Bring back the one run of a zip as the folder `path`, or with a suffix where that is taken. Raises `RunError`."""
    shown = quoted(path.name)
    with _opened(file, "", shown) as archive:
        packed = _runs_in(archive, shown)
        if len(packed) != 1:
            raise RunError(f"The zip of a run must hold one. Received: {len(packed)}.")
        check_room(path.parent, _checked_total(packed.values()))
        (files,) = packed.values()
        return _unpack(archive, files, path, shown)


def _opened(file: IO[bytes], name: str, shown: str) -> zipfile.ZipFile:
    with _errors_of(shown):
        return zipfile.ZipFile(DirectoryGuard(file, name))  # type: ignore[arg-type]


def _runs_in(archive: zipfile.ZipFile, shown: str) -> dict[str, _Packed]:
    """Folder in the zip -> its files; every one of them has a config.json."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_ZIP_ENTRIES:
        raise RunError(f"A zip of runs must hold at most {MAX_ZIP_ENTRIES:,} files. Received: {len(entries):,}.")
    found: dict[str, _Packed] = defaultdict(dict)
    for entry in entries:
        # Some programs write Windows' separators.
        path = entry.filename.replace("\\", "/")
        file_name = next((name for name in FILES if path == name or path.endswith(f"/{name}")), None)
        # What macOS adds to every zip lies in a folder of its own and is named alike.
        if file_name is None or path.startswith("__MACOSX/"):
            continue
        folder = path.removesuffix(file_name).strip("/")
        if file_name in found[folder]:
            raise RunError(f"A zip of runs must hold each file once. Received: {quoted(path)} twice.")
        found[folder][file_name] = entry
    packed = {folder: files for folder, files in found.items() if "config.json" in files}
    if not 1 <= len(packed) <= MAX_RUNS:
        what = f"{len(packed):,} of them" if packed else "none: no folder with a config.json"
        raise RunError(f"A zip of runs must hold 1 to {MAX_RUNS} runs. Received: {shown}, with {what}.")
    return packed


def _check(entry: zipfile.ZipInfo) -> None:
    shown = quoted(entry.filename)
    if entry.flag_bits & 1:
        raise RunError(f"A zip of runs must be readable without a password. Received: {shown}, encrypted.")
    # The others can unpack a kilobyte to gigabytes in one call, before anything can be counted.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RunError(
            "Files in a zip of runs must be stored or deflated. "
            f"Received: {shown}, compressed by method number {entry.compress_type}."
        )
    if entry.file_size > MAX_FILE_BYTES:
        raise RunError(f"A run's file must have at most {MAX_FILE_BYTES:,} bytes. Received: {shown}, with more.")
    if entry.file_size > max(RATIO_FREE_BYTES, MAX_RATIO * entry.compress_size):
        raise RunError(
            f"A run's file must unpack to at most {MAX_RATIO} times its packed size. "
            f"Received: {shown}, {entry.compress_size:,} bytes that become {entry.file_size:,}."
        )


def _checked_total(packed: Iterable[_Packed]) -> int:
    """Bytes of all the files, each of which was checked."""
    entries = [entry for files in packed for entry in files.values()]
    for entry in entries:
        _check(entry)
    n_bytes = sum(entry.file_size for entry in entries)
    if n_bytes > MAX_BYTES:
        raise RunError(f"The runs of a zip must have at most {MAX_BYTES:,} bytes. Received: {n_bytes:,}.")
    return n_bytes


def _unpack(archive: zipfile.ZipFile, files: _Packed, path: Path, shown: str, labels: Collection[str] = ()) -> Run:
    """The run of `files`, at `path`; called apart from those with `labels`."""

    def fill(folder: Path) -> None:
        for file_name, entry in files.items():
            target = folder / file_name
            target.parent.mkdir(exist_ok=True)
            with target.open("wb") as out:
                for block in _blocks(archive, entry, shown):
                    out.write(block)
        damage = damage_of(Run(folder), thorough=True)
        if damage:
            raise RunError(f"A zip of runs must hold sound ones. {damage.replace(folder.name, path.name)}")
        _tell_apart(Run(folder), labels)

    return Run(write_folder(path, fill))


def _tell_apart(run: Run, labels: Collection[str]) -> None:
    """Call a run whose label is among `labels` "… (imported)": of two alike, nobody would know which one came."""
    if run.label not in labels:
        return
    suffixes = itertools.chain([" (imported)"], (f" (imported {number})" for number in itertools.count(2)))
    apart = (f"{run.label[: MAX_LABEL - len(suffix)]}{suffix}" for suffix in suffixes)
    marks = run.marks.model_copy(update={"label": next(label for label in apart if label not in labels)})
    (run.path / MARKS_FILE).write_text(marks.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _blocks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, shown: str) -> Iterator[bytes]:
    """What `entry` unpacks to; zipfile reads no more than the size that it tells, which was checked."""
    with _errors_of(shown):
        member = archive.open(entry)
    with member:
        while True:
            with _errors_of(shown):
                block = member.read(_BLOCK)
            if not block:
                return
            yield block


def _run_name(folder: str, zip_stem: str) -> str:
    """What the run in `folder` of a zip is to be called here: made of letters that every file system takes."""
    wanted = folder.rpartition("/")[2] or zip_stem
    stem = _NOT_A_NAME.sub("-", wanted).strip("._-")[: MAX_RUN_NAME - 10] or new_run_name("imported")
    # One of that name would hide the one that ships.
    return f"{stem}-copy" if stem == EXAMPLE_RUN_DIR.name else stem


@contextmanager
def _errors_of(shown: str) -> Iterator[None]:
    try:
        yield
    except DataError as error:
        raise RunError(str(error)) from error
    except RunError:
        raise
    except ZIP_ERRORS as error:
        raise RunError(
            f"Runs must come in a complete zip file. Received: {shown}, which is damaged, truncated or no zip "
            f"({str(error)[:100]})."
        ) from None
