"""Naming runs, noting what is to be remembered of them, and starring them. Their folders and addresses stay."""

from __future__ import annotations

from typing import Any

from recsys_core.errors import RunError
from recsys_core.runs.atomic import replacing
from recsys_core.runs.keeping.lock import check_own, check_there, keeping
from recsys_core.runs.marks import MARKS_FILE, Marks, checked_marks, read_marks
from recsys_core.runs.run import Run


def label_of(run: Run) -> str:
    """What people call `run`; its folder's name where it is too damaged to say. Raises nothing."""
    try:
        return run.label
    except RunError:
        return run.name


def rename(run: Run, label: str) -> Marks:
    """Call `run` by `label`; an empty one gives it back the name it was saved with.

    Raises `RunError`, as the others here do: for the example run, a text too long, a run that is gone, a full disk.
    """
    return _change(run, label=label)


def annotate(run: Run, note: str) -> Marks:
    """Keep `note` with `run`; an empty one takes it away."""
    return _change(run, note=note)


def star(run: Run, is_starred: bool = True) -> Marks:
    """Mark `run` with a star, or take that away."""
    return _change(run, is_starred=is_starred)


def _change(run: Run, **changes: Any) -> Marks:
    # Read and written under one lock: of two who change different marks at once, both are heard.
    with keeping(check_own([run])):
        check_there(run)
        marks = checked_marks(read_marks(run.path).model_copy(update=changes))
        with replacing(run.path / MARKS_FILE, synced=True) as temporary:
            temporary.write_text(marks.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return marks
