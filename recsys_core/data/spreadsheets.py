"""Text in files that a spreadsheet may open: shown there as it is, and never run as a formula."""

from __future__ import annotations

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
