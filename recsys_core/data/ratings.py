"""Read, validate, filter and describe ratings. Everything downstream trusts a `Ratings`."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from recsys_core import resources
from recsys_core.errors import DataError

BUILT_IN_DIR = resources.FOLDER / "data" / "ml-latest-small-2016"
BUILT_IN_NAME = "MovieLens ml-latest-small (2016)"
NO_GENRES = "(no genres listed)"

_ARTICLES = "The|A|An|Le|La|Les|L'|Il|Lo|I|Gli|El|Los|Las|Un|Une|Der|Die|Das|Den|Det|De|Het|O|Os"
_TRAILING_ARTICLE = re.compile(rf"^(?P<name>[^(]*?), (?P<article>{_ARTICLES})(?P<rest>\s*\(.*)?$")
_YEAR = re.compile(r"^(?P<title>.*?)\s*\((?P<year>\d{4})(?:[-–]\d{0,4})?\)\s*$")


@dataclass(frozen=True)
class Ratings:
    """Who rated which movie how, and what the movies are.

    The four columns are arrays of equal length `(n_ratings,)`; every pair of user and movie occurs once.
    """

    user_id: np.ndarray
    """int32, as in the file."""
    movie_id: np.ndarray
    """int32, as in the file; each occurs in `movies`."""
    rating: np.ndarray
    """float32, in stars."""
    timestamp: np.ndarray
    """int64, seconds since 1970; all zero where the file has no times."""
    movies: pd.DataFrame = field(repr=False)
    """`movie_id`, `title` (for display, without year), `year` (float, NaN if unknown), `genres` ("Action|Sci-Fi",
    empty if none); one row a movie."""
    name: str = "ratings"
    """What the data is called, for people."""
    notices: tuple[str, ...] = ()
    """What was noticed or put right while reading, one sentence each; shown, never hidden."""

    @property
    def n_ratings(self) -> int:
        return len(self.rating)

    def describe(self) -> dict:
        """Counts and ranges that identify the data: plain numbers and strings, ready for JSON."""
        return {
            "name": self.name,
            "n_ratings": self.n_ratings,
            "n_users": len(np.unique(self.user_id)),
            "n_movies": len(np.unique(self.movie_id)),
            "rating_min": float(self.rating.min()),
            "rating_max": float(self.rating.max()),
            "rating_mean": float(self.rating.mean(dtype=np.float64)),
        }

    def keep(self, mask: np.ndarray) -> Ratings:
        """The ratings where `mask` (bool, `(n_ratings,)`) holds. Raises `DataError` if too few are left."""
        kept = replace(
            self,
            user_id=self.user_id[mask],
            movie_id=self.movie_id[mask],
            rating=self.rating[mask],
            timestamp=self.timestamp[mask],
        )
        _check_enough(kept.user_id, kept.movie_id, "after filtering")
        return kept

    def sample(self, n_ratings: int, seed: int) -> Ratings:
        """`n_ratings` ratings drawn without replacement, in their original order."""
        if n_ratings >= self.n_ratings:
            return self
        chosen = np.random.default_rng(seed).choice(self.n_ratings, n_ratings, replace=False)
        mask = np.zeros(self.n_ratings, bool)
        mask[chosen] = True
        return self.keep(mask)

    def with_exact_genres(self, genres: tuple[str, ...]) -> Ratings:
        """Ratings of the movies whose whole genre field equals one of `genres` ("Comedy", not "Comedy|Drama")."""
        wanted = self.movies.loc[self.movies["genres"].isin(genres), "movie_id"]
        return self.keep(np.isin(self.movie_id, wanted.to_numpy()))


def load(path: str | Path | None = None) -> Ratings:
    """Read ratings from `path`: a MovieLens folder or zip (`ratings.csv`, `movies.csv`), or the built-in data if None.

    Raises `DataError` on anything that cannot be used. What could be put right is said in `Ratings.notices`.
    """
    if path is None:
        return _load_built_in()
    path = Path(path)
    if not path.exists():
        raise DataError(f"`data` must be a MovieLens folder or zip file. Received: {path}, which does not exist.")
    if path.is_dir():
        return _read_movielens(lambda name: _open_in_folder(path, name), name=path.name)
    if path.suffix.lower() != ".zip":
        raise DataError(f"`data` must be a MovieLens folder or a .zip file. Received: {path.name}.")
    return _load_zip(path)


def from_frames(ratings: pd.DataFrame, movies: pd.DataFrame, *, name: str = "ratings") -> Ratings:
    """Validate tables with MovieLens' column names and turn them into `Ratings`.

    `ratings`: `userId, movieId, rating[, timestamp]`; `movies`: `movieId, title, genres[, year]`; without a `year`
    column it is split off the title. Raises `DataError`.
    """
    notices: list[str] = []
    _require_columns(ratings, ("userId", "movieId", "rating"), "ratings.csv")
    _require_columns(movies, ("movieId", "title", "genres"), "movies.csv")
    if len(ratings) == 0:
        raise DataError("ratings.csv must have at least one rating. Received: a header and no rows.")
    user_id = _to_numbers(ratings["userId"], np.int32, "userId")
    movie_id = _to_numbers(ratings["movieId"], np.int32, "movieId")
    rating = _to_numbers(ratings["rating"], np.float32, "rating")
    if "timestamp" in ratings.columns:
        timestamp = _to_numbers(ratings["timestamp"], np.int64, "timestamp")
    else:
        timestamp = np.zeros(len(ratings), np.int64)
        notices.append("ratings.csv has no timestamp column: a split by time is not possible.")
    last = _last_of_each_pair(user_id, movie_id, timestamp)
    if last is not None:
        n_repeated = len(user_id) - len(last)
        notices.append(f"{n_repeated:,} repeated (user, movie) pairs: kept the last rating of each.")
        user_id, movie_id, rating, timestamp = user_id[last], movie_id[last], rating[last], timestamp[last]
    _check_enough(user_id, movie_id, "in ratings.csv")
    return Ratings(user_id, movie_id, rating, timestamp, _tidy_movies(movies, movie_id, notices), name, tuple(notices))


def cross_table(ratings: Ratings, n_users: int = 15, n_movies: int = 15) -> pd.DataFrame:
    """Stars of the most active users (rows, by user id) for the most rated movies (columns, by title); NaN for none."""
    table = pd.DataFrame({"user": ratings.user_id, "movie": ratings.movie_id, "rating": ratings.rating})
    users = table["user"].value_counts().head(n_users).index
    movies = table["movie"].value_counts().head(n_movies).index
    chosen = table[table["user"].isin(users) & table["movie"].isin(movies)]
    grid = chosen.pivot_table(index="user", columns="movie", values="rating").reindex(index=users, columns=movies)
    titles = ratings.movies.set_index("movie_id")["title"].to_dict()
    return grid.rename(columns=titles).rename_axis(index="user", columns=None)


def split_year(title: str) -> tuple[str, float]:
    """`"Toy Story (1995)"` becomes `("Toy Story", 1995.0)`; a title without a year keeps its text and gets NaN."""
    match = _YEAR.match(title)
    return (match["title"], float(match["year"])) if match else (title.strip(), float("nan"))


def display_title(title: str) -> str:
    """`"Matrix, The"` becomes `"The Matrix"`, also before a bracket: `"Seventh Seal, The (Sjunde inseglet, Det)"`."""
    match = _TRAILING_ARTICLE.match(title)
    if not match:
        return title
    space = "" if match["article"].endswith("'") else " "
    return f"{match['article']}{space}{match['name']}{match['rest'] or ''}"


def _load_built_in() -> Ratings:
    try:
        ratings = pd.read_parquet(BUILT_IN_DIR / "ratings.parquet")
        movies = pd.read_parquet(BUILT_IN_DIR / "movies.parquet")
    except (OSError, ValueError) as error:
        raise DataError(f"The built-in data in {BUILT_IN_DIR} cannot be read: {error}. See data/README.md.") from error
    return from_frames(ratings, movies, name=BUILT_IN_NAME)


def _load_zip(path: Path) -> Ratings:
    try:
        with zipfile.ZipFile(path) as archive:
            return _read_movielens(lambda name: _open_in_zip(archive, name, path), name=path.stem)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DataError(
            f"{path.name} must be a complete zip file. Received: one that is damaged or truncated ({error})."
        ) from error


def _open_in_folder(folder: Path, name: str) -> IO[bytes]:
    if not (folder / name).is_file():
        raise DataError(f"A MovieLens folder must hold ratings.csv and movies.csv. Received: {folder}, without {name}.")
    return (folder / name).open("rb")


def _open_in_zip(archive: zipfile.ZipFile, name: str, path: Path) -> IO[bytes]:
    for member in archive.namelist():
        if member == name or member.endswith(f"/{name}"):
            return archive.open(member)
    raise DataError(f"A MovieLens zip must hold ratings.csv and movies.csv. Received: {path.name}, without {name}.")


def _read_movielens(open_file: Callable[[str], IO[bytes]], name: str) -> Ratings:
    ratings = _read_csv(
        open_file,
        "ratings.csv",
        dtype={"userId": np.int32, "movieId": np.int32, "rating": np.float32, "timestamp": np.int64},
    )
    movies = _read_csv(open_file, "movies.csv", dtype={"title": str, "genres": str})
    return from_frames(ratings, movies, name=name)


def _read_csv(open_file: Callable[[str], IO[bytes]], name: str, dtype: dict) -> pd.DataFrame:
    """Read with the compact `dtype` where the file allows it, else as text, so `from_frames` can say what is off."""
    try:
        with open_file(name) as stream:
            return pd.read_csv(stream, dtype=dtype)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name} must be UTF-8 text. Received: bytes that are not, at position {error.start}."
        ) from error
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{name} must have a header and rows. Received: an empty file.") from error
    except pd.errors.ParserError as error:
        raise DataError(f"{name} must be comma-separated text. Received: {error}.") from error
    except (ValueError, OverflowError):
        with open_file(name) as stream:
            return pd.read_csv(io.BytesIO(stream.read()), dtype=str)


def _require_columns(frame: pd.DataFrame, names: tuple[str, ...], file_name: str) -> None:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise DataError(
            f"{file_name} must have the columns {', '.join(names)}. "
            f"Received: {', '.join(map(str, frame.columns)) or 'none'}; missing: {', '.join(missing)}."
        )


def _to_numbers(column: pd.Series, dtype: type, name: str) -> np.ndarray:
    """The column as `dtype`, or a `DataError` that names the first row that is not a finite number in range."""
    if column.dtype == dtype and np.issubdtype(dtype, np.integer):
        return column.to_numpy()
    values = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    bad = ~np.isfinite(values)
    accepted = "a finite number"
    if np.issubdtype(dtype, np.integer):
        limits = np.iinfo(dtype)
        bad |= (values != np.round(values)) | (values < limits.min) | (values > limits.max)
        accepted = f"a whole number from {limits.min} to {limits.max}"
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(
            f"Every {name} must be {accepted}. Received: {column.iloc[row]!r} in row {row + 1} "
            f"({int(bad.sum()):,} such rows)."
        )
    return values.astype(dtype) if column.dtype != dtype else column.to_numpy()


def _last_of_each_pair(user_id: np.ndarray, movie_id: np.ndarray, timestamp: np.ndarray) -> np.ndarray | None:
    """Positions, ascending, of the latest rating of every (user, movie) pair; None if no pair repeats."""
    pair = user_id.astype(np.int64) << 32 | movie_id.astype(np.int64) & 0xFFFFFFFF
    in_order = np.sort(pair)
    if not (in_order[1:] == in_order[:-1]).any():
        return None
    del in_order
    order = np.lexsort((np.arange(len(pair)), timestamp, pair))
    is_last = np.append(pair[order][1:] != pair[order][:-1], True)
    return np.sort(order[is_last])


def _check_enough(user_id: np.ndarray, movie_id: np.ndarray, where: str) -> None:
    for ids, what in ((user_id, "users"), (movie_id, "movies")):
        n_different = len(np.unique(ids))
        if n_different < 2:
            raise DataError(f"There must be at least 2 {what} {where}. Received: {n_different}.")


def _tidy_movies(movies: pd.DataFrame, rated: np.ndarray, notices: list[str]) -> pd.DataFrame:
    """One row for every movie, with title, year and genres fit for display; adds what was missing to `notices`."""
    ids = _to_numbers(movies["movieId"], np.int32, "movieId")
    repeated = pd.Index(ids).duplicated(keep="last")
    if repeated.any():
        notices.append(f"{int(repeated.sum()):,} movies occur more than once in movies.csv: kept the last row of each.")
    titles = movies["title"].astype(object).where(movies["title"].notna(), "").astype(str)
    if "year" in movies.columns:
        year = pd.to_numeric(movies["year"], errors="coerce").to_numpy(np.float64)
    else:
        split = [split_year(title) for title in titles]
        titles = pd.Series([title for title, _ in split], dtype=object)
        year = np.array([value for _, value in split], np.float64)
    genres = movies["genres"].astype(object).where(movies["genres"].notna(), "").astype(str).replace(NO_GENRES, "")
    tidy = pd.DataFrame(
        {
            "movie_id": ids,
            "title": [display_title(title.strip()) for title in titles],
            "year": year,
            "genres": genres.to_numpy(),
        }
    )[~repeated]
    unknown = np.setdiff1d(rated, tidy["movie_id"].to_numpy())
    if len(unknown):
        notices.append(f"{len(unknown):,} rated movies are not in movies.csv: shown by their number.")
        missing = pd.DataFrame({"movie_id": unknown, "title": "", "year": np.nan, "genres": ""})
        tidy = pd.concat([tidy, missing], ignore_index=True)
    nameless = tidy["title"].eq("").to_numpy()
    n_nameless = int(nameless.sum()) - len(unknown)
    if n_nameless:
        notices.append(f"{n_nameless:,} movies have no title: shown by their number.")
    tidy.loc[nameless, "title"] = "Movie " + tidy.loc[nameless, "movie_id"].astype(str)
    n_genreless = int(tidy["genres"].eq("").sum()) - len(unknown)
    if n_genreless:
        notices.append(f"{n_genreless:,} movies have no genre.")
    return tidy.astype({"movie_id": np.int32}).reset_index(drop=True)
