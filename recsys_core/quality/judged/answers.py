"""What people answered when they were asked: files of judged pairs beside the runs, complete whenever one is read."""

from __future__ import annotations

import csv
import datetime
import re
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from recsys_core.errors import DataError, RunError, quoted
from recsys_core.quality.judged.reading import JUDGEMENT, MOVIE, OTHER, Judgements, read_judgements
from recsys_core.runs.atomic import replacing
from recsys_core.runs.keeping.lock import keeping
from recsys_core.runs.store import runs_dir

FOLDER = ".judgements"
"""Within the folder of runs; hidden, so that nobody takes it for one."""
SUFFIX = ".csv"
MOST_ANSWERS = 10_000
"""Of one file."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

Pair = tuple[str, str]


def answers_dir() -> Path:
    """Where files of answers are kept."""
    return runs_dir() / FOLDER


def new_name(data_name: str) -> str:
    """A name for new answers about the movies of the data set `data_name`: different each time."""
    stem = re.sub(r"[^A-Za-z0-9]+", "-", data_name).strip("-").lower()[:40].rstrip("-") or "answers"
    return f"{stem}-{datetime.datetime.now():%Y%m%d-%H%M}-{secrets.token_hex(2)}"


def list_answers() -> list[str]:
    """Names of the files of answers, those that were added to last first. Raises nothing."""
    try:
        dated = [(-file.stat().st_mtime_ns, file.stem) for file in answers_dir().glob(f"*{SUFFIX}")]
    except OSError:
        return []
    return [name for _, name in sorted(dated) if _NAME.fullmatch(name)]


def answers_file(name: str) -> Path:
    """Where the answers `name` are. Raises `DataError` for a name that cannot be a file's everywhere."""
    if not _NAME.fullmatch(name):
        raise DataError(
            "Answers must have a name of 1 to 100 letters, digits, dots, dashes or underscores. "
            f"Received: {quoted(name)}."
        )
    return answers_dir() / f"{name}{SUFFIX}"


def read_answers(name: str) -> Judgements | None:
    """The answers `name`; None while there are none. Raises `DataError` if the file is damaged."""
    file = answers_file(name)
    return read_judgements(file) if file.is_file() else None


def add_answer(name: str, pair: Pair, is_good: bool) -> None:
    """Add an answer to `name`, which it begins if it is not there. Raises `DataError` and `RunError`."""

    def add(rows: list[list[str]]) -> None:
        if len(rows) >= MOST_ANSWERS:
            raise DataError(
                f"A file must have at most {MOST_ANSWERS:,} answers. Received: one more. Begin another one."
            )
        rows.append([*pair, "yes" if is_good else "no"])

    _change(name, add)


def take_back(name: str) -> Pair | None:
    """Take the last answer of `name` back and return its pair; None if there is none. Raises as `add_answer`."""
    taken: list[list[str]] = []

    def take(rows: list[list[str]]) -> None:
        taken.extend(rows[-1:])
        del rows[-1:]

    _change(name, take)
    return (taken[0][0], taken[0][1]) if taken else None


def _change(name: str, change: Callable[[list[list[str]]], None]) -> None:
    file = answers_file(name)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"Answers must be in a folder that can be written. Received: {file.parent} ({error.strerror or error})."
        ) from error
    # Two tabs may go on with one file.
    with keeping(file.parent):
        known = read_answers(name)
        rows = [] if known is None else _rows(known)
        change(rows)
        if rows:
            with replacing(file, synced=True) as temporary:
                _write(temporary, rows)
        else:
            file.unlink(missing_ok=True)


def _rows(known: Judgements) -> list[list[str]]:
    answers = zip(known.pairs, known.is_good.tolist(), strict=True)
    return [[*pair, "yes" if is_good else "no"] for pair, is_good in answers]


def _write(file: Path, rows: Sequence[Sequence[str]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as opened:
        table = csv.writer(opened)
        table.writerow((MOVIE, OTHER, JUDGEMENT))
        table.writerows(rows)
