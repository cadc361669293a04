"""What MovieLens packs into a movie's title and genre field, taken apart: year, trailing article, genres."""

from __future__ import annotations

import re

NO_GENRES = "(no genres listed)"
"""What the MovieLens files write for a movie without genres."""

_ARTICLES = "The|A|An|Le|La|Les|L'|Il|Lo|I|Gli|El|Los|Las|Un|Une|Der|Die|Das|Den|Det|De|Het|O|Os"
_TRAILING_ARTICLE = re.compile(rf"^(?P<name>[^(]*?), (?P<article>{_ARTICLES})(?P<rest>\s*\(.*)?$")
_YEAR_AT_THE_END = re.compile(r"\((\d{4})(?:[-–]\d{0,4})?\)$")


def split_year(title: str) -> tuple[str, float]:
    """`"Toy Story (1995)"` becomes `("Toy Story", 1995.0)`; a title without a year keeps its text and gets NaN."""
    title = title.strip()
    match = _YEAR_AT_THE_END.search(title)
    return (title[: match.start()].strip(), float(match[1])) if match else (title, float("nan"))


def display_title(title: str) -> str:
    """`"Matrix, The"` becomes `"The Matrix"`, also before a bracket: `"Seventh Seal, The (Sjunde inseglet, Det)"`."""
    match = _TRAILING_ARTICLE.match(title) if ", " in title else None
    if not match:
        return title
    space = "" if match["article"].endswith("'") else " "
    return f"{match['article']}{space}{match['name']}{match['rest'] or ''}"


def split_genres(genres: str) -> tuple[str, ...]:
    """`"Action|Sci-Fi"` becomes `("Action", "Sci-Fi")`; a field without genres `()`."""
    return tuple(filter(None, str(genres).split("|")))
