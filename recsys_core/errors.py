"""The one family of errors that people see: each message says what is wrong, what was received and what is accepted."""

from __future__ import annotations

import re
import reprlib
from pathlib import PurePath

MAX_QUOTED = 200
"""Characters of what was received that a message quotes at most."""
MAX_MESSAGE = 2_000

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = MAX_QUOTED
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _SHORT.maxset = 30


class RecsysError(Exception):
    """Base of every error that recsys_core raises on purpose; pages show its message, never a traceback.

    The message is one line of text that any terminal and page can show, whatever was put into it.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(_one_line(message))


class DataError(RecsysError):
    """Ratings or movie files that cannot be used."""


class ConfigError(RecsysError):
    """A setting outside what is accepted."""


class TrainingError(RecsysError):
    """Training that cannot go on, such as a loss that is not finite."""


class RunError(RecsysError):
    """A saved run that is missing, incomplete or unreadable."""


class ProjectionError(RecsysError):
    """Embeddings that cannot be projected as asked."""


class QueryError(RecsysError):
    """A question about embeddings that has no answer, such as a movie that is not in the run."""


class JobError(RecsysError):
    """A job that is not known, one too many, or a message about one that cannot be read."""


class SweepError(RecsysError):
    """A sweep that is not known, damaged, in other hands, or planned with what does not fit together."""


class Cancelled(RecsysError):
    """Work that was stopped because its owner asked for it."""


def quoted(value: object) -> str:
    """`value` as a message quotes it: its `repr` in one line, at most 200 characters, an ellipsis for what is left out.

    Of a long text or list only what is shown is looked at, so that quoting a gigabyte costs nothing.
    """
    if isinstance(value, PurePath):
        value = str(value)
    elif type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        value = value.item()  # type: ignore[attr-defined]
    try:
        text = _one_line(_SHORT.repr(value))
    except Exception:
        # Python itself refuses to write out an integer of many thousand digits.
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= MAX_QUOTED else f"{text[: MAX_QUOTED - 1]}…"


def _one_line(text: str) -> str:
    if len(text) > MAX_MESSAGE:
        text = f"{text[: MAX_MESSAGE - 1]}…"
    # Half a surrogate pair, which a file name may hold, is nothing that can be written anywhere.
    return _BREAKS.sub(" ", text).strip().encode("utf-8", "backslashreplace").decode("utf-8")
