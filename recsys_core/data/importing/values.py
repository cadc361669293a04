"""What fields mean: ids, ratings and times from text, each with the rows that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from recsys_core.data.ratings import MAX_RATING

IdKind = Literal["number", "text"]
TimeKind = Literal["seconds", "milliseconds", "text"]

_INT32 = np.iinfo(np.int32)
_MOST_ODD = 0.1
"""Share of ids that may be no numbers where ids are numbers; they are left out. Where more are, ids are texts."""
_FIRST_MILLISECONDS = 1e11
"""As seconds, this is in the year 5138; as milliseconds, in 1973."""


def guess_id_kind(sample: Sequence[str]) -> IdKind:
    """Numbers that fit in 32 bits, or else texts: one with leading zeros means another item without them."""
    fields = [field.strip() for field in sample if field.strip()]
    odd = 0
    for field in fields:
        if re.fullmatch(r"[+-]?(0|[1-9]\d*)(\.0+)?", field) is None:
            odd += 1
            if re.fullmatch(r"0\d+", field):
                return "text"
        elif len(field) > 20 or not _INT32.min <= int(float(field)) <= _INT32.max:
            return "text"
    return "number" if odd <= _MOST_ODD * len(fields) else "text"


def guess_time_kind(sample: Sequence[str]) -> TimeKind:
    """Seconds or milliseconds since 1970, or dates as text."""
    numbers = pd.to_numeric(pd.Series(list(sample), dtype=object), errors="coerce").to_numpy(np.float64)
    finite = numbers[np.isfinite(numbers)]
    if len(finite) < len(numbers) / 2:
        return "text"
    return "milliseconds" if len(finite) and float(np.median(np.abs(finite))) > _FIRST_MILLISECONDS else "seconds"


def ids_from(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray] | None:
    """int32 ids and which fields are none; None where ids must be texts: they are too large, or many are no numbers."""
    values = pd.to_numeric(pd.Series(list(texts), dtype=object), errors="coerce").to_numpy(np.float64)
    is_whole = np.isfinite(values) & (values == np.round(values))
    if (is_whole & ((values < _INT32.min) | (values > _INT32.max))).any():
        return None
    filled = np.array([bool(text.strip()) for text in texts], bool)
    if (filled & ~is_whole).sum() > _MOST_ODD * max(len(texts), 20):
        return None
    return np.where(is_whole, values, 0).astype(np.int32), ~is_whole


def ratings_from(texts: Sequence[str], decimal: str) -> tuple[np.ndarray, np.ndarray]:
    """float32 ratings and which fields are none."""
    fields = pd.Series(list(texts), dtype=object)
    if decimal != ".":
        fields = fields.str.replace(decimal, ".", regex=False)
    values = pd.to_numeric(fields, errors="coerce").to_numpy(np.float64)
    is_bad = ~(np.abs(values) <= MAX_RATING)
    return np.where(is_bad, 0, values).astype(np.float32), is_bad


def times_from(texts: Sequence[str], kind: TimeKind) -> tuple[np.ndarray, np.ndarray]:
    """int64 seconds since 1970, 0 for fields that are no time, and which those are."""
    fields = pd.Series(list(texts), dtype=object)
    if kind == "text":
        moments = pd.to_datetime(fields, errors="coerce", utc=True, format="mixed").dt.tz_localize(None)
        # In seconds: the year 1000 is out of the bounds of nanoseconds.
        whole = moments.to_numpy("datetime64[s]")
        seconds = np.where(np.isnat(whole), np.nan, whole.astype(np.int64))
    else:
        seconds = pd.to_numeric(fields, errors="coerce").to_numpy(np.float64)
        if kind == "milliseconds":
            seconds = seconds / 1000
    is_bad = ~(np.abs(seconds) < 2**62)
    return np.where(is_bad, 0, np.floor(np.where(is_bad, 0, seconds))).astype(np.int64), is_bad
