"""The layouts in which people's ratings come: the files of each, and who reads them. One entry adds a layout.

In a folder or zip the layout is found by the files' names: the first of which all files are there.
"""

from __future__ import annotations

from collections.abc import Callable

from recsys_core.data import movielens
from recsys_core.data.bounded.files import DataFiles
from recsys_core.data.importing.editions import EDITIONS
from recsys_core.data.importing.reading import read_files
from recsys_core.data.ratings import Ratings


def _read_leniently(files: DataFiles, name: str) -> Ratings:
    """What an import reads, without keeping it: what was left out is told with the ratings."""
    return read_files(files, name=name).with_notices()


LAYOUTS: dict[tuple[str, ...], Callable[[DataFiles, str], Ratings]] = {
    # Strictly: the file is trained on as it is, or not at all.
    movielens.FILES: movielens.read_movielens,
    **{(edition.ratings, edition.movies): _read_leniently for edition in EDITIONS[1:]},
}
"""Names of the files -> what reads them when they are open, given the data set's name for people, and raises
`DataError` naming file and row."""
