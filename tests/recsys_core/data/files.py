"""Data files on disk, for the tests."""

import zipfile

from tests.conftest import TINY, movies_for


def write_movielens(folder, ratings=TINY, movies=None):
    folder.mkdir(exist_ok=True)
    ratings.to_csv(folder / "ratings.csv", index=False)
    (movies_for(TINY["movieId"]) if movies is None else movies).to_csv(folder / "movies.csv", index=False)
    return folder


def zipped(path, files, method=zipfile.ZIP_DEFLATED):
    """A zip at `path` of the files (name -> content)."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path
