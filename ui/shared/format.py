"""Numbers and titles as people read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from recsys_core.data.titles import split_genres

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^=])")


def escape_markdown(text: str) -> str:
    """`text` such that `st.markdown` shows it as it is: no emphasis, link, formula, `:color[…]` or HTML."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


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
    """Three decimals: what differs between two runs. An en dash if there is none."""
    return f"{loss:.3f}" if pd.notna(loss) else "–"


def format_similarity(similarity: float) -> str:
    """Two decimals."""
    return f"{similarity:.2f}"


def format_bias(bias: float) -> str:
    """Two decimals with a sign, a real minus."""
    return f"{bias:+.2f}".replace("-", "−") if pd.notna(bias) else "–"


def format_rating(rating: float) -> str:
    """A mean or predicted rating: two decimals."""
    return f"{rating:.2f}" if pd.notna(rating) else "–"


def genre_list(genres: str) -> list[str]:
    """ "Action|Sci-Fi" as ["Action", "Sci-Fi"]; empty if there is none."""
    return list(split_genres(genres))
