"""The MovieLens editions that can be downloaded: how large they are, whose they are, and what must be in them."""

from __future__ import annotations

import os
from dataclasses import dataclass

from recsys_core.errors import DataError, quoted

BASE_URL = "https://files.grouplens.org/datasets/movielens"
BASE_URL_VARIABLE = "RECSYS_MOVIELENS_URL"
"""Environment variable with another address that has the same files, such as a mirror."""
LICENSE = (
    "By GroupLens Research at the University of Minnesota (grouplens.org/datasets/movielens). For research; not for "
    "commercial or revenue-bearing purposes without their permission; no endorsement, no warranty. Whoever publishes "
    "with it cites Harper and Konstan 2015, doi.org/10.1145/2827872."
)


@dataclass(frozen=True)
class DownloadableEdition:
    """One published zip."""

    name: str
    n_bytes: int
    """Of the zip, about: what is said before it is downloaded."""
    n_ratings: int | None
    """What it must hold; None where the edition is replaced from time to time."""
    year: int

    @property
    def url(self) -> str:
        """The address of the zip; that of its md5 is the same with `.md5` behind it."""
        base = os.environ.get(BASE_URL_VARIABLE) or BASE_URL
        return f"{base.rstrip('/')}/{self.name}.zip"

    @property
    def about(self) -> str:
        """Its size, for people."""
        ratings = "about 100,000" if self.n_ratings is None else f"{self.n_ratings:,}"
        return f"{ratings} ratings, {self.year}, {self.n_bytes / 1e6:,.0f} MB"


DOWNLOADABLE = {
    edition.name: edition
    for edition in (
        DownloadableEdition("ml-latest-small", 978_202, None, 2018),
        DownloadableEdition("ml-100k", 4_924_029, 100_000, 1998),
        DownloadableEdition("ml-1m", 5_917_549, 1_000_209, 2003),
        DownloadableEdition("ml-10m", 65_566_137, 10_000_054, 2009),
        DownloadableEdition("ml-20m", 198_702_078, 20_000_263, 2015),
        DownloadableEdition("ml-25m", 261_978_986, 25_000_095, 2019),
        DownloadableEdition("ml-32m", 238_950_008, 32_000_204, 2023),
    )
}


def find_downloadable(name: str) -> DownloadableEdition:
    """Raises `DataError` for a name that is none of them."""
    edition = DOWNLOADABLE.get(name)
    if edition is None:
        raise DataError(f"An edition must be one of {', '.join(DOWNLOADABLE)}. Received: {quoted(name)}.")
    return edition
