"""The one family of errors that people see: each message says what is wrong, what was received and what is accepted."""


class RecsysError(Exception):
    """Base of every error that recsys_core raises on purpose; pages show its message, never a traceback."""


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


class Cancelled(RecsysError):
    """Work that was stopped because its owner asked for it."""


def quoted(value: object) -> str:
    """What was received, for an error message: on one line, at most 200 characters of it."""
    # Cut before it is written out: what was received may be of any length.
    text = repr(value[:MAX_QUOTED] if isinstance(value, str | bytes) else value)
    is_cut = (isinstance(value, str | bytes) and len(value) > MAX_QUOTED) or len(text) > MAX_QUOTED
    return " ".join(text[:MAX_QUOTED].split()) + ("…" if is_cut else "")


MAX_QUOTED = 200
"""Characters of what was received that a message quotes."""
