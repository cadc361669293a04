"""The layouts in which people's ratings come: the files of each, and who reads them. One entry adds a layout.

In a folder or zip the layout is found by the files' names: the first of which all files are there.
"""

from __future__ import annotations

from collections.abc import Callable

from recsys_core.data import movielens
from recsys_core.data.bounded_files import DataFiles
from recsys_core.data.ratings import Ratings

LAYOUTS: dict[tuple[str, ...], Callable[[DataFiles, str], Ratings]] = {
    movielens.FILES: movielens.read_movielens,
}
"""Names of the files -> what reads them when they are open, given the data set's name for people, and raises
`DataError` naming file and row."""
