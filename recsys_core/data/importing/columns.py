"""Which column of a table means what: given by name, or known by the names that people use."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields

from recsys_core.errors import DataError, quoted

_KNOWN = {
    "user": "userid user uid reviewerid reviewer customerid customer profilename reviewprofilename memberid personid "
    "userindex username",
    "item": "movieid itemid item movie isbn bookid book beerid beerbeerid beer productid product asin parentasin "
    "gameid game songid song trackid animeid restaurantid businessid artistid",
    "rating": "rating stars score bookrating overall reviewoverall ratings userrating grade points",
    "timestamp": "timestamp time date datetime tstamp createdat ratedat unixreviewtime reviewtime",
    "title": "title name itemname movietitle booktitle beername itemtitle productname gamename",
    "genres": "genres genre category categories style beerstyle",
    "year": "year releaseyear movieyear originalpublicationyear publicationyear yearofpublication yearpublished",
}
"""What a column is -> names it goes by, in lower case, letters and digits only; the likelier first."""
_REQUIRED = ("user", "item")
_BY_PLACE = ("user", "item", "rating", "timestamp")
"""What the columns are where none has a name, as in MovieLens' own files."""


@dataclass(frozen=True)
class ColumnNames:
    """The columns that somebody has named; None for those to be found."""

    user: str | None = None
    item: str | None = None
    rating: str | None = None
    timestamp: str | None = None
    title: str | None = None
    genres: str | None = None
    year: str | None = None


@dataclass(frozen=True)
class Places:
    """Where the columns are, counted from 0; None for one that there is not."""

    user: int
    item: int
    rating: int | None = None
    timestamp: int | None = None
    title: int | None = None
    genres: int | None = None
    year: int | None = None

    def known(self) -> dict[str, int]:
        """What a column is -> its place, for those that there are."""
        return {each.name: place for each in fields(self) if (place := getattr(self, each.name)) is not None}


def find_columns(names: Sequence[str], has_header: bool, given: ColumnNames, file: str) -> Places:
    """Where user, item, rating and the others are in a table with columns `names`.

    A column may be given by its name or by its number, counted from 1. Raises `DataError` for one that is not there or
    there twice, and if user and item are not found.
    """
    said = {each.name: getattr(given, each.name) for each in fields(given)}
    found = {what: _place_of(name, names, what, file) for what, name in said.items() if name is not None}
    found = guess_columns(names, has_header, found)
    missing = [what for what in _REQUIRED if what not in found]
    if missing:
        flags = " and ".join(f"--{what}-column" for what in missing)
        raise DataError(
            f"{file} must have a column of users and one of items; name them by {flags}. "
            f"Received: the columns {quoted(', '.join(names))}."
        )
    if len(set(found.values())) < len(found):
        raise DataError(
            f"Each column of {file} must be one thing. "
            f"Received: {quoted(', '.join(f'{what}: {names[place]}' for what, place in found.items()))}."
        )
    return Places(**found)


def guess_columns(names: Sequence[str], has_header: bool, given: Mapping[str, int] | None = None) -> dict[str, int]:
    """What a column is -> its place, for those `given` and those whose names are known; perhaps not all there must be.

    Without a header, they are taken for what MovieLens' own columns are.
    """
    found = dict(given or {})
    if not has_header:
        return found or dict(zip(_BY_PLACE, range(len(names)), strict=False))
    for what, known in _KNOWN.items():
        if what not in found:
            place = _known_place(names, known.split(), set(found.values()))
            if place is not None:
                found[what] = place
    return found


def columns_in_words(places: Places, names: Sequence[str], file: str) -> str:
    """Which column was taken for what, in a sentence."""
    return f"{file}: " + ", ".join(f"{what} is column {names[place]}" for what, place in places.known().items()) + "."


def _place_of(name: str, names: Sequence[str], what: str, file: str) -> int:
    places = [place for place, each in enumerate(names) if each == name]
    if not places:
        places = [place for place, each in enumerate(names) if each.casefold() == name.strip().casefold()]
    if not places and name.isdecimal() and 1 <= int(name) <= len(names):
        places = [int(name) - 1]
    if len(places) != 1:
        problem = "is there more than once" if places else "is not there"
        raise DataError(
            f"The {what} column of {file} must be one of {quoted(', '.join(names))}. "
            f"Received: {quoted(name)}, which {problem}."
        )
    return places[0]


def _known_place(names: Sequence[str], known: Sequence[str], taken: Collection[int]) -> int | None:
    bare = [re.sub(r"[^a-z0-9]", "", name.casefold()) for name in names]
    for name in known:
        places = [place for place, each in enumerate(bare) if each == name and place not in taken]
        if places:
            return places[0]
    return None
