"""Numbers and titles as people read them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^=])")
_SHORTCODE = re.compile(r":(?!\d\d?:)(?=[\w/+-]+:)")
"""No emoji is called by one or two digits, which times of day have: 19:41:07."""
_NOTHING = "\u2060"
"""A character without width, at which no line breaks."""


def escape_markdown(text: str) -> str:
    """`text` such that `st.markdown` shows it as it is: no emphasis, link, formula, `:color[…]`, icon or HTML.

    Icons and emoji, `:material/home:` and `:smile:`, are looked for once escapes are gone: something without width
    stands in their way.
    """
    text = _SHORTCODE.sub(f":{_NOTHING}", " ".join(text.split()))
    return _MARKDOWN.sub(r"\\\1", text)


def within_sentence(title: str) -> str:
    """ "Validation MSE" as it stands within a sentence: "validation MSE"."""
    return f"{title[:1].lower()}{title[1:]}"


def shorten(text: str, length: int = 60) -> str:
    """`text`, cut to `length` characters with an ellipsis."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def movie_label(movie: Mapping[str, Any] | pd.Series) -> str:
    """ "The Matrix (1999)", or the title alone if the year is unknown."""
    return f"{movie['title']} ({format_year(movie['year'])})" if pd.notna(movie["year"]) else str(movie["title"])


def format_year(year: float) -> str:
    """A year without thousands separator; an en dash if it is unknown."""
    return f"{year:.0f}" if pd.notna(year) else "–"


def format_count(count: float, noun: str = "") -> str:
    """9,066 movies; 1 movie."""
    plural = noun if round(count) == 1 or not noun else f"{noun}s"
    return f"{count:,.0f} {plural}".rstrip()


def format_loss(loss: float) -> str:
    """Three decimals: what differs between two runs. One that has exploded as 1.6e14; an en dash if there is none."""
    if pd.isna(loss):
        return "–"
    return f"{loss:.3f}" if loss < 1_000 else format_huge(loss)


def format_huge(number: float) -> str:
    """Two digits and a power of ten: 1.6e14; infinite."""
    return "infinite" if math.isinf(number) else f"{number:.2g}".replace("e+0", "e").replace("e+", "e")


def format_against(value: float, yardstick: float, decimals: int = 0) -> str:
    """ "10% below" or "3% above", or from ten times on "26 times"; empty where one of them is not known."""
    if not (math.isfinite(value) and math.isfinite(yardstick) and yardstick > 0):
        return ""
    ratio = value / yardstick
    if ratio >= 10:
        return f"{format_huge(ratio)} times"
    return f"{abs(1 - ratio):.{decimals}%} {'below' if ratio <= 1 else 'above'}"


def format_similarity(similarity: float) -> str:
    """Two decimals."""
    return f"{similarity:.2f}"


def format_bias(bias: float) -> str:
    """Two decimals with a sign, a real minus."""
    return f"{bias:+.2f}".replace("-", "−") if pd.notna(bias) else "–"


def format_rating(rating: float) -> str:
    """A mean or predicted rating: two decimals."""
    return f"{rating:.2f}" if pd.notna(rating) else "–"
