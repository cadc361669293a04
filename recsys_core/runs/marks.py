"""What people say of a run: its name, a note, a star. In a small file of their own beside what training wrote."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from recsys_core.errors import RunError, quoted

MARKS_FILE = "marks.json"
MAX_LABEL = 200
MAX_NOTE = 2_000
"""Characters."""
MAX_BYTES = 2**16


class Marks(BaseModel):
    """Empty where nobody said anything."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    label: str = ""
    """What the run is called; empty for what it was called when it was saved."""
    note: str = ""
    is_starred: bool = False


def read_marks(folder: Path) -> Marks:
    """The marks of the run in `folder`. Raises nothing: a file that cannot be read says nothing."""
    try:
        with (folder / MARKS_FILE).open("rb") as file:
            return checked_marks(Marks.model_validate_json(file.read(MAX_BYTES + 1)))
    except (OSError, ValidationError, RunError):
        return Marks()


def checked_marks(marks: Marks) -> Marks:
    """`marks`, white space at the ends taken off and a label's in one line. Raises `RunError` for a text too long."""
    label, note = " ".join(marks.label.split()), marks.note.strip()
    for what, text, most in (("A run's name", label, MAX_LABEL), ("A run's note", note, MAX_NOTE)):
        if len(text) > most or not _is_writable(text):
            raise RunError(
                f"{what} must have at most {most:,} characters that can be written. Received: {quoted(text)}, "
                f"{len(text):,} of them."
            )
    return marks.model_copy(update={"label": label, "note": note})


def _is_writable(text: str) -> bool:
    """Half a surrogate pair is a character to Python and to no file."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in text
