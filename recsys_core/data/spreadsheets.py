"""Text in files that a spreadsheet may open: shown there as it is, and never run as a formula."""

from __future__ import annotations

from collections.abc import Hashable

import pandas as pd

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def neutralized(text: str) -> str:
    """`text`, behind an apostrophe where a spreadsheet would take it for a formula; plain numbers stay as they are."""
    if not text.startswith(_BEGINS_A_FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def csv_of(frame: pd.DataFrame, float_format: str | None = None) -> bytes:
    """`frame` without its index as CSV, its texts neutralized; UTF-8 with a mark, as spreadsheets like it."""
    shown: dict[Hashable, list[str] | pd.Series] = {}
    for name, column in frame.items():
        if pd.api.types.is_numeric_dtype(column):
            shown[name] = column
        else:
            codes, texts = pd.factorize(column.fillna("").astype(str))
            safe = [neutralized(text) for text in texts]
            shown[name] = [safe[code] for code in codes]
    table = pd.DataFrame(shown, index=frame.index, columns=frame.columns)
    return table.to_csv(index=False, float_format=float_format).encode("utf-8-sig")
