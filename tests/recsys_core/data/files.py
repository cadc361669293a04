"""Data files on disk, for the tests."""

import zipfile

import numpy as np

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


def folder_of(parent, ratings, movies):
    """A folder `ml` with the two files as bytes."""
    folder = parent / "ml"
    folder.mkdir()
    (folder / "ratings.csv").write_bytes(ratings)
    (folder / "movies.csv").write_bytes(movies)
    return folder


RATINGS = TINY.assign(timestamp=TINY.index + 1_000_000).to_csv(index=False, lineterminator="\n").encode()
MOVIES = movies_for(TINY["movieId"]).to_csv(index=False, lineterminator="\n").encode()


def check_ratings(loaded):
    """What everybody who is given `Ratings` trusts in."""
    columns = {"user_id": np.int32, "movie_id": np.int32, "rating": np.float32, "timestamp": np.int64}
    for name, kind in columns.items():
        column = getattr(loaded, name)
        assert (column.dtype, column.shape) == (kind, (loaded.n_ratings,)), name
    assert np.isfinite(loaded.rating).all()
    assert len(set(zip(loaded.user_id.tolist(), loaded.movie_id.tolist(), strict=True))) == loaded.n_ratings
    assert len(np.unique(loaded.user_id)) >= 2
    assert list(loaded.movies.columns) == ["movie_id", "title", "year", "genres"]
    assert loaded.movies["movie_id"].is_unique
    assert set(loaded.movie_id.tolist()) <= set(loaded.movies["movie_id"].tolist())
    for title in loaded.movies["title"]:
        assert title
        assert not any(character < " " or "\x7f" <= character < "\xa0" for character in title)
    for notice in loaded.notices:
        assert "\n" not in notice
